"""A JPEG is walked through a window; a marker on the window's edge is found as anywhere else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from depthdrop.picture import parts as picture_parts
from depthdrop.picture.content import Spooled
from depthdrop.picture.parts import _JPEG_MARKER, PARTS_MAX, _next_marker, has_end, parts_of
from tests.support import pictures

SPICED = st.lists(st.sampled_from([b"\xff", b"\x00", b"\xd0", b"\xd9", b"a" * 63, b"a" * 255])).map(b"".join)


@given(SPICED, st.integers(0, 70))
@example(b"a" * 63 + b"\xff\xd9", 0)
@example(b"a" * 64 + b"\xff\xd9", 0)
@example(b"a" * 65 + b"\xff\xd9", 0)
@example(b"a" * (64 + 255) + b"\xff\xd9", 0)
@example(b"a" * (64 + 256) + b"\xff\xd9", 0)
def test_the_next_marker_is_the_one_that_a_search_of_it_all_finds(content: bytes, at: int) -> None:
    found = _JPEG_MARKER.search(content, at)
    expected = (found.start(), content[found.start() + 1]) if found else None

    assert _next_marker(content, at) == expected
    assert _next_marker(Spooled([content]), at) == expected


@pytest.mark.parametrize("marker", [b"\xff\x01", b"\xff\xd8"])
def test_millions_of_markers_without_a_body_are_not_walked_to_the_end(marker: bytes) -> None:
    parts = parts_of("jpeg", b"\xff\xd8" + marker * 1_000_000)

    assert len(parts) == PARTS_MAX + 1


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_a_picture_has_its_end_when_nothing_of_it_is_missing(kind: str) -> None:
    whole = pictures.plain(kind)

    assert has_end(kind, whole)
    assert has_end(kind, whole + b"more")
    assert not any(has_end(kind, whole[:size]) for size in (0, 2, 20, len(whole) // 2, len(whole) - 1))


def test_the_end_behind_too_many_parts_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_parts, "_READ_MAX", 1000)
    crowd = b"\xff\xd8" + b"\xff\x01" * 999

    assert has_end("jpeg", crowd + b"\xff\xd9")
    assert not has_end("jpeg", crowd + b"\xff\x01\xff\xd9")
