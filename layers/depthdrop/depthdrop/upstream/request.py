"""The body of one paid request: JSON with each picture as base64, encoded while it is sent. Pure."""

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
        """The body, encoded while it is read. Raises OSError when a picture cannot be read."""
        for part in self._parts():
            yield from [part] if isinstance(part, bytes) else _base64(_all_of(part))

    def body_bytes(self) -> int:
        """The length of `body`."""
        return sum(len(part) if isinstance(part, bytes) else base64_size(len(part)) for part in self._parts())

    def _parts(self) -> Iterator[bytes | Pieces]:
        yield json.dumps(dict(self.fields), ensure_ascii=False).encode().removesuffix(b"}")
        for name, picture in self.pictures.items():
            yield b', "%s": "' % name.encode()
            yield picture
            yield b'"'
        yield b"}"


def _all_of(picture: Pieces) -> Iterator[bytes]:
    """Raises OSError when the picture's length has changed: h11's own error is none that httpx knows."""
    left = len(picture)
    for chunk in picture.chunks():
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        raise OSError("the picture's length has changed on the disk")


def _base64(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks as one text: three bytes make four letters, so up to two bytes wait for the next chunk."""
    waiting = b""
    for chunk in chunks:
        waiting += chunk
        whole = len(waiting) // 3 * 3
        yield base64.b64encode(waiting[:whole])
        waiting = waiting[whole:]
    if waiting:
        yield base64.b64encode(waiting)
