"""A picture's bytes in a file, read piece by piece, so that memory does not grow with the picture.

The file is deleted with the last reference to it. It is written before the edit is claimed, so that only this
machine's disk is read while a paid request is sent.
"""

import hashlib
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Self

CHUNK_BYTES = 192 * 1024
Span = tuple[int, int]


def base64_size(size: int) -> int:
    """Bytes of base64 text for `size` bytes."""
    return (size + 2) // 3 * 4


class FileContent:
    """The first `size` bytes of an open file. Its buffer saves a system call for each of many small reads."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self._size = file, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, where: slice, /) -> bytes:
        start, stop, _ = where.indices(self._size)
        self.file.seek(start)
        return self.file.read(max(stop - start, 0))


Content = bytes | FileContent  # what the functions that read a picture take


class Spooled(FileContent):
    """Chunks written to a file without a name. Raises OSError when the disk is full."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        file = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the last reference
        weakref.finalize(self, file.raw.close)  # without flushing: a full disk would raise again
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        super().__init__(file, file.tell())
        self.digest = digest.hexdigest()


class Pieces:
    """A picture made of spans of another content and of bytes; the spans are not copied."""

    def __init__(self, source: Content, kept: Iterable[bytes | Span]) -> None:
        self._source = source
        self._kept: list[bytes | Span] = []
        for piece in (piece for piece in kept if piece):
            last = self._kept[-1] if self._kept else b""
            if isinstance(piece, tuple) and isinstance(last, tuple) and last[1] == piece[0]:
                self._kept[-1] = (last[0], piece[1])
            else:
                self._kept.append(piece)
        self._size = sum(len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in self._kept)

    @classmethod
    def whole(cls, content: Content) -> Self:
        return cls(content, [(0, len(content))])

    def __len__(self) -> int:
        return self._size

    def __bytes__(self) -> bytes:
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The picture in pieces of at most `CHUNK_BYTES`. Raises OSError when the disk fails."""
        for piece in self._kept:
            if isinstance(piece, bytes):
                yield piece
                continue
            for at in range(*piece, CHUNK_BYTES):
                yield self._source[at : min(at + CHUNK_BYTES, piece[1])]
