"""What a name says by itself: its kind, its suffix, its folder and its presets."""

import pytest

from depthdrop.drop.inbox_keys import (
    Kind,
    folder_of,
    is_preset,
    kind_of,
    preset_folders,
    sibling_key,
    sibling_prefix,
    suffix_of,
)
from depthdrop.drop.pairing import sidecar_keys_of


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
        ("a.GIF", Kind.FOREIGN),
        ("a.heic", Kind.FOREIGN),
        ("a.nef", Kind.FOREIGN),
        ("a.mov", Kind.OTHER),
        ("_preset.yaml", Kind.OTHER),
        ("a/_preset.json", Kind.OTHER),
        ("a/_PRESET.Yaml", Kind.OTHER),
        ("a/_pReset.yml", Kind.OTHER),
        ("_preset.txt", Kind.OTHER),
        ("_preset.jpg", Kind.IMAGE),
        ("_preset.jpg.txt", Kind.SIDECAR),
        ("a_preset.yaml", Kind.SIDECAR),
    ],
)
def test_a_name_says_what_an_object_is(key: str, kind: Kind) -> None:
    assert kind_of(key) is kind


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        ("a/b.jpg", "a/b."),
        ("a/b.txt", "a/b."),
        ("a/b.jpg.txt", "a/b."),
        ("a/b.c.txt", "a/b.c."),
        ("a/b.jpg.jpg.txt", "a/b.jpg."),
        ("a/b.jpg.png", "a/b.jpg."),
        (".txt.jpg", ".txt."),
        ("a/../b.jpg", "a/../b."),
        ("a//b.JPG.TXT", "a//b."),
    ],
)
def test_a_listing_starts_at_the_common_stem(key: str, prefix: str) -> None:
    assert sibling_prefix(key) == prefix


def test_only_images_have_sidecars() -> None:
    assert sidecar_keys_of("b.mov", ["b.txt", "b.mov.txt"]) == ()


@pytest.mark.parametrize(
    ("key", "suffix"),
    [("a.jpg", ".jpg"), ("a.b.JPG", ".JPG"), ("a.jpg/.", ""), ("a.jpg/b", ""), (".jpg", ""), ("a.", ""), ("", "")],
)
def test_a_suffix_is_cut_as_text(key: str, suffix: str) -> None:
    assert suffix_of(key) == suffix


@pytest.mark.parametrize(
    ("image", "prefix", "folders"),
    [
        ("b.jpg", "", ("",)),
        ("in/2026/may/b.jpg", "in/", ("in/", "in/2026/", "in/2026/may/")),
        ("a//b.jpg", "", ("", "a/", "a//")),
        ("/b.jpg", "", ("", "/")),
    ],
)
def test_presets_hold_from_the_prefix_down_to_the_picture(
    image: str, prefix: str, folders: tuple[str, ...]
) -> None:
    assert preset_folders(image, prefix) == folders


@pytest.mark.parametrize("stem", ["_preset", "_Preset", "_PRESET"])
@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json", ".txt", ".YAML", ".Json"])
def test_a_preset_is_known_in_every_spelling_that_people_use(stem: str, suffix: str) -> None:
    assert is_preset(f"a/{stem}{suffix}")
    assert kind_of(f"a/{stem}{suffix}") is Kind.OTHER


@pytest.mark.parametrize(
    "key", ["_preset", "_preset.jpg", "_preset.jpg.txt", "a_preset.yaml", "_preset/a.yaml", "_preset.yaml/"]
)
def test_what_only_looks_like_a_preset_is_none(key: str) -> None:
    assert not is_preset(key)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("b.jpg", "d.png"),
        ("a/b.jpg", "a/d.png"),
        ("/b.jpg", "/d.png"),
        ("a//b.jpg", "a//d.png"),
        ("../b.jpg", "../d.png"),
    ],
)
def test_a_sibling_is_in_the_same_folder(key: str, found: str) -> None:
    assert sibling_key(key, "d.png") == found


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("b.jpg", "/"),
        ("/b.jpg", "/"),
        ("//b.jpg", "/"),
        ("a/b.jpg", "a"),
        ("a/b/c.jpg", "a/b"),
        ("a//b.jpg", "a"),
        ("", "/"),
        ("/", "/"),
        ("é 🙂/b.jpg", "é 🙂"),
    ],
)
def test_a_folder_is_never_empty(key: str, folder: str) -> None:
    assert folder_of(key) == folder
