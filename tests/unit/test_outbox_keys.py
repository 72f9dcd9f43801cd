"""Where results, manifests and receipts land, for keys of every kind and length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.drop.formats import FORMATS
from depthdrop.drop.inbox_keys import KEY_MAX_BYTES
from depthdrop.outbox import manifest_key, receipt_key, result_key

EDIT = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("prefix", "image", "kind", "expected"),
    [
        ("", "b.jpg", "jpeg", "b-01234567.jpg"),
        ("out/", "a/b.jpg", "png", "out/a/b-01234567.png"),
        ("", "a/b.c.JPEG", "webp", "a/b.c-01234567.webp"),
        ("", "a.b/c.jpg", "jpeg", "a.b/c-01234567.jpg"),
        ("", "a/../b.jpg", "jpeg", "a/../b-01234567.jpg"),
        ("", "a//.b/c+d%20 é🙂.png", "png", "a//.b/c+d%20 é🙂-01234567.png"),
    ],
)
def test_a_result_is_where_its_picture_was(prefix: str, image: str, kind: str, expected: str) -> None:
    found = result_key(prefix, image, EDIT, kind)

    assert found == expected
    assert manifest_key(found) == f"{expected.rpartition('.')[0]}.json"


def test_a_receipt_carries_the_whole_name_of_the_picture() -> None:
    assert receipt_key("out/", "a/b.jpg") == "out/a/b.jpg.rejected.json"


def test_pictures_that_differ_in_their_suffix_alone_get_receipts_of_their_own() -> None:
    assert receipt_key("", "b.jpg") != receipt_key("", "b.png")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("letter", ["x", "é", "名", "🙂"])
@pytest.mark.parametrize("prefix", ["", "out/", "deep/" * 40])
def test_no_key_grows_longer_than_s3_allows(prefix: str, letter: str, kind: str) -> None:
    image = (letter * 1020).encode()[:1020].decode(errors="ignore") + ".jpg"

    result = result_key(prefix, image, EDIT, kind)

    for key in (result, manifest_key(result), receipt_key(prefix, image)):
        assert len(key.encode()) <= KEY_MAX_BYTES
        assert key.startswith(prefix + letter)
        assert "\ufffd" not in key
    assert f"-01234567{FORMATS[kind].suffix}" in result


def test_long_keys_that_differ_at_their_end_alone_keep_results_of_their_own() -> None:
    one, other = "x" * 1019 + "1.jpg", "x" * 1019 + "2.jpg"

    assert result_key("", one, "1" * 64, "jpeg") != result_key("", other, "2" * 64, "jpeg")


def test_long_keys_that_differ_at_their_end_alone_keep_receipts_of_their_own() -> None:
    receipts = {receipt_key("out/", "x" * 1015 + f"{number}.jpg") for number in range(9)}

    assert len(receipts) == 9
    assert all(len(key) <= KEY_MAX_BYTES and key.endswith(".rejected.json") for key in receipts)


def test_the_longest_key_that_needs_no_shortening_is_left_whole() -> None:
    room = KEY_MAX_BYTES - len(".rejected.json") - 4

    assert receipt_key("", "x" * room) == "x" * room + ".rejected.json"
    assert "~" in receipt_key("", "x" * (room + 1))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=700), st.sampled_from(sorted(FORMATS)))
def test_any_name_gives_keys_that_fit_and_read_back(stem: str, kind: str) -> None:
    result = result_key("out/", f"{stem}.jpg", EDIT, kind)

    assert len(manifest_key(result).encode()) <= KEY_MAX_BYTES
    assert result.encode().decode() == result
    assert result == result_key("out/", f"{stem}.jpg", EDIT, kind)
