"""The body of one paid request: JSON in which each picture is base64, made while it is sent. Pure."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from depthdrop.picture.content import Pieces, base64_size


@dataclass(frozen=True, slots=True)
class PostRequest:
    """One paid request, ready to be sent."""

    wire_name: str
    fields: Mapping[str, object]
    pictures: Mapping[str, Pieces]

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
        sizes = (len(_before(name)) + base64_size(len(one)) + 1 for name, one in self.pictures.items())
        return len(self._opening()) + sum(sizes) + 1

    def _opening(self) -> bytes:
        return json.dumps(dict(self.fields), ensure_ascii=False).encode().removesuffix(b"}")


def _before(name: str) -> bytes:
    return b', "%s": "' % name.encode()


def _all_of(picture: Pieces) -> Iterator[bytes]:
    """Raises OSError when the picture is not as long as it said; h11 would raise what httpx does not know."""
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
