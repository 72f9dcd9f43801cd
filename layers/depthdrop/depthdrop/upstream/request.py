"""The body of one paid request: JSON in which each picture is base64, made while it is sent. Pure."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from depthdrop.picture.content import base64_size


class Chunked(Protocol):
    """Bytes of a known number that come piece by piece, anew each time they are asked for."""

    def __len__(self) -> int: ...

    def chunks(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class PostRequest:
    """One paid request, ready to be sent."""

    wire_name: str
    fields: Mapping[str, object]
    pictures: Mapping[str, Chunked]

    def body(self) -> Iterator[bytes]:
        """JSON in which each picture is base64, made while it is read."""
        yield self._opening()
        for name, picture in self.pictures.items():
            yield _before(name)
            yield from _base64(_all_of(picture))
            yield b'"'
        yield b"}"

    def body_bytes(self) -> int:
        """How many `body` comes to."""
        pictures = sum(
            len(_before(name)) + base64_size(len(picture)) + 1 for name, picture in self.pictures.items()
        )
        return len(self._opening()) + pictures + 1

    def _opening(self) -> bytes:
        return json.dumps(dict(self.fields), ensure_ascii=False).encode().removesuffix(b"}")


def _before(name: str) -> bytes:
    return b', "%s": "' % name.encode()


def _all_of(picture: Chunked) -> Iterator[bytes]:
    """Raises OSError when it is not as long as was promised; h11 would raise what httpx does not know."""
    left = len(picture)
    for chunk in picture.chunks():
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        raise OSError("the picture's length has changed on the disk")


def _base64(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Of the chunks as one: three bytes make four letters, so up to two wait for the next chunk."""
    waiting = b""
    for chunk in chunks:
        waiting += chunk
        whole = len(waiting) // 3 * 3
        yield base64.b64encode(waiting[:whole])
        waiting = waiting[whole:]
    if waiting:
        yield base64.b64encode(waiting)
