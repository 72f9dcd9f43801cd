"""The set-up prints at once how long it takes, and then its progress, also where its output is no terminal."""

import stat
from pathlib import Path

import pytest

from tests.unit.local.test_make import make

_PIP = """#!/bin/sh
for number in $(seq 45); do echo "Collecting package-$number==1.0 (from -r requirements/local.txt)"; done
echo "  Downloading it (1 kB)"
echo "Installing collected packages: package-1, ..."
echo "the reason" >&2
exit {code}
"""


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment whose pip installs nothing."""
    program = tmp_path / "bin" / "python"
    program.parent.mkdir()
    program.touch()
    (tmp_path / "bin" / "depthdrop").touch()
    return tmp_path


@pytest.mark.parametrize("code", [0, 1])
def test_the_progress_is_the_number_of_packages_then_the_unpacking(environment: Path, code: int) -> None:
    program = environment / "bin" / "python"
    program.write_text(_PIP.format(code=code))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)

    ended = make(f"{environment}/local", f"VENV={environment}")

    said = ended.stdout.splitlines()
    found = [line for line in said if "packages found" in line]
    assert [line.split(" of ")[0] for line in found] == ["  10", "  20", "  30", "  40"]
    assert all(50 < int(line.split()[2]) < 500 for line in found)
    assert "  unpacking all of them" in said
    assert "Downloading" not in ended.stdout
    assert "the reason" in ended.stderr
    assert (ended.returncode == 0) is (code == 0)
    assert (environment / "local").exists() is (code == 0)


def test_the_first_run_says_at_once_that_it_takes_about_a_minute(tmp_path: Path) -> None:
    output = make("--dry-run", "run", f"VENV={tmp_path}/none").stdout.replace("\\\n", "").splitlines()
    announced = next(
        number for number, line in enumerate(output) if line.startswith("echo") and "about a minute" in line
    )
    slow = [number for number, line in enumerate(output) if "-m venv" in line or "-m pip install" in line]

    assert announced < min(slow)
    assert len(slow) == 2
