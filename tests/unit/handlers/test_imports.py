"""What a cold start imports is paid for each time."""

import subprocess
import sys

from tests.unit.handlers.lambdas import ROOT


def _imports(module: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        env={"PYTHONPATH": f"{ROOT}/layers/depthdrop"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_poll_which_starts_most_often_imports_no_pydantic_and_no_pictures() -> None:
    assert {"pydantic", "PIL", "yaml"} & _imports("depthdrop.poll") == set()


def test_finalize_imports_nothing_of_reading_sidecars_and_pictures() -> None:
    assert {"PIL", "yaml"} & _imports("depthdrop.finalize") == set()


def test_an_import_too_many_would_be_found_out() -> None:
    assert "pydantic" in _imports("depthdrop.finalize")
