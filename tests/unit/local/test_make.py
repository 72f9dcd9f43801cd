"""The commands that `make` runs: for which stack, which function, and none without an environment."""

import os
import re
import subprocess
import tomllib

import pytest

from local.one_function.one_function import logical_name
from local.stack.bundle import ROOT

SAMCONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
STACKS = {
    name: one["global"]["parameters"]["stack_name"]
    for name, one in SAMCONFIG.items()
    if name not in {"version", "default"}
}


def make(*arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env={**kept, **extra},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def last_line(*arguments: str, **extra: str) -> str:
    """The last command that make would run; nothing is run."""
    result = make("--dry-run", *arguments, **extra)
    assert result.returncode == 0, result.stderr
    return result.stdout.replace("\\\n", "").splitlines()[-1]


@pytest.mark.parametrize(("environment", "name"), STACKS.items())
@pytest.mark.parametrize("target", ["secret", "smoke", "destroy"])
def test_an_environment_is_the_stack_that_samconfig_names(target: str, environment: str, name: str) -> None:
    assert last_line(target, f"ENV={environment}").split()[:1] == [".venv/bin/depthdrop"]
    assert f"--stack {name}" in last_line(target, f"ENV={environment}")


def test_sam_deploys_by_the_environments_own_settings() -> None:
    assert last_line("deploy", "ENV=prod") == ".venv/bin/sam deploy --config-env prod"


def test_changes_to_prod_must_be_confirmed_and_those_to_dev_need_not() -> None:
    asked = {name: SAMCONFIG[name]["deploy"]["parameters"]["confirm_changeset"] for name in STACKS}

    assert asked == {"dev": False, "prod": True}


@pytest.mark.parametrize("target", ["deploy", "secret", "destroy"])
@pytest.mark.parametrize("given", [[], ["ENV=nowhere"], ["ENV="]])
def test_without_a_known_environment_nothing_is_done(target: str, given: list[str]) -> None:
    result = make(target, *given)

    assert result.returncode == 2
    assert f"Say where: make {target} ENV=dev, or ENV=prod." in result.stderr
    assert result.stdout == ""


def test_a_variable_of_the_shell_does_not_choose_the_environment() -> None:
    assert make("secret", ENV="prod").returncode == 2
    assert "--stack" not in last_line("smoke", ENV="prod")


def test_a_smoke_test_without_an_environment_is_of_the_local_stack() -> None:
    assert last_line("smoke").split() == [".venv/bin/depthdrop", "smoke", "samples/temple.jpg"]


def test_buckets_and_table_are_deleted_only_with_the_word_yes() -> None:
    named = ("EMPTY=yes", "TABLE=yes", "YES=depthdrop-dev")
    anything = ("EMPTY=no", "TABLE=1")

    assert last_line("destroy", "ENV=dev", *named).split()[4:] == ["--empty", "--table", "--yes", '"depthdrop-dev"']
    assert last_line("destroy", "ENV=dev", *anything).split()[4:] == []


def test_the_key_is_on_no_command_line() -> None:
    for target in ("secret", "deploy"):
        assert "KEY" not in make("--dry-run", target, "ENV=dev").stdout.upper()


def test_the_pages_port_is_an_argument_of_make_and_not_a_variable_of_the_shell() -> None:
    assert last_line("up", "PORT=8123").split()[4:] == ["--port", '"8123"']
    assert last_line("up", PORT="8123").split()[4:] == []
    assert last_line("up", "PORT=").split()[4:] == []


def test_the_docs_show_the_commands_that_make_runs_for_one_function() -> None:
    shown = re.findall(r"make (?:-s )?invoke FUNCTION=(\w+)(?: EVENT=(\S+))?", (ROOT / "docs/local.md").read_text())

    assert len(shown) == 3
    for function, event in shown:
        words = last_line("invoke", f"FUNCTION={function}", *([f"EVENT={event}"] if event else [])).split()
        assert words[:4] == [".venv/bin/python", "-m", "local.one_function.invoke", function]
        assert words[4:] == (["--event", f'"{event}"'] if event else [])
        assert logical_name(function)
        assert event in {"", "-"} or (ROOT / event).is_file()
