"""A bad input: the files that are dropped, and what its owner must be notified of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.scripted import PICTURE

PROMPT = b"a watercolour"


@dataclass(frozen=True, slots=True)
class Bad:
    """`says` is a part of the sentence; `field` is given where a setting is at fault. `image` gets the receipt."""

    name: str
    code: str
    files: Mapping[str, bytes]
    says: str
    field: str | None = None
    image: str = "a.jpg"
    prompt: str | None = None  # the image's own, in its metadata


def _short(text: str) -> str:
    return text if len(text) < 30 else f"{text[:20]}..."


def bad_picture(name: str, code: str, content: bytes, image: str = "a.jpg") -> Bad:
    return Bad(name, code, {image: content, f"{image.rpartition('.')[0]}.txt": PROMPT}, image, image=image)


def bad_sidecar(
    name: str, code: str, content: bytes, sidecar: str = "a.json", says: str | None = None, field: str | None = None
) -> Bad:
    return Bad(name, code, {"a.jpg": PICTURE, sidecar: content}, says or sidecar, field)


def bad_setting(code: str, field: str, value: object, model: str | None = None) -> Bad:
    """A JSON sidecar with one wrong setting beside a good prompt."""
    asked = {"prompt": "a watercolour", **({} if model is None else {"model": model}), field: value}
    name = f"{_short(field)} is {_short(json.dumps(value))}{'' if model is None else f' for {model}'}"
    return bad_sidecar(name, code, json.dumps(asked).encode(), says=field[:50], field=field[:100])
