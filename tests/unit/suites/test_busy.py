"""The command that runs the tests beside busy processes: what it counts as a failure, keeps, and leaves behind."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.system.busy import __main__ as command
from tests.system.busy.load import busy
from tests.system.busy.runs import Run, failures, row, run

SUMMARY = """
FAILED tests/unit/a/test_b.py::test_c[x - y] - AssertionError: assert 1 == 2
ERROR tests/system/e2e/test_d.py::test_e
FAILED tests/unit/a/test_b.py::test_c[x - y] - AssertionError: assert 1 == 2
make: *** [Makefile:57: unit] Error 1
1 failed, 1 error
""".strip().splitlines()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_test_that_failed_counts_once_in_a_run() -> None:
    assert failures(SUMMARY, 2) == ("tests/unit/a/test_b.py::test_c[x - y]", "tests/system/e2e/test_d.py::test_e")


def test_a_target_that_names_no_test_is_a_failure_itself() -> None:
    lines = ["Found 1 error.", "make: *** [Makefile:52: lint] Error 1", "make: Target 'test' not remade"]

    assert failures(lines, 2) == ("make lint",)


def test_an_end_that_nothing_explains_is_a_failure_too() -> None:
    assert failures(["Killed"], 137) == ("make ended with 137",)


def test_a_run_that_ends_well_has_no_failures_whatever_it_printed() -> None:
    assert failures(SUMMARY, 0) == ()


def test_a_run_passes_on_what_make_prints_and_hides_the_outer_make(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAKEFLAGS", "-- SUITES=unit")
    program = (
        "import os, sys; print('MAKEFLAGS' in os.environ, sys.argv[1:]); print('ERROR tests/a.py'); sys.exit(2)"
    )
    done = run(["lint", "types"], (sys.executable, "-c", program))

    assert capsys.readouterr().out == "False ['lint', 'types']\nERROR tests/a.py\n"
    assert done.failed == ("tests/a.py",)


def test_busy_processes_are_gone_after_an_interrupt() -> None:
    seen: list[int] = []

    def interrupted() -> None:
        with busy(2) as pids:
            seen.extend(pids)
            assert all(map(_is_running, seen))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert len(seen) == 2
    assert not any(map(_is_running, seen))


@pytest.mark.parametrize(("failed", "kept"), [((), True), (("tests/a.py",), False)])
def test_the_row_names_what_failed_and_is_kept_when_nothing_did(failed: Sequence[str], kept: bool) -> None:  # noqa: FBT001  # a case
    made = row([Run((), 60.0), Run(tuple(failed), 120.0), Run((), 60.0)], 8)

    assert made.kept is kept
    assert made.figure.startswith(f"{len(failed)} failures in 3 runs beside 8 busy processes, at most 2 minutes")
    assert all(name in made.figure for name in failed)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """The suites of each run; none is really run, and no process is really busy. The second of them fails."""
    runs: list[list[str]] = []

    def one(suites: list[str]) -> Run:
        runs.append(suites)
        return Run(("tests/a.py",) if len(runs) == 2 else (), 1.0)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "run", one)
    monkeypatch.setattr(command, "busy", lambda _: busy(0))
    return runs


def test_the_whole_command_keeps_its_row_beside_the_others(asked: list[list[str]]) -> None:
    Path("build").mkdir()
    other = {"row": 7, "figure": "f", "target": "t", "pass": True}
    Path("build/scorecard.json").write_text(json.dumps([other]))

    assert command.main([]) == 1
    kept, made = json.loads(Path("build/scorecard.json").read_text())
    assert asked == [["test"]] * 3
    assert kept == other
    assert (made["row"], made["pass"]) == (44, False)
    assert "tests/a.py" in made["figure"]


@pytest.mark.parametrize("arguments", [["--runs", "1"], ["--suites", "unit"], ["--processes", "1"]])
def test_a_trial_keeps_no_row(asked: list[list[str]], arguments: list[str]) -> None:
    command.main(arguments)

    assert asked
    assert not Path("build").exists()


@pytest.mark.parametrize(("arguments", "code"), [(["--runs", "1"], 0), (["--runs", "2"], 1)])
def test_the_exit_code_says_whether_anything_failed(
    asked: list[list[str]], arguments: list[str], code: int
) -> None:
    assert command.main(arguments) == code
    assert asked


def test_empty_suites_are_all_suites(asked: list[list[str]]) -> None:
    """As the Makefile hands them on when none are named."""
    command.main(["--runs", "1", "--suites", ""])

    assert asked == [["test"]]


def test_an_interrupt_ends_it_with_its_own_exit_code(
    asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: list[str]) -> Run:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run", interrupted)

    assert command.main([]) == 130
    assert asked == []
    assert not Path("build").exists()
