"""Without a browser the page is not tested, and that is said and counts as a failure."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.page.chromium import MISSING, NoBrowserError, chromium

_ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only one where programs are looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


def _program(path: Path) -> str:
    path.touch(0o755)
    return str(path)


def test_debians_is_found(folder: Path) -> None:
    path = _program(folder / "chromium")

    assert chromium() == path


def test_the_one_that_is_named_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(folder / "chromium")
    monkeypatch.setenv("CHROMIUM", _program(folder / "mine"))

    assert chromium() == str(folder / "mine")


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_name_that_leads_nowhere_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _program(folder / "chromium")
    monkeypatch.setenv("CHROMIUM", str(folder / name))

    with pytest.raises(NoBrowserError, match="which is no program"):
        chromium()


@pytest.mark.usefixtures("folder")
def test_a_missing_browser_is_reported_with_how_to_get_one() -> None:
    with pytest.raises(NoBrowserError, match="apt-get install chromium"):
        chromium()


def test_the_command_before_the_tests_fails_with_that_sentence(folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.system.page.chromium"],
        cwd=_ROOT,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (1, f"{MISSING}\n")
    assert "python -m tests.system.page.chromium" in (_ROOT / "Makefile").read_text()
