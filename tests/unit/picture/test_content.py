"""A spooled picture reads as its bytes, without their memory and without a file name."""

import gc
import hashlib
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.picture.content import CHUNK_BYTES, FileContent, Pieces, Spooled

MIB = 1024 * 1024
PATTERN = bytes(range(256)) * 1024  # 256 KiB


class Watched(FileContent):
    """Content that records the size of the largest read."""

    def __init__(self, size: int) -> None:
        super().__init__(BytesIO(), size)
        self.most = 0

    def __getitem__(self, where: slice, /) -> bytes:
        start, stop, _ = where.indices(len(self))
        self.most = max(self.most, stop - start)
        return bytes(stop - start)


@pytest.fixture(scope="module")
def pattern() -> Spooled:
    return Spooled([PATTERN[:1000], b"", PATTERN[1000:]])


def test_a_spooled_picture_is_complete_with_its_digest(pattern: Spooled) -> None:
    assert (len(pattern), pattern[:]) == (len(PATTERN), PATTERN)
    assert pattern.digest == hashlib.sha256(PATTERN).hexdigest()


@given(
    st.lists(
        st.tuples(st.integers(-300_000, 300_000) | st.none(), st.integers(-300_000, 300_000) | st.none()),
        max_size=9,
    )
)
def test_any_slices_in_any_order_are_those_of_the_bytes(
    pattern: Spooled, wanted: list[tuple[int | None, int | None]]
) -> None:
    for start, stop in wanted:
        assert pattern[start:stop] == PATTERN[start:stop]


@pytest.mark.parametrize("size", [10, 1_000_000], ids=["in the buffer", "beyond it"])
def test_a_full_disk_is_an_error_and_leaves_no_file_open(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", lambda: Path("/dev/full").open("w+b"))  # noqa: SIM115  # closed by what is tested
    gc.collect()  # closes the files that other tests have left
    before = len(list(Path("/dev/fd").iterdir()))

    with pytest.raises(OSError, match="No space left"):
        Spooled([bytes(size)])
    gc.collect()

    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_has_no_name_and_is_deleted_with_its_last_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = Spooled([b"abc"])
    fd = kept.file.fileno()
    assert (list(tmp_path.iterdir()), os.fstat(fd).st_size) == ([], 3)
    del kept
    gc.collect()

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_a_source_that_breaks_off_leaves_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gc.collect()  # closes the files that other tests have left
    before = len(list(Path("/dev/fd").iterdir()))

    def breaks() -> Iterator[bytes]:
        yield b"abc"
        raise ConnectionError("short")

    with pytest.raises(ConnectionError):
        Spooled(breaks())
    gc.collect()

    assert (list(tmp_path.iterdir()), len(list(Path("/dev/fd").iterdir()))) == ([], before)


def test_pieces_are_in_their_order_and_as_long_as_they_say() -> None:
    pieces = Pieces(b"0123456789", [b"<", (2, 4), (4, 7), b"", (9, 10), b">"])

    assert (bytes(pieces), len(pieces)) == (b"<234569>", 8)
    assert list(pieces.chunks()) == [b"<", b"23456", b"9", b">"]
    assert (bytes(Pieces(b"", [])), bytes(Pieces.whole(b"all"))) == (b"", b"all")


def test_pieces_may_be_read_again() -> None:
    pieces = Pieces.whole(Spooled([PATTERN]))

    assert [bytes(pieces) for _ in range(2)] == [PATTERN, PATTERN]


def test_no_piece_of_a_large_picture_is_read_at_once() -> None:
    content = Watched(20 * MIB)

    assert sum(map(len, Pieces.whole(content).chunks())) == 20 * MIB
    assert content.most == CHUNK_BYTES
