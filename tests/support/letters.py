"""Files that come, change and go, and the events of it, as a line of letters.

A small letter with a number puts that version of a file, a minus deletes it, a capital delivers its event. Every
put is a second later than the last, so that no two versions are of the same moment.

i j   photo.jpg, photo.png          s t   photo.json, photo.jpg.json        d   photo_depth.png
p     _preset.yaml                  e     photo_depth.json, the depth map's own sidecar
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Protocol

from tests.support.scripted import NOW, picture

KEYS = {
    "i": "photo.jpg",
    "j": "photo.png",
    "s": "photo.json",
    "t": "photo.jpg.json",
    "d": "photo_depth.png",
    "e": "photo_depth.json",
    "p": "_preset.yaml",
}
METADATA_ALONE = "m"  # in place of a number: version 1 with other metadata
RERUN = "r"  # version 1 again, on purpose
WITH_MAP = "d"  # version 1 that names the depth map


class Place(Protocol):
    """Where files are put and events are processed."""

    def put(self, key: str, content: bytes, at: float) -> None: ...

    def delete(self, key: str) -> None: ...

    def deliver(self, key: str) -> object: ...


def act(place: Place, line: str, first_step: int = 0) -> None:
    """Do what the line says. A line that continues where another ended begins at a later step."""
    for step, (letter, version) in enumerate(_steps(line), first_step):
        key = KEYS[letter.lower()]
        if letter.isupper():
            place.deliver(key)
        elif version == "-":
            place.delete(key)
        else:
            place.put(key, content(letter, version), NOW - 3600 + step)


@cache
def content(letter: str, version: str) -> bytes:
    if letter in "ijd":
        return picture("JPEG" if letter == "i" else "PNG", shade=10 * int(version) + ord(letter))
    if letter == "p":
        return f"steps: {20 + int(version)}\n".encode()
    settings: dict[str, object] = {"prompt": f"{letter} {version if version.isdigit() else 1}"}
    extra: dict[str, dict[str, object]] = {
        METADATA_ALONE: {"metadata": {"order": "7"}},
        RERUN: {"rerun": 1},
        WITH_MAP: {"depth_map": KEYS["d"]},
    }
    return json.dumps(settings | extra.get(version, {})).encode()


def _steps(line: str) -> Iterator[tuple[str, str]]:
    for word in line.split():
        yield (word[1], "-") if word.startswith("-") else (word[0], word[1:])
