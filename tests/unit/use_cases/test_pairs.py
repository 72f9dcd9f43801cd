"""Files in every order, changed and deleted in between: what is bought, and what an event costs."""

from dataclasses import dataclass

import pytest

from depthdrop import aws
from depthdrop.inbox.message import ComeBack, Done
from tests.support.acts import asked, finish
from tests.support.aws import INBOX, Stack
from tests.support.letters import act
from tests.support.scripted import NOW, picture

LINES = [
    ("i1 s1 I S", 1, "both are there"),
    ("i1 I s1 S", 1, "the picture comes first"),
    ("s1 S i1 I", 1, "the sidecar comes first"),
    ("s1 i1 I I S S I", 1, "events come more than once"),
    ("i1 i2 s1 I I S", 1, "the picture is overwritten within the settle delay"),
    ("i1 s1 s2 I S S", 1, "the sidecar is overwritten within the settle delay"),
    ("i1 s1 i2 s2 I S I S", 1, "both are overwritten within the settle delay"),
    ("i1 s1 I S i2 I", 2, "the picture is overwritten later"),
    ("i1 s1 I S s2 S", 2, "the sidecar is overwritten later"),
    ("i1 s1 I S i2 I s2 S", 3, "one after the other is overwritten later"),
    ("i1 s1 I S i2 s2 S I", 2, "both are overwritten later, within one delay"),
    ("i1 s1 I i2 s2 I i1 S I", 3, "an old picture comes back under a new prompt"),
    ("i1 s1 I S i1 I s1 S", 1, "the same files are dropped again"),
    ("i1 s1 I S i2 I i1 I", 2, "an old version comes back"),
    ("i1 s1 -s I S", 0, "the sidecar is deleted before anybody looks"),
    ("i1 s1 -i I S", 0, "the picture is deleted before anybody looks"),
    ("i1 s1 I -s S -i I", 1, "both are deleted afterwards"),
    ("i1 s1 I -i S i1 I", 1, "a deleted picture comes back"),
    ("i1 j1 s1 I J S", 2, "one sidecar serves two pictures"),
    ("s1 i1 I S j1 J", 2, "a second picture comes later to the same sidecar"),
    ("i1 s1 t1 I S T", 0, "two sidecars match"),
    ("i1 s1 I t1 T", 1, "a second sidecar comes later"),
    ("i1 s1 t1 I -t I i1 I", 1, "one of two sidecars is removed and the picture dropped again"),
    ("i1 t1 I T", 1, "the sidecar has the long name"),
    ("p1 i1 s1 I p2 I S P", 1, "a preset changes before a redelivery"),
    ("p1 i1 s1 I p2 i1 I", 2, "a preset changes before the picture is dropped again"),
    ("i1 s1 I p1 s1 S", 2, "a preset appears before the sidecar is dropped again"),
    ("i1 s1 I sm S", 1, "only the metadata changes"),
    ("i1 s1 I sr S", 2, "a rerun is asked for"),
    ("d1 D i1 sd I S", 1, "the depth map comes first"),
    ("i1 sd I d1 D", 1, "the depth map comes last"),
    ("i1 sd I S D d1 D D I S", 1, "the depth map comes last, and events more than once"),
    ("d1 i1 sd I D S", 1, "the depth map's event comes in between"),
    ("d1 i1 sd I d2 D", 2, "the depth map is replaced"),
    ("d1 d2 i1 sd D I S D", 1, "the depth map is replaced within the settle delay"),
    ("d1 i1 sd I d1 D", 1, "the same depth map is dropped again"),
    ("d1 i1 sd I -d D", 1, "the depth map is deleted afterwards"),
    ("i1 sd I e1 d1 D E", 1, "the depth map has a sidecar of its own"),
    ("d1 i1 sd I s2 S e1 E", 3, "the depth map is none any more and gets a sidecar"),
    ("d1 i1 sd I -s e1 E", 2, "the sidecar that named the depth map is deleted"),
    ("i1 sd I s2 d1 D S", 1, "the sidecar names the depth map no more when it comes"),
]


@dataclass
class Moto:
    stack: Stack

    def put(self, key: str, content: bytes, at: float) -> None:
        self.stack.put(key, content, at)

    def delete(self, key: str) -> None:
        aws.s3().delete_object(Bucket=INBOX, Key=key)

    def deliver(self, key: str) -> object:
        return self.stack.deliver(key)


@pytest.mark.parametrize(("line", "edits", "_"), LINES, ids=[words for _, _, words in LINES])
def test_as_many_edits_are_paid_as_there_are_pairs_of_versions(stack: Stack, line: str, edits: int, _: str) -> None:
    act(Moto(stack), line)

    assert len(stack.upstream.posts) == edits
    assert len(stack.records("edit")) == edits


def test_a_redrop_of_a_finished_edit_publishes_the_same_event_once(stack: Stack) -> None:
    act(Moto(stack), "i1 s1 I S")
    finish(stack)
    [first] = stack.events()
    act(Moto(stack), "i1 I I sm S S", first_step=100)

    again = stack.events()
    assert [event["id"] for event in again] == [first["id"]] * 2
    assert len({drop["drop_id"] for drop in stack.records("drop") if "notified_at" in drop}) == 2
    assert len(stack.upstream.posts) == 1


@pytest.mark.parametrize("changed", ["photo.jpg", "photo.txt"])
@pytest.mark.parametrize("how", ["overwritten", "deleted"])
def test_a_file_that_changes_while_it_is_read_spends_nothing(stack: Stack, changed: str, how: str) -> None:
    key = stack.drop()
    listed = stack.submit().inbox.siblings("photo.")
    stack.monkeypatch.setattr(type(stack.submit().inbox), "siblings", lambda *_: listed)
    if how == "deleted":
        aws.s3().delete_object(Bucket=INBOX, Key=changed)
    else:
        stack.put(changed, picture(shade=3) if changed == key else b"another", NOW)

    assert stack.deliver(key) == [ComeBack(5, "a file of this drop was replaced or removed at this moment")]
    assert (stack.records("drop"), stack.records("edit"), stack.upstream.posts) == ([], [], [])


@pytest.mark.parametrize(
    ("key", "calls"),
    [
        ("photo.jpg", ["ListObjectsV2", "HeadObject", "UpdateItem"]),
        ("photo.txt", ["ListObjectsV2", "UpdateItem"]),
        ("photo.gif", ["ListObjectsV2", "HeadObject"]),  # with a prompt it would be refused
        ("notes.md", []),
        ("photos/", []),
        ("_preset.yaml", []),
        ("gone.jpg", ["ListObjectsV2"]),
    ],
)
def test_an_event_that_completes_no_pair_costs_next_to_nothing(stack: Stack, key: str, calls: list[str]) -> None:
    if key != "gone.jpg":
        stack.put(key, b"x")

    assert [asked(stack, lambda: stack.deliver(key)) for _ in range(2)] == [calls, calls]
    assert stack.upstream.posts == []


def test_a_picture_among_a_thousand_of_its_name_is_refused_and_not_edited_without_its_sidecar(stack: Stack) -> None:
    act(Moto(stack), "i1 s1")
    stack.monkeypatch.setattr("depthdrop.inbox.bucket._LIST_MAX", 1)

    assert stack.deliver("photo.jpg") == [Done("refused: crowded")]
    assert stack.deliver("photo.jpg") == [Done("refused before")]
    assert "thousand" in stack.receipt("photo.jpg")["message"]
    [event] = stack.events()
    assert "sidecar" not in event["data"]
    assert stack.upstream.posts == []
