"""What each function has loaded before its first event. Every module here is paid for by every cold start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.one_function.runtime_interface import link_libraries
from local.stack.bundle import ROOT
from tests.bench.cold_start import environment_of

_LAYER = ROOT / "layers/depthdrop"
_PRINT = """
import json, sys
import app
loaded = {name for name, module in sys.modules.items() if type(module).__name__ != "_LazyModule"}
packages = {name for name in loaded if "." not in name and getattr(sys.modules[name], "__file__", None)}
libraries = packages - sys.stdlib_module_names - {"app", "depthdrop"}
folders = {name for name in loaded if hasattr(sys.modules[name], "__path__")}
ours = {name.removeprefix("depthdrop.") for name in loaded - folders if name.startswith("depthdrop.")}
print(json.dumps([[name for name in libraries if not name.startswith("_")], sorted(ours)]))
"""

_EVERYWHERE = {"aws_lambda_powertools", "botocore", "certifi", "dateutil", "jmespath", "six", "urllib3"}
_EVERYWHERE |= {"typing_extensions"}  # Powertools
_HTTP = {"httpx", "idna"}
_PYDANTIC = {"annotated_types", "pydantic", "pydantic_core", "typing_inspection"}
LIBRARIES = {
    "poll": _EVERYWHERE | _HTTP,
    "sweep": _EVERYWHERE,
    "finalize": _EVERYWHERE | _HTTP | _PYDANTIC | {"imagesize"},
    "submit": _EVERYWHERE | _PYDANTIC | {"imagesize"},
}
OURS = {
    "poll": """
        aws cold_start drop.refusal environment observe upstream.answer upstream.client upstream.cutoff
        upstream.key upstream.poll_outcome use_cases.poll watch.deadline watch.latency
        watch.poll_intervals
    """,
    "sweep": """
        aws cold_start drop.foreign drop.formats drop.identities drop.inbox_keys drop.pairing
        drop.refusal environment inbox.bucket inbox.depth_maps inbox.message inbox.waiting
        notices.compose notices.download_link notices.events_later notices.missing_counterpart
        notices.publish observe outbox picture.content records.budget records.circuit records.drops
        records.edits records.files records.parking records.slots records.table settings.model
        settings.models_and_prices settings.picture_limits use_cases.dead_letters use_cases.lost_answer
        use_cases.sweep use_cases.unpaired watch.deadline watch.workflow
    """,
    "finalize": """
        aws cold_start drop.foreign drop.formats drop.identities drop.inbox_keys drop.pairing
        drop.refusal environment notices.compose notices.download_link notices.events notices.publish
        observe outbox picture.content picture.parts records.budget records.drops records.edits
        records.parking records.slots records.table settings.model settings.models_and_prices
        settings.picture_limits upstream.answer upstream.client upstream.cutoff upstream.download
        upstream.result_link use_cases.download_and_store use_cases.finalize watch.latency watch.learned
    """,
    "submit": """
        aws cold_start drop.foreign drop.formats drop.identities drop.inbox_keys drop.pairing
        drop.refusal environment inbox.bucket inbox.depth_maps inbox.message inbox.order
        inbox.prompt_header inbox.waiting notices.compose notices.download_link notices.events_later
        notices.publish notices.rejection observe outbox picture.check picture.content picture.defects
        picture.parts picture.prepare picture.private_metadata records.budget records.circuit
        records.drops records.edits records.files records.parking records.slots records.table
        settings.edit_settings settings.model settings.models_and_prices settings.picture_limits
        settings.sidecar settings.wrong_values upstream.answer upstream.key upstream.post_outcome
        upstream.request use_cases.arrivals use_cases.fallback use_cases.lost_answer use_cases.purchase
        use_cases.retry use_cases.settlement use_cases.submit watch.deadline watch.latency watch.learned
        watch.poll_intervals watch.workflow
    """,
}


def loaded(function: str, folder: Path) -> tuple[set[str], set[str]]:
    """Libraries, and modules of ours, in a fresh process that sees only what Lambda has."""
    declared = [line for line in (_LAYER / "requirements.in").read_text().splitlines() if line[0] != "#"]
    link_libraries(folder, ["boto3", *declared])
    said = subprocess.run(
        [sys.executable, "-S", "-B", "-c", _PRINT],
        cwd=ROOT / "functions" / function,
        env={**environment_of(function), "PYTHONPATH": f"{_LAYER}:{folder}"},
        capture_output=True,
        text=True,
        check=True,
    )
    libraries, ours = json.loads(said.stdout)
    return set(libraries), set(ours)


@pytest.mark.parametrize("function", LIBRARIES)
def test_a_cold_function_has_loaded_these_modules_and_no_others(function: str, tmp_path: Path) -> None:
    assert loaded(function, tmp_path) == (LIBRARIES[function], set(OURS[function].split()))
