"""Installs pinned requirements and says how far it is: `python -m local.install FILE [pip's options]`.

It runs before anything is installed, so it imports the standard library alone. pip shows its own progress only at a
terminal; these are plain lines, for logs too.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

_PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,.-]+\])?==", re.MULTILINE)
_FOUND = re.compile(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)")
_ALL_FOUND = "Installing collected packages:"
_PACKAGES_A_LINE = 10
_SECONDS_A_LINE = 5.0


@dataclass(slots=True)
class Progress:
    """What pip has said so far of installing these packages, by their canonical names."""

    names: set[str]
    clock: Callable[[], float] = time.monotonic
    seen: set[str] = field(default_factory=set)
    unpacking: bool = False
    start: float = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.clock()

    def after(self, line: str | None) -> str | None:
        """What to say after this line of pip's, or after a silence (None): every ten packages, and in between."""
        if line is None:
            return f"  {self._stage()}, {self.clock() - self.start:.0f} s"
        new = {_canonical(name) for name in _FOUND.findall(line)} & self.names - self.seen
        self.seen |= new
        if line.startswith(_ALL_FOUND):
            self.unpacking = True
            return f"  {self._stage()}"
        return f"  {self._stage()}" if new and len(self.seen) % _PACKAGES_A_LINE == 0 else None

    def _stage(self) -> str:
        return "unpacking all of them" if self.unpacking else f"{len(self.seen)} of {len(self.names)} downloaded"


def main(file: str, *options: str) -> int:
    """Returns pip's exit code."""
    words = ["install", "--require-hashes", "--progress-bar", "off", "-r", file, *options]
    return follow([sys.executable, "-u", "-m", "pip", *words], named_in(Path(file).read_text()), _say)


def named_in(requirements: str) -> set[str]:
    """The canonical names of what is pinned there."""
    return {_canonical(name) for name in _PINNED.findall(requirements)}


def follow(
    command: Sequence[str], names: set[str], say: Callable[[str], object], silence: float = _SECONDS_A_LINE
) -> int:
    """Runs pip, says how far it is, also after `silence` seconds without a line, and returns pip's exit code."""
    progress = Progress(names)
    say(f"Installing {len(names)} packages …")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pip:  # noqa: S603  # our own words, no shell
        for line in _lines(pip.stdout or (), silence):
            if (said := progress.after(line)) is not None:
                say(said)
    return pip.returncode


def _lines(output: Iterable[str], silence: float) -> Iterator[str | None]:
    """Each line, and None whenever there was none for so many seconds."""
    lines: SimpleQueue[str | None] = SimpleQueue()

    def read() -> None:
        for line in output:
            lines.put(line)
        lines.put(None)

    Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=silence)
        except Empty:
            yield None
            continue
        if line is None:
            return
        yield line


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
