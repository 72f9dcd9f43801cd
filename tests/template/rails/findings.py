"""What cfn-lint and checkov find in both forms of the template, and which of it is accepted, with its reason."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.template.template import Template

ACCEPTED = Path(__file__).with_name("accepted.toml")
CHECKOV = Path(sys.prefix) / "checkov" / "bin" / "checkov"
_CFN_LINT = Path(sys.executable).with_name("cfn-lint")


class Finding(NamedTuple):
    tool: str
    check: str
    resource: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Some findings of one check, and why they stay."""

    tool: str
    check: str
    resources: tuple[str, ...]
    reason: str

    def findings(self) -> set[Finding]:
        return {Finding(self.tool, self.check, resource) for resource in self.resources}


def accepted(path: Path = ACCEPTED) -> list[Acceptance]:
    found = tomllib.loads(path.read_text())["accepted"]
    return [Acceptance(one["tool"], one["check"], tuple(one["resources"]), one["reason"]) for one in found]


def complaints(found: set[Finding], acceptances: Iterable[Acceptance]) -> list[str]:
    """Findings that nobody explained, and explanations of what is not found or that say nothing."""
    listed = list(acceptances)
    explained = {finding for acceptance in listed for finding in acceptance.findings()}
    said = [f"{one.tool} finds {one.check} in {one.resource}" for one in sorted(found - explained)]
    said += [f"{one.tool} does not find {one.check} in {one.resource}" for one in sorted(explained - found)]
    return said + [f"{one.check} has no reason" for one in listed if len(one.reason.split()) < 5]


def forms(template: Template, folder: Path) -> dict[str, Path]:
    """As it is written and as SAM transforms it, each in a file."""
    written, expanded = folder / "template.yaml", folder / "expanded.json"
    written.write_text(template.text)
    expanded.write_text(json.dumps(template.expanded, indent=1))
    return {"written": written, "expanded": expanded}


def found_by_cfn_lint(path: Path) -> set[Finding]:
    """With the rules for serverless applications besides its own. Raises ValueError when it could not look."""
    done = _run(
        [str(_CFN_LINT), "--append-rules", "cfn_lint_serverless.rules", "--format", "json", "--", str(path)]
    )
    found = _read(done)
    if (done.returncode == 0) != (found == []):
        raise ValueError(f"cfn-lint ended with {done.returncode}: {done.stderr}")
    return {Finding("cfn-lint", one["Rule"]["Id"], _resource(one["Location"]["Path"])) for one in found}


def _resource(path: list[Any] | None) -> str:
    """Its logical id; a finding may be about no resource at all."""
    return str(path[1]) if path and path[0] == "Resources" else "/".join(map(str, path or ["the file"]))


def found_by_checkov(path: Path) -> set[Finding]:
    """What it can find without a network. Raises ValueError when it could not look."""
    options = ["--skip-download", "--framework", "cloudformation", "secrets", "--output", "json", "--quiet"]
    done = _run([str(CHECKOV), *options, "--file", str(path)], CKV_SKIP_PACKAGE_UPDATE_CHECK="true")
    reports = _read(done)
    reports = reports if isinstance(reports, list) else [reports]
    looked = sum(report.get("summary", {}).get("resource_count", 0) for report in reports)
    broken = sum(report.get("summary", {}).get("parsing_errors", 0) for report in reports)
    if not looked or broken:
        raise ValueError(f"checkov looked at {looked} resources and could not read {broken}: {done.stderr}")
    failed = [one for report in reports for one in report["results"]["failed_checks"]]
    return {Finding("checkov", one["check_id"], one["resource"].rpartition(".")[2]) for one in failed}


LOOKERS = {"cfn-lint": found_by_cfn_lint, "checkov": found_by_checkov}


def found_in(paths: Mapping[str, Path]) -> dict[str, set[Finding]]:
    """Of each form, by all tools."""
    return {form: {one for look in LOOKERS.values() for one in look(path)} for form, path in paths.items()}


def _run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AWS_", "BC_"))}
    return subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=False)


def _read(done: subprocess.CompletedProcess[str]) -> Any:
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise ValueError(f"{done.args[0]} ended with {done.returncode}: {done.stdout}{done.stderr}") from None
