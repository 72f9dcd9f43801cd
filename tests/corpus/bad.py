"""A bad input: the files that are dropped, and what its owner must be told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.unit.scripted import PICTURE

PROMPT = b"a watercolour"


@dataclass(frozen=True, slots=True)
class Bad:
    """`says` stands in the sentence; `field` is given where a setting is at fault. `image` gets the receipt."""

    name: str
    code: str
    files: Mapping[str, bytes]
    says: str
    field: str | None = None
    image: str = "a.jpg"


def _short(text: str) -> str:
    return text if len(text) < 30 else f"{text[:20]}..."


def bad_picture(name: str, code: str, content: bytes, image: str = "a.jpg") -> Bad:
    return Bad(name, code, {image: content, f"{image.rpartition('.')[0]}.txt": PROMPT}, image, image=image)


def bad_sidecar(
    name: str, code: str, content: bytes, sidecar: str = "a.json", says: str | None = None, field: str | None = None
) -> Bad:
    return Bad(name, code, {"a.jpg": PICTURE, sidecar: content}, says or sidecar, field)


def bad_setting(code: str, field: str, value: object, says: str | None = None) -> Bad:
    """A JSON sidecar with one wrong setting beside a good prompt."""
    content = json.dumps({"prompt": "a watercolour", field: value}).encode()
    shown = json.dumps(value)
    name = f"{_short(field)} is {_short(shown)}"
    return bad_sidecar(name, code, content, says=(says or field)[:50], field=field[:100])
