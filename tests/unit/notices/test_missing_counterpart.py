"""The hints for an unpaired file, which give its owner the names that would match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.drop.formats import IMAGE_SUFFIXES
from depthdrop.drop.inbox_keys import SIDECAR_SUFFIXES
from depthdrop.drop.pairing import InboxObject, Pair, pair
from depthdrop.notices.events import Trouble
from depthdrop.notices.missing_counterpart import missing_counterpart


def _missing(key: str, *beside: str) -> Trouble:
    return missing_counterpart(key, [InboxObject(one, "e", 0, 1) for one in (key, *beside)])


@pytest.mark.parametrize("key", ["room.jpg", "trip/rome/room.jpg", "//room.jpg"])
def test_the_hint_for_a_picture_gives_the_names_of_its_sidecar(key: str) -> None:
    assert _missing(key) == Trouble(
        code="no_sidecar",
        message="room.jpg came without a prompt.",
        hint="Drop its prompt beside it as room.txt or room.jpg.txt, or its settings as .json, .yaml or .yml. "
        "Names must agree letter for letter.",
    )


def test_the_hint_for_a_sidecar_gives_the_names_of_its_picture() -> None:
    assert _missing("trip/room.yaml") == Trouble(
        code="no_image",
        message="room.yaml came without a picture.",
        hint="Drop room.jpg, .jpeg, .png or .webp beside it. Names must agree letter for letter.",
    )


def test_the_hint_for_a_sidecar_that_names_its_picture_in_full_gives_that_name() -> None:
    assert _missing("room.png.txt").hint == "Drop room.png beside it. Names must agree letter for letter."


def test_the_hint_for_a_sidecar_of_an_unsupported_photo_says_how_to_save_it() -> None:
    hint = "Save room.heic as JPEG, PNG or WebP, drop that, and drop this file again under its name."

    assert _missing("room.heic.txt").hint == hint


@pytest.mark.parametrize(
    ("key", "beside", "sentence"),
    [
        ("room.jpg", ["room.rtf"], "room.rtf is not its sidecar: the name does not match."),
        ("room.jpg", ["room.txt.txt", "room.png.txt"], "room.png.txt or room.txt.txt is not its sidecar"),
        ("room.txt", ["room.tga"], "room.tga cannot be edited: save it as JPEG, PNG or WebP."),
        ("room.txt", ["room.old.jpg"], "room.old.jpg is not its picture: the name does not match."),
        (
            "room.txt",
            ["room.b.heic", "room.tga"],
            "room.b.heic is not its picture: the name does not match. room.tga cannot be",
        ),
    ],
)
def test_a_file_beside_it_that_was_perhaps_meant_is_named(key: str, beside: list[str], sentence: str) -> None:
    assert sentence in _missing(f"a/{key}", *(f"a/{name}" for name in beside)).hint


@pytest.mark.parametrize("beside", [["room.png", "room.webp", "room.heic"], ["room./x.txt", "room.d/y.rtf"]])
def test_other_pictures_and_files_in_folders_with_a_similar_name_are_not_mentioned(beside: list[str]) -> None:
    assert _missing("room.jpg", *beside) == _missing("room.jpg")


def test_a_hint_names_few_of_many_neighbours() -> None:
    assert len(_missing("room.jpg", *(f"room.{number}.txt" for number in range(900))).hint) < 250


@given(
    st.text(st.characters(exclude_characters="/.", exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.sampled_from(sorted(IMAGE_SUFFIXES | SIDECAR_SUFFIXES)),
)
def test_every_name_in_a_hint_makes_a_pair(stem: str, suffix: str) -> None:
    key = f"a/{stem}{suffix}"
    others = [f"{stem}.txt", f"{key[2:]}.txt"] if suffix in IMAGE_SUFFIXES else [f"{stem}.jpg"]
    hint = _missing(key).hint

    for other in others:
        assert other in hint
        [found] = pair(key, [InboxObject(one, "e", 0, 1) for one in (key, f"a/{other}")])
        assert isinstance(found, Pair)
