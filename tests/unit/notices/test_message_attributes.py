"""SNS accepts the subject and attributes of an event, whatever the picture's name."""

import pytest

from depthdrop.notices.events import EventType
from depthdrop.notices.publish import attributes_of, subject_of
from tests.support.announced import about, of_edit


@pytest.mark.parametrize(
    ("key", "subject"),
    [
        ("a/b.jpg", "depthdrop: succeeded: b.jpg"),
        ("a/b c+d%20.jpg", "depthdrop: succeeded: b c+d%20.jpg"),
        ("a/é🙂.jpg", "depthdrop: succeeded: ??.jpg"),
        ("a/b\r\nBcc: x\x1b\x7f.jpg", "depthdrop: succeeded: b??Bcc: x??.jpg"),
        ("a/b\u2028.jpg", "depthdrop: succeeded: b?.jpg"),
        ("folder/", "depthdrop: succeeded: folder/"),
        ("x" * 1020 + ".jpg", "depthdrop: succeeded: " + "x" * 74 + "..."),
        ("x" * 77, "depthdrop: succeeded: " + "x" * 77),
        ("x" * 78, "depthdrop: succeeded: " + "x" * 74 + "..."),
    ],
)
def test_a_subject_is_one_short_ascii_line(key: str, subject: str) -> None:
    assert subject_of(about(key)) == subject


@pytest.mark.parametrize("kind", EventType)
def test_type_status_and_folder_can_be_filtered_by(kind: EventType) -> None:
    values = attributes_of(about("a/b.jpg", kind.status))

    assert (values["type"], values["status"], values["folder"]) == (kind.value, kind.status, "a")
    assert subject_of(about("b.jpg", kind.status)) == f"depthdrop: {kind.status}: b.jpg"


@pytest.mark.parametrize("status", ["succeeded", "failed", "ambiguous"])
def test_an_edits_model_can_be_filtered_by(status: str) -> None:
    assert attributes_of(of_edit(model="flux-pro-1.1")[status])["model"] == "flux-pro-1.1"
    assert attributes_of(of_edit(model="")[status])["model"] == "-"


@pytest.mark.parametrize("status", ["rejected", "unpaired"])
def test_the_model_of_an_event_without_an_edit_is_a_dash(status: str) -> None:
    assert attributes_of(about("b.jpg", status))["model"] == "-"


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("b.jpg", "/"),
        ("/b.jpg", "/"),
        ("a/b/c.jpg", "a/b"),
        ("ferien 2026/é🙂/c.jpg", "ferien 2026/é🙂"),
        ("é/b\0c.jpg", "é"),
        ("a\0b/é/c.jpg", "a%00b/%C3%A9"),
        ("a\ufffeb/c.jpg", "a%EF%BF%BEb"),
        ("a\nb c/d.jpg", "a%0Ab c"),
        ('a "b"/c.jpg', "a %22b%22"),
        ("a\\b/c.jpg", "a%5Cb"),
    ],
)
def test_a_folder_is_sent_unchanged_unless_no_filter_could_match_it(key: str, folder: str) -> None:
    assert attributes_of(about(key))["folder"] == folder
