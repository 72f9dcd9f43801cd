"""The set-up prints at once how long it takes, and then its progress, also where its output is no terminal."""

import sys
from pathlib import Path

import pytest

from local.install import Progress, follow, named_in
from local.stack.bundle import ROOT
from tests.unit.local.test_make import make

_PACKAGES = [f"package-{number}" for number in range(25)]


def collecting(names: list[str]) -> list[str]:
    return [f"Collecting {name}==1.0 (from -r requirements/local.txt (line 7))\n" for name in names]


def test_the_progress_is_the_number_of_packages_then_the_unpacking() -> None:
    progress = Progress(set(_PACKAGES))
    progress.read([*collecting(_PACKAGES[:20]), "  Downloading it (1 kB)\n"])
    downloading = str(progress)
    progress.read(["Installing collected packages: package-0, …\n"])

    assert (downloading, str(progress)) == ("20 of 25 downloaded", "unpacking all of them")


def test_a_package_counts_once_under_each_of_its_spellings_and_no_other_counts() -> None:
    progress = Progress({"zope-interface"})
    progress.read(collecting(["zope.interface", "Zope_Interface", "pip"]))

    assert progress.seen == {"zope-interface"}


@pytest.mark.parametrize("file", ["dev", "local", "checkov"])
def test_all_that_is_pinned_is_counted_once(file: str) -> None:
    text = (ROOT / "requirements" / f"{file}.txt").read_text()
    pins = {line.partition("==")[0] for line in text.splitlines() if line[0] not in " #"}  # some for two Pythons

    assert len(named_in(text)) == len(pins) > 50


def test_progress_is_printed_while_pip_is_silent_and_pips_exit_code_is_returned(tmp_path: Path) -> None:
    printed = tmp_path / "printed"
    script = f"import pathlib, sys\nwhile not pathlib.Path({str(printed)!r}).exists(): pass\nsys.exit(3)"
    lines: list[str] = []

    def say(text: str) -> None:
        lines.append(text)
        if len(lines) == 3:
            printed.touch()

    assert follow([sys.executable, "-c", script], {"a"}, say, interval=0.01) == 3
    assert lines[:3] == ["Installing 1 packages …", "  0 of 1 downloaded, 0 s", "  0 of 1 downloaded, 0 s"]


def test_the_first_run_says_at_once_that_it_takes_about_a_minute(tmp_path: Path) -> None:
    output = make("--dry-run", "run", f"VENV={tmp_path}/none").stdout.replace("\\\n", "").splitlines()
    announced = next(
        number for number, line in enumerate(output) if line.startswith("echo") and "about a minute" in line
    )
    slow = [number for number, line in enumerate(output) if "-m venv" in line or "-m local.install" in line]

    assert announced < min(slow)
    assert len(slow) == 2
