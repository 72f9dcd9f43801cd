"""Which names belong together, decided from a listing alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.drop.formats import IMAGE_SUFFIXES
from depthdrop.drop.inbox_keys import (
    SIDECAR_SUFFIXES,
    Kind,
    kind_of,
    preset_folders,
    sibling_key,
    sibling_prefix,
    suffix_of,
)
from depthdrop.drop.pairing import Crowded, InboxObject, Pair, TwoSidecars, UnpairedFile, pair, sidecar_keys_of

ODD = [
    " ",
    "+",
    "%",
    "%20",
    "é",
    "e\u0301",
    "名",
    "🙂",
    "..",
    ".",
    "/",
    "//",
    "a",
    "B",
    "&",
    "'",
    "\\",
    "~",
    "\u200b",
]
stems = st.lists(st.sampled_from(ODD), min_size=1, max_size=12).map(lambda parts: "x" + "".join(parts) + "x")
image_suffixes = st.sampled_from([*sorted(IMAGE_SUFFIXES), ".JPG", ".JpEg", ".WEBP"])
sidecar_suffixes = st.sampled_from([*sorted(SIDECAR_SUFFIXES), ".TXT", ".Yaml"])


def _listed(*keys: str) -> list[InboxObject]:
    return [InboxObject(key, f"etag-{key}", 1_781_078_400, 100) for key in keys]


def _unpaired(key: str) -> UnpairedFile:
    return UnpairedFile(*_listed(key))


def _pair(image: str, sidecar: str) -> Pair:
    return Pair(_listed(image)[0], _listed(sidecar)[0])


def _names(found: object) -> object:
    match found:
        case Pair(image, sidecar):
            return (image.key, sidecar.key if sidecar else None)
        case TwoSidecars(image, sidecars):
            return (image.key, [sidecar.key for sidecar in sidecars])
        case Crowded(image):
            return [image.key]
        case _:
            raise AssertionError(found)


@pytest.mark.parametrize("sidecar", ["a/b.txt", "a/b.jpg.txt", "a/b.jpg.JSON", "a/b.yml"])
def test_either_file_may_come_first(sidecar: str) -> None:
    listed = _listed("a/b.jpg", sidecar)

    assert pair("a/b.jpg", listed) == pair(sidecar, listed) == (_pair("a/b.jpg", sidecar),)


@pytest.mark.parametrize("key", ["b.jpg", "b.txt", "b.jpg.txt"])
def test_a_file_without_its_counterpart_is_unpaired(key: str) -> None:
    assert pair(key, _listed(key)) == (_unpaired(key),)


def test_an_object_that_is_gone_again_is_part_of_nothing() -> None:
    assert pair("b.jpg", _listed("b.txt")) == ()


@pytest.mark.parametrize("key", ["_preset.yaml", "a.mov", "a/", "a.jpg/."])
def test_what_is_neither_image_nor_sidecar_is_part_of_nothing(key: str) -> None:
    assert pair(key, _listed(key, "_preset.jpg", "a.jpg", "a.txt")) == ()


def test_a_preset_is_no_sidecar_of_a_picture_that_is_called_preset() -> None:
    assert pair("_preset.jpg", _listed("_preset.jpg", "_preset.yaml")) == (_unpaired("_preset.jpg"),)


def test_two_sidecars_are_named_both_whichever_event_came() -> None:
    listed = _listed("b.jpg", "b.txt", "b.jpg.yaml")

    for key in ("b.jpg", "b.txt", "b.jpg.yaml"):
        assert [_names(found) for found in pair(key, listed)] == [("b.jpg", ["b.jpg.yaml", "b.txt"])]


def test_one_sidecar_may_belong_to_several_pictures() -> None:
    listed = _listed("b.png", "b.jpg", "b.txt")

    assert [_names(found) for found in pair("b.txt", listed)] == [("b.jpg", "b.txt"), ("b.png", "b.txt")]
    assert [_names(found) for found in pair("b.png", listed)] == [("b.png", "b.txt")]


def test_a_sidecar_named_after_a_key_serves_a_longer_key_with_that_stem_too() -> None:
    listed = _listed("a.jpg", "a.jpg.png", "a.jpg.txt")

    found = pair("a.jpg.txt", listed)

    assert [_names(one) for one in found] == [("a.jpg", "a.jpg.txt"), ("a.jpg.png", "a.jpg.txt")]


def test_capital_letters_in_a_stem_are_another_name() -> None:
    assert pair("B.jpg", _listed("B.jpg", "b.txt", "B.JPG.txt")) == (_unpaired("B.jpg"),)


def test_two_spellings_of_one_letter_are_two_names() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"

    assert pair(f"{composed}.jpg", _listed(f"{composed}.jpg", f"{decomposed}.txt")) == (
        _unpaired(f"{composed}.jpg"),
    )


def test_a_file_whose_name_only_begins_alike_is_no_counterpart() -> None:
    listed = _listed("b.jpg", "b.2.txt", "b.jpg.old.txt", "b.jpg.txt.bak", "other/b.txt")

    assert pair("b.jpg", listed) == (_unpaired("b.jpg"),)


@pytest.mark.parametrize("sidecar", ["a/b.txt", "a/b.heic.txt"])
def test_a_photo_in_another_format_is_paired_to_be_refused(sidecar: str) -> None:
    listed = _listed("a/b.heic", sidecar)

    assert pair("a/b.heic", listed) == pair(sidecar, listed) == (Pair(listed[0], listed[1]),)
    assert sibling_prefix("a/b.heic.txt") == sibling_prefix("a/b.heic") == "a/b."


@pytest.mark.parametrize("key", ["b.NEF", "b.jpg", "b.txt"])
def test_a_raw_photo_beside_its_jpeg_leaves_the_sidecar_to_it(key: str) -> None:
    listed = _listed("b.jpg", "b.txt", "b.NEF")

    assert pair(key, listed) == (UnpairedFile(listed[2]) if key == "b.NEF" else Pair(listed[0], listed[1]),)


def test_a_raw_photo_beside_a_jpeg_keeps_a_sidecar_that_names_it() -> None:
    listed = _listed("b.jpg", "b.jpg.txt", "b.NEF", "b.NEF.txt")

    assert [_names(found) for found in pair("b.NEF", listed)] == [("b.NEF", "b.NEF.txt")]
    assert [_names(found) for found in pair("b.jpg.txt", listed)] == [("b.jpg", "b.jpg.txt")]


def test_a_raw_photo_that_is_named_after_a_jpeg_leaves_it_the_sidecar_with_its_whole_name() -> None:
    listed = _listed("b.jpg", "b.jpg.txt", "b.jpg.NEF")

    assert pair("b.jpg.NEF", listed) == (UnpairedFile(listed[2]),)
    assert pair("b.jpg.txt", listed) == (Pair(listed[0], listed[1]),)


def test_a_picture_among_more_neighbours_than_were_listed_is_not_paired() -> None:
    listed = _listed("b.0001.jpg", "b.jpg", "b.txt")

    assert pair("b.jpg", listed, whole=False) == pair("b.txt", listed, whole=False) == (Crowded(listed[1]),)
    assert pair("b.yaml", _listed("b.0001.jpg", "b.yaml"), whole=False) == (_unpaired("b.yaml"),)


@given(stems, image_suffixes, sidecar_suffixes, st.sampled_from(["long", "short"]))
def test_any_key_pairs_from_both_sides_and_within_its_own_listing(
    stem: str, image_suffix: str, sidecar_suffix: str, form: str
) -> None:
    image = stem + image_suffix
    sidecar = (image if form == "long" else stem) + sidecar_suffix
    listed = _listed(image, sidecar)

    found = pair(image, listed)

    assert found == pair(sidecar, listed) == (_pair(image, sidecar),)
    assert image.startswith(sibling_prefix(sidecar))
    assert sidecar.startswith(sibling_prefix(image))


@given(st.text(max_size=300) | st.lists(st.sampled_from([*ODD, ".jpg", ".txt", "_preset.yaml"])).map("".join))
def test_a_key_alone_is_at_most_an_unpaired_file(key: str) -> None:
    found = pair(key, _listed(key))

    assert found in {(), (_unpaired(key),)}
    assert key.endswith(suffix_of(key))


@given(st.lists(stems, max_size=6), image_suffixes)
def test_a_trailing_slash_makes_a_folder_of_any_name(parts: list[str], suffix: str) -> None:
    assert kind_of("/".join(parts) + suffix + "/") is Kind.OTHER


def _within_s3s_limit(key: str) -> str:
    return key.encode()[:1024].decode(errors="ignore")


any_key = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400),
    st.lists(st.sampled_from([*ODD, ".jpg", ".txt", ".yaml", "_preset", "ü" * 300]), min_size=1).map("".join),
).map(_within_s3s_limit)


@given(any_key, st.lists(any_key, max_size=8), st.booleans())
def test_no_listing_makes_a_pair_of_what_does_not_belong_together(key: str, others: list[str], whole: bool) -> None:  # noqa: FBT001  # Hypothesis hands it in
    present = {key, *others}
    for found in pair(key, _listed(*sorted(present)), whole=whole):
        match found:
            case Pair(image, sidecar):
                assert whole
                assert sidecar is not None
                assert key in {image.key, sidecar.key}
                assert sidecar.key in sidecar_keys_of(image.key, present)
            case TwoSidecars(image, sidecars):
                assert len({sidecar.key for sidecar in sidecars}) >= 2
                assert key in {image.key, *(sidecar.key for sidecar in sidecars)}
            case Crowded(image):
                assert not whole
            case UnpairedFile(file):
                assert file.key == key


@given(any_key)
def test_any_key_has_a_listing_and_folders_of_its_own(key: str) -> None:
    assert key.startswith(sibling_prefix(key).rstrip("."))
    assert preset_folders(key)[-1] == key[: key.rfind("/") + 1]
    assert sibling_key(key, "d.png").startswith(key[: key.rfind("/") + 1])


def test_a_key_as_long_as_s3_allows_is_paired() -> None:
    stem = "ü" * 508 + "abcd"
    listed = _listed(f"{stem}.jpg", f"{stem}.txt")

    assert pair(f"{stem}.jpg", listed) == (_pair(f"{stem}.jpg", f"{stem}.txt"),)
