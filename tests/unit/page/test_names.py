"""Names of files and folders as keys: odd ones stay as they are, and none is a path."""

import pytest

from depthdrop_cli.page.uploads import folder_from, name_of
from depthdrop_cli.terminal.errors import UsageError

SURROGATE = "a\ud800.jpg"


@pytest.mark.parametrize(
    "name",
    [
        *("photo.jpg", "my photo (1).jpg", "a#b?c%20d&e.jpg", "größe 日本語 🙂.png", '"it\'s".webp', "<b>.jpg"),
        *("a+b=c;d.txt", "-rf.jpg"),
    ],
)
def test_odd_letters_stay(name: str) -> None:
    assert name_of(name) == name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("/etc/shadow.jpg", "shadow.jpg"),
        ("C:\\fakepath\\a.jpg", "a.jpg"),
        ("..\\..\\a.jpg", "a.jpg"),
        ("...jpg", "jpg"),
        (".hidden.jpg", "hidden.jpg"),
        ("a\r\nb\0.jpg", "ab.jpg"),
        ("evil\u202egpj.exe.jpg", "evilgpj.exe.jpg"),
        ("  a.jpg ", "a.jpg"),
        ("gro\u0308sse.jpg", "gr\u00f6sse.jpg"),
        (SURROGATE, "a.jpg"),
    ],
)
def test_characters_that_a_name_cannot_have_are_removed(raw: str, name: str) -> None:
    assert name_of(raw) == name


@pytest.mark.parametrize("raw", ["", "/", "..", "a/", "\\", ".", "\0", "   "])
def test_a_file_without_a_name_is_refused(raw: str) -> None:
    with pytest.raises(UsageError):
        name_of(raw)


def test_a_long_name_keeps_its_ending_and_breaks_no_letter() -> None:
    name = name_of("ü" * 300 + ".jpg")

    assert name == "ü" * 98 + ".jpg"


def test_an_ending_that_is_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match="200 bytes"):
        name_of("a." + "x" * 300)


@pytest.mark.parametrize(
    ("raw", "folder"),
    [("", ""), ("/", ""), ("a", "a/"), ("/a//b/", "a/b/"), (" a / b c ", "a/b c/"), ("ä#?%/'\"", "ä#?%/'\"/")],
)
def test_a_folder_is_a_prefix(raw: str, folder: str) -> None:
    assert folder_from(raw) == folder


@pytest.mark.parametrize("raw", ["..", "a/../b", "./a", ".git", "a\\b", "x" * 501])
def test_a_folder_that_leads_elsewhere_is_refused(raw: str) -> None:
    with pytest.raises(UsageError):
        folder_from(raw)
