"""A picture on its way through submit: bytes in a file, read piece by piece, so that memory does not grow with it.

The file has no name and goes with the last reference to it. It is written whole before anything is claimed, so that
nothing but this machine's disk is read while a paid request is being sent.
"""

import hashlib
import io
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol, Self

CHUNK_BYTES = 192 * 1024
_WINDOW_BYTES = 64 * 1024
Span = tuple[int, int]


class Content(Protocol):
    """What the walks through a picture need; bytes have it too."""

    def __len__(self) -> int: ...

    def __getitem__(self, where: slice, /) -> bytes: ...


def base64_size(size: int) -> int:
    """Bytes of base64 text for `size` bytes."""
    return (size + 2) // 3 * 4


class Spooled:
    """Chunks that were written to a file. Raises OSError when the disk is full.

    A walk reads many small pieces, one behind the other: they are cut from a window.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._fd, path = tempfile.mkstemp()
        weakref.finalize(self, os.close, self._fd)
        os.unlink(path)  # noqa: PTH108  # mkstemp gives a string
        self._window = (0, b"")
        self._size = 0
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            self._write(chunk)
        self.digest = digest.hexdigest()

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, where: slice, /) -> bytes:
        start, stop, _ = where.indices(self._size)
        if stop - start > _WINDOW_BYTES:
            return os.pread(self._fd, stop - start, start)
        first, window = self._window
        if not first <= start <= stop <= first + len(window):
            first, window = self._window = (start, os.pread(self._fd, _WINDOW_BYTES, start))
        return window[start - first : max(stop, start) - first]

    def _write(self, chunk: bytes) -> None:
        left = memoryview(chunk)
        while left:
            left = left[os.write(self._fd, left) :]
        self._size += len(chunk)


class FileContent:
    """A file that is being filled or read elsewhere, as far as `size`."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, where: slice, /) -> bytes:
        start, stop, _ = where.indices(self._size)
        self._file.seek(start)
        return self._file.read(max(stop - start, 0))


class Pieces:
    """A picture put together from spans of another and from a few bytes of its own; nothing is copied."""

    def __init__(self, source: Content, kept: Iterable[bytes | Span]) -> None:
        self._source = source
        self._kept: list[bytes | Span] = []
        for piece in kept:
            last = self._kept[-1] if self._kept else b""
            if not piece:
                continue
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
        """All of it in order, in pieces of at most `CHUNK_BYTES`. Raises OSError when the disk fails."""
        for piece in self._kept:
            if isinstance(piece, bytes):
                yield piece
                continue
            for at in range(*piece, CHUNK_BYTES):
                yield self._source[at : min(at + CHUNK_BYTES, piece[1])]


def as_file(content: Content) -> io.BufferedReader:
    """The same bytes for what reads files."""
    return io.BufferedReader(_Reader(content))


class _Reader(io.RawIOBase):
    def __init__(self, content: Content) -> None:
        self._content, self._at = content, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._content)}[whence]
        if start + offset < 0:
            raise ValueError(f"no place {start + offset} in a file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: "memoryview[int]", /) -> int:  # type: ignore[override]  # typeshed names a wider one
        found = self._content[self._at : self._at + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)
