"""Which names belong together, decided from a listing alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.pairing import (
    IMAGE_SUFFIXES,
    SIDECAR_SUFFIXES,
    Half,
    InboxObject,
    Kind,
    Pair,
    TwoSidecars,
    kind_of,
    pair,
    preset_keys,
    sibling_prefix,
    sidecar_keys_of,
    suffix_of,
)

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


def _names(found: object) -> object:
    match found:
        case Pair(image, sidecar):
            return (image.key, sidecar.key)
        case TwoSidecars(image, sidecars):
            return (image.key, [sidecar.key for sidecar in sidecars])
        case Half(key):
            return key
        case _:
            raise AssertionError(found)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("a.jpg", Kind.IMAGE),
        ("a.JPEG", Kind.IMAGE),
        ("a/b.PnG", Kind.IMAGE),
        ("a.webp", Kind.IMAGE),
        (".txt.jpg", Kind.IMAGE),
        ("a.txt", Kind.SIDECAR),
        ("a.jpg.txt", Kind.SIDECAR),
        ("a.JSON", Kind.SIDECAR),
        ("a.yaml", Kind.SIDECAR),
        ("a.YML", Kind.SIDECAR),
        ("", Kind.OTHER),
        ("a", Kind.OTHER),
        ("a.", Kind.OTHER),
        ("a.jpg.", Kind.OTHER),
        ("a.jpg ", Kind.OTHER),
        (".jpg", Kind.OTHER),
        ("folder/.txt", Kind.OTHER),
        ("folder.jpg/", Kind.OTHER),
        ("folder.jpg/.", Kind.OTHER),
        ("folder.jpg/..", Kind.OTHER),
        ("a.gif", Kind.OTHER),
        ("_preset.yaml", Kind.OTHER),
        ("a/_preset.json", Kind.OTHER),
        ("a/_PRESET.Yaml", Kind.OTHER),
        ("a_preset.yaml", Kind.SIDECAR),
    ],
)
def test_a_name_says_what_an_object_is(key: str, kind: Kind) -> None:
    assert kind_of(key) is kind


@pytest.mark.parametrize("sidecar", ["a/b.txt", "a/b.jpg.txt", "a/b.jpg.JSON", "a/b.yml"])
def test_either_file_may_come_first(sidecar: str) -> None:
    listed = _listed("a/b.jpg", sidecar)

    assert pair("a/b.jpg", listed) == pair(sidecar, listed) == (Pair(*listed),)


@pytest.mark.parametrize("key", ["b.jpg", "b.txt", "b.jpg.txt"])
def test_a_half_alone_waits(key: str) -> None:
    assert pair(key, _listed(key)) == (Half(key),)


def test_an_object_that_is_gone_again_is_part_of_nothing() -> None:
    assert pair("b.jpg", _listed("b.txt")) == ()


@pytest.mark.parametrize("key", ["_preset.yaml", "a.gif", "a/", "a.jpg/."])
def test_what_is_neither_image_nor_sidecar_is_part_of_nothing(key: str) -> None:
    assert pair(key, _listed(key, "_preset.jpg", "a.jpg", "a.txt")) == ()


def test_a_preset_is_no_sidecar_of_a_picture_that_is_called_preset() -> None:
    assert pair("_preset.jpg", _listed("_preset.jpg", "_preset.yaml")) == (Half("_preset.jpg"),)


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
    assert pair("B.jpg", _listed("B.jpg", "b.txt", "B.JPG.txt")) == (Half("B.jpg"),)


def test_two_spellings_of_one_letter_are_two_names() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"

    assert pair(f"{composed}.jpg", _listed(f"{composed}.jpg", f"{decomposed}.txt")) == (Half(f"{composed}.jpg"),)


def test_a_neighbour_whose_name_only_begins_alike_is_no_half() -> None:
    listed = _listed("b.jpg", "b.2.txt", "b.jpg.old.txt", "b.jpg.txt.bak", "other/b.txt")

    assert pair("b.jpg", listed) == (Half("b.jpg"),)


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        ("a/b.jpg", "a/b."),
        ("a/b.txt", "a/b."),
        ("a/b.jpg.txt", "a/b."),
        ("a/b.c.txt", "a/b.c."),
        ("a/b.jpg.jpg.txt", "a/b.jpg."),
        (".txt.jpg", ".txt."),
        ("a/../b.jpg", "a/../b."),
        ("a//b.JPG.TXT", "a//b."),
    ],
)
def test_a_listing_starts_at_the_common_stem(key: str, prefix: str) -> None:
    assert sibling_prefix(key) == prefix


def test_only_images_have_sidecars() -> None:
    assert sidecar_keys_of("b.gif", ["b.txt", "b.gif.txt"]) == ()


@pytest.mark.parametrize(
    ("key", "suffix"),
    [("a.jpg", ".jpg"), ("a.b.JPG", ".JPG"), ("a.jpg/.", ""), ("a.jpg/b", ""), (".jpg", ""), ("a.", ""), ("", "")],
)
def test_a_suffix_is_cut_as_text(key: str, suffix: str) -> None:
    assert suffix_of(key) == suffix


def test_presets_are_looked_for_from_the_prefix_down_to_the_picture() -> None:
    found = preset_keys("in/2026/may/b.jpg", "in/")

    assert found == (
        ("in/_preset.yaml", "in/_preset.json"),
        ("in/2026/_preset.yaml", "in/2026/_preset.json"),
        ("in/2026/may/_preset.yaml", "in/2026/may/_preset.json"),
    )


def test_without_a_prefix_the_bucket_is_the_root() -> None:
    assert preset_keys("b.jpg") == (("_preset.yaml", "_preset.json"),)


@given(stems, image_suffixes, sidecar_suffixes, st.sampled_from(["long", "short"]))
def test_any_key_pairs_from_both_sides_and_within_its_own_listing(
    stem: str, image_suffix: str, sidecar_suffix: str, form: str
) -> None:
    image = stem + image_suffix
    sidecar = (image if form == "long" else stem) + sidecar_suffix
    listed = _listed(image, sidecar)

    found = pair(image, listed)

    assert found == pair(sidecar, listed) == (Pair(*listed),)
    assert image.startswith(sibling_prefix(sidecar))
    assert sidecar.startswith(sibling_prefix(image))


@given(st.text(max_size=300) | st.lists(st.sampled_from([*ODD, ".jpg", ".txt", "_preset.yaml"])).map("".join))
def test_no_key_is_ever_more_than_a_half_by_itself(key: str) -> None:
    found = pair(key, _listed(key))

    assert found in {(), (Half(key),)}
    assert key.endswith(suffix_of(key))


@given(st.lists(stems, max_size=6), image_suffixes)
def test_a_trailing_slash_makes_a_folder_of_any_name(parts: list[str], suffix: str) -> None:
    assert kind_of("/".join(parts) + suffix + "/") is Kind.OTHER


def test_a_key_as_long_as_s3_allows_is_paired() -> None:
    stem = "ü" * 508 + "abcd"
    listed = _listed(f"{stem}.jpg", f"{stem}.txt")

    assert pair(f"{stem}.jpg", listed) == (Pair(*listed),)
