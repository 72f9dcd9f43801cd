"""Reads a picture from base64 text, and checks its header before anything decodes it.

Limits (Black Forest Labs, from other clients' code: grade S): 20 MiB of base64 text, 20 megapixels, 256 px a side.
"""

import base64
import binascii
import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import imagesize
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

MAX_BASE64_CHARS = 20 * 1024 * 1024
MAX_PIXELS = 20_000_000
MIN_SIDE = 256

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """A picture's bytes, and its size in pixels according to its header."""

    data: bytes
    width: int
    height: int

    @cached_property
    def sha256(self) -> str:
        """The digest in the ledger."""
        return hashlib.sha256(self.data).hexdigest()


def read_picture(data: bytes) -> Picture:
    """Check a picture by magic bytes and header alone.

    Raises PydanticCustomError when it is no JPEG, PNG or WebP, or its size is out of bounds.
    """
    known = data.startswith((_JPEG, _PNG)) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
    try:
        width, height = imagesize.get(io.BytesIO(data)) if known else (-1, -1)
    except Exception:  # noqa: BLE001  # a malicious header may raise any error
        width = height = -1
    if width < 1 or height < 1:
        raise PydanticCustomError("image_unreadable", "Input is not a readable JPEG, PNG or WebP image")
    size = {"width": width, "height": height, "pixels": width * height}
    if width * height > MAX_PIXELS:
        raise PydanticCustomError("image_too_large", "Image has {pixels} pixels, at most 20 megapixels", size)
    if min(width, height) < MIN_SIDE:
        reason = "Image is {width}x{height}, each side must be at least 256 pixels"
        raise PydanticCustomError("image_too_small", reason, size)
    return Picture(data, width, height)


def _from_base64(value: Any) -> Picture | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    if len(value) > MAX_BASE64_CHARS:
        raise PydanticCustomError("image_too_large", "Image is over 20 MiB of base64 text")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("base64_decode", "Input is not valid base64") from None
    return read_picture(data)


Picture64 = Annotated[Picture | None, BeforeValidator(_from_base64), Field(default=None)]
