"""Which words are hard to read at first sight, and what to write instead: `make lint` finds them in tracked texts.

    python -m tests.lint.words

Identifiers are read too: `_` and the humps of camel case end a word.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Word(NamedTuple):
    """`pattern` matches whole words in any case, and a space in it a hyphen or a line break of a comment too."""

    pattern: str
    instead: str


class Allowed(NamedTuple):
    """What `name` matches in the text, exactly so, is not read."""

    name: str
    reason: str


WORDS = (
    Word("told", "notified, published, reported; distinguished"),
    Word(
        "rests|rested|resting|at rest|(?:drops|messages|that|which|who) rest",
        "is parked, waits",
    ),
    Word("stand(?! in)|stands|stood|standing", "is, is in state, is stored; replaces, means"),
    Word("half(?! (?:an?|as|of|the|to|way|hour|second|minute)\\b)|halves", "unpaired file, counterpart"),
    Word("worked off", "processed"),
    Word("in the way", "failed because of, error"),
    Word("not so", "unsuccessful, or what is not true"),
    Word("under way|underway", "running, not finished yet"),
    Word("bec[oa]mes? of|c[oa]mes? of", "the result of, the outcome of"),
    Word("whoever|somebody", "the caller, the owner, another user"),
    Word("likewise|as above|see there", "the name of what is meant"),
    Word("all the same", "anyway, even if …"),
)

ALLOWED = (
    Allowed(r"""["']half["']|[#:]half\b|\bhalf(?=: NotRequired|  )""", "a field of files' records, and its value"),
    Allowed(r"\bhalf_modified\b", "a field of files' records"),
    Allowed(r"""["']told["']|[#:]told\b|\btold(?=: NotRequired|  )|\btold_at\b""", "fields of files' records"),
    Allowed(r"\bhalves_(?:(?:settled|put_off|broken|told)\b)?|\bletters_told\b", "counts in sweep's log"),
    Allowed("this half could not be looked at", "a message of sweep's log"),
    Allowed("waits for its other half|the edit stands as", "reasons in submit's log"),
    Allowed("stands in for SNS", "a message of the receiver's log"),
    Allowed(r"\bnot_worked_off\b", "a code that events and receipts carry"),
    Allowed(r"\bnot so much\b|\band a half (?:seconds|minutes|hours)\b", "quantities"),
)

_READ = re.compile(r".*\.(?:py|md|yaml|toml|html|js|css)|(?:.*/)?Makefile|\.ci/.*")
# What has been released and is compared byte for byte, what others wrote, and the words themselves.
_EXCEPT = re.compile(
    r"CHANGELOG\.md|docs/events/v.*|tests/upgrade/v.*|samples/.*|(?:.*/)?requirements/.*"
    r"|tests/lint/words\.py|tests/unit/suites/test_words\.py"
)
_PAUSE = re.compile(r"[-\s#>*]+")  # between two words of a phrase
_HUMP = re.compile(r"_|(?<=[a-z0-9])(?=[A-Z])")


def main() -> int:
    found = [one for path in texts(_tracked()) for one in complaints(path, (ROOT / path).read_text("utf-8"))]
    sys.stdout.write("".join(f"{one}\n" for one in found))
    return 1 if found else 0


def texts(paths: Iterable[str]) -> Iterator[str]:
    """Those of `paths` that are read, in their order."""
    for path in paths:
        if _READ.fullmatch(path) and not _EXCEPT.fullmatch(path):
            yield path


def complaints(path: str, text: str) -> Iterator[str]:
    """`file:line: word -> instead`, in the order of the lines."""
    for name, _reason in ALLOWED:
        text = re.sub(name, lambda found: re.sub(r"[^\n]", ".", found[0]), text)
    text = _HUMP.sub(" ", text)
    found = [(one.start(), one[0], instead) for pattern, instead in _COMPILED for one in pattern.finditer(text)]
    for start, word, instead in sorted(found):
        yield f"{path}:{text.count(chr(10), 0, start) + 1}: {_PAUSE.sub(' ', word)} -> {instead}"


def _compiled(word: Word) -> re.Pattern[str]:
    pattern = re.sub(" ", lambda _: _PAUSE.pattern, word.pattern)
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_COMPILED = tuple((_compiled(word), word.instead) for word in WORDS)


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]


if __name__ == "__main__":
    sys.exit(main())
