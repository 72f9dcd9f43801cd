"""The picture formats that are taken: one table of their names, suffixes, MIME types and first bytes."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """`suffixes` are small letters with their dot; results and hints are given the first of them."""

    name: str
    suffixes: tuple[str, ...]
    content_type: str

    @property
    def suffix(self) -> str:
        return self.suffixes[0]


_ALL = (
    Format("jpeg", (".jpg", ".jpeg"), "image/jpeg"),
    Format("png", (".png",), "image/png"),
    Format("webp", (".webp",), "image/webp"),
)
FORMATS: Mapping[str, Format] = {one.name: one for one in _ALL}
FORMAT_OF_SUFFIX: Mapping[str, str] = {end: one.name for one in _ALL for end in one.suffixes}
IMAGE_SUFFIXES = frozenset(FORMAT_OF_SUFFIX)


def format_of(head: bytes) -> str | None:
    """The format's name by a file's first bytes; None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return None
