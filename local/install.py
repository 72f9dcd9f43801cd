"""Installs pinned requirements and prints the progress: `python -m local.install FILE [pip's options]`.

It runs before anything is installed, so it imports the standard library alone. pip shows its own progress only in a
terminal; these are plain lines, for logs too.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

_PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,.-]+\])?==", re.MULTILINE)
_FOUND = re.compile(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)")
_ALL_FOUND = "Installing collected packages:"
_SECONDS_A_LINE = 5.0


@dataclass(slots=True)
class Progress:
    """How far pip has installed these packages, by their canonical names."""

    names: set[str]
    seen: set[str] = field(default_factory=set)
    unpacking: bool = False

    def read(self, lines: Iterable[str]) -> None:
        """Follow pip's output until it ends."""
        for line in lines:
            self.seen |= {_canonical(name) for name in _FOUND.findall(line)} & self.names
            self.unpacking = self.unpacking or line.startswith(_ALL_FOUND)

    def __str__(self) -> str:
        return "unpacking all of them" if self.unpacking else f"{len(self.seen)} of {len(self.names)} downloaded"


def main(file: str, *options: str) -> int:
    """Returns pip's exit code."""
    words = ["install", "--require-hashes", "--progress-bar", "off", "-r", file, *options]
    return follow([sys.executable, "-u", "-m", "pip", *words], named_in(Path(file).read_text()), _say)


def named_in(requirements: str) -> set[str]:
    """The canonical names of the packages that these requirements pin."""
    return {_canonical(name) for name in _PINNED.findall(requirements)}


def follow(
    command: Sequence[str], names: set[str], say: Callable[[str], object], interval: float = _SECONDS_A_LINE
) -> int:
    """Run pip, print the progress every `interval` seconds, and return pip's exit code."""
    progress, ended, start = Progress(names), Event(), time.monotonic()
    say(f"Installing {len(names)} packages …")

    def report() -> None:
        while not ended.wait(interval):
            say(f"  {progress}, {time.monotonic() - start:.0f} s")

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pip:  # noqa: S603  # our own words, no shell
        Thread(target=report, daemon=True).start()
        progress.read(pip.stdout or ())
    ended.set()
    return pip.returncode


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
