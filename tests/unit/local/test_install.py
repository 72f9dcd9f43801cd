"""The set-up says at once how long it takes, and how far it is, also where its output is no terminal."""

import sys
from pathlib import Path

import pytest

from local.install import Progress, follow, named_in
from local.stack.bundle import ROOT
from tests.unit.local.test_make import make

_PACKAGES = [f"package-{number}" for number in range(25)]


def collecting(names: list[str]) -> list[str]:
    return [f"Collecting {name}==1.0 (from -r requirements/local.txt (line 7))\n" for name in names]


def test_every_tenth_package_is_a_line_and_so_is_the_unpacking() -> None:
    progress = Progress(set(_PACKAGES))
    lines = [*collecting(_PACKAGES), "  Downloading it (1 kB)\n", "Installing collected packages: package-0, …\n"]
    said = [text for text in map(progress.after, lines) if text]

    assert said == ["  10 of 25 downloaded", "  20 of 25 downloaded", "  unpacking all of them"]


def test_silence_is_a_line_with_the_seconds_so_far() -> None:
    now = 100.0
    progress = Progress({"a", "b"}, lambda: now)
    progress.after(*collecting(["a"]))
    now = 107.4
    waiting = progress.after(None)
    progress.after("Installing collected packages: a, b\n")

    assert waiting == "  1 of 2 downloaded, 7 s"
    assert progress.after(None) == "  unpacking all of them, 7 s"


def test_a_package_counts_once_under_each_of_its_spellings_and_no_other_counts() -> None:
    progress = Progress({"zope-interface"})
    for line in collecting(["zope.interface", "Zope_Interface", "pip"]):
        progress.after(line)

    assert progress.seen == {"zope-interface"}


@pytest.mark.parametrize("file", ["dev", "local", "checkov"])
def test_all_that_is_pinned_is_counted_once(file: str) -> None:
    text = (ROOT / "requirements" / f"{file}.txt").read_text()
    pins = {line.partition("==")[0] for line in text.splitlines() if line[0] not in " #"}  # some for two Pythons

    assert len(named_in(text)) == len(pins) > 50


def test_it_speaks_while_pip_is_silent_and_ends_with_its_exit_code(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    script = f"import pathlib, sys\nwhile not pathlib.Path({str(heard)!r}).exists(): pass\nsys.exit(3)"
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            heard.touch()

    assert follow([sys.executable, "-c", script], {"a"}, say, silence=0.01) == 3
    assert said[:3] == ["Installing 1 packages …", "  0 of 1 downloaded, 0 s", "  0 of 1 downloaded, 0 s"]


def test_the_first_run_says_at_once_that_it_takes_about_a_minute(tmp_path: Path) -> None:
    told = make("--dry-run", "run", f"VENV={tmp_path}/none").stdout.replace("\\\n", "").splitlines()
    spoken = next(
        number for number, line in enumerate(told) if line.startswith("echo") and "about a minute" in line
    )
    slow = [number for number, line in enumerate(told) if "-m venv" in line or "-m local.install" in line]

    assert spoken < min(slow)
    assert len(slow) == 2
