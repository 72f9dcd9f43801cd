"""What the handlers printed, read as a log service reads it: one JSON object on a line, and nothing else."""

import json
import re
from dataclasses import dataclass
from typing import Any

FORGED = "FORGED"  # what no handler says
_CARRIED_OFF = re.compile(r"[^ -~\n]")  # all that a terminal, a pager or a reader of lines may make something of
_METRIC = {"_aws", "service"}
_ENTRY = {"level", "location", "message", "service", "timestamp"}
_LEVELS = {"INFO", "WARNING", "ERROR"}
_SERVICES = {"submit", "poll", "finalize", "sweep"}


@dataclass
class Log:
    """Standard output and standard error; a line is whatever precedes a line feed."""

    out: str = ""
    err: str = ""

    def add(self, out: str, err: str) -> None:
        self.out += out
        self.err += err

    @property
    def forged(self) -> list[str]:
        """Lines that the project's own logger or its metrics did not make, or not alone."""
        return [line for line in self._lines() if _CARRIED_OFF.search(line) or not _is_ours(_object(line))]

    def leaks(self, secrets: tuple[str, ...]) -> list[str]:
        """The secrets that can be read in it, as they are or spelled in JSON's escapes."""
        text = self.out + self.err
        return [secret for secret in secrets if secret in text or json.dumps(secret)[1:-1] in text]

    def _lines(self) -> list[str]:
        return [line for line in (self.out + self.err).split("\n") if line]


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _is_ours(entry: dict[str, Any] | None) -> bool:
    if entry is None or entry.get("service") not in _SERVICES or FORGED in {*entry, entry.get("message")}:
        return False
    return entry.keys() >= _METRIC or (entry.keys() >= _ENTRY and entry["level"] in _LEVELS)
