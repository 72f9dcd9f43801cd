"""What counts as the same drop, edit and event, and what does not."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.drop.identities import drop_id, edit_id, event_id, execution_name, id_of
from depthdrop.drop.pairing import Crowded, InboxObject, Pair, TwoSidecars
from depthdrop.settings.edit_settings import Layer, resolve

IMAGE = InboxObject("a/b.jpg", "e1", 1_781_078_400, 1000)
SIDECAR = InboxObject("a/b.txt", "e2", 1_781_078_401, 10)


def _edit(**settings: object) -> str:
    resolved = resolve("flux-pro-1.0-depth", [Layer("b.yaml", {"prompt": "ink", **settings})])
    return edit_id("0" * 64, None, "a/b.jpg", resolved.values.bought())


def test_ids_are_the_same_in_every_release() -> None:
    assert drop_id("inbox", Pair(IMAGE, SIDECAR)).startswith("ff669ffe46761028")
    assert drop_id("inbox", Pair(IMAGE, None)).startswith("dec89cb77ff9617d")
    assert drop_id("inbox", Pair(IMAGE, SIDECAR), MAP).startswith("a58595607bda1a03")
    assert edit_id("0" * 64, None, "a/b.jpg", {"prompt": "ink"}).startswith("213f7fff69a36d88")
    assert event_id("edit", 1, "depthdrop.edit.succeeded.v1").startswith("4758af93802aa8a4")


@pytest.mark.parametrize(
    "pair",
    [
        Pair(InboxObject("a/b.png", "e1", 1_781_078_400, 1000), SIDECAR),
        Pair(InboxObject("a/b.jpg", "e3", 1_781_078_400, 1000), SIDECAR),
        Pair(InboxObject("a/b.jpg", "e1", 1_781_078_402, 1000), SIDECAR),
        Pair(IMAGE, InboxObject("a/b.yaml", "e2", 1_781_078_401, 10)),
        Pair(IMAGE, InboxObject("a/b.txt", "e3", 1_781_078_401, 10)),
        Pair(IMAGE, InboxObject("a/b.txt", "e2", 1_781_078_402, 10)),
        Pair(SIDECAR, IMAGE),
    ],
    ids=["image key", "image etag", "image time", "sidecar key", "sidecar etag", "sidecar time", "swapped"],
)
def test_a_new_version_of_either_file_is_a_new_drop(pair: Pair) -> None:
    assert drop_id("inbox", pair) != drop_id("inbox", Pair(IMAGE, SIDECAR))


def test_the_bucket_is_part_of_the_drop() -> None:
    assert drop_id("inbox", Pair(IMAGE, SIDECAR)) != drop_id("other", Pair(IMAGE, SIDECAR))


MAP = InboxObject("a/b_depth.png", "e4", 1_781_078_403, 10)


def test_a_depth_map_that_was_dropped_later_makes_another_drop_with_each_of_its_versions() -> None:
    pair = Pair(IMAGE, SIDECAR)
    maps = [None, MAP, replace(MAP, etag="e5"), replace(MAP, last_modified=0), replace(MAP, key="a/c.png")]

    assert len({drop_id("inbox", pair, one) for one in maps}) == 5


def test_a_picture_that_carries_its_prompt_is_a_drop_by_its_own_version() -> None:
    alone = Pair(IMAGE, None, "ink")

    assert drop_id("inbox", alone) == drop_id("inbox", Pair(IMAGE, None))
    assert drop_id("inbox", alone) != drop_id("inbox", Pair(IMAGE, SIDECAR))
    assert drop_id("inbox", alone) != drop_id("inbox", Pair(replace(IMAGE, last_modified=0), None, "ink"))


def test_a_clash_is_neither_of_its_drops_and_a_new_one_with_each_version() -> None:
    other = replace(SIDECAR, key="a/b.yaml")
    ids = {
        drop_id("inbox", Pair(IMAGE, None)),
        drop_id("inbox", Pair(IMAGE, SIDECAR)),
        id_of("inbox", TwoSidecars(IMAGE, (SIDECAR, other))),
        id_of("inbox", TwoSidecars(IMAGE, (SIDECAR, replace(other, etag="e5")))),
        id_of("inbox", Crowded(IMAGE)),
        id_of("inbox", Crowded(replace(IMAGE, etag="e5"))),
        id_of("other", Crowded(IMAGE)),
    }

    assert len(ids) == 7


def test_the_size_is_no_part_of_a_version() -> None:
    assert drop_id("inbox", Pair(replace(IMAGE, size=5), SIDECAR)) == drop_id("inbox", Pair(IMAGE, SIDECAR))


def test_parts_whose_concatenation_is_the_same_have_different_ids() -> None:
    one = Pair(InboxObject("ab", "c", 1, 0), InboxObject("d", "e", 2, 0))
    other = Pair(InboxObject("a", "bc", 1, 0), InboxObject("d", "e", 2, 0))

    assert drop_id("x", one) != drop_id("x", other)
    assert event_id("a", 11, "b") != event_id("a1", 1, "b")


def test_the_order_of_settings_does_not_matter() -> None:
    assert edit_id("i", None, "k", {"a": 1, "b": 2}) == edit_id("i", None, "k", {"b": 2, "a": 1})


def test_fifteen_and_fifteen_point_nought_are_the_same_guidance() -> None:
    assert _edit(guidance=15) == _edit(guidance=15.0) == _edit()


def test_a_number_a_fraction_a_yes_and_a_text_are_four_reruns() -> None:
    assert len({_edit(rerun=value) for value in (1, 1.0, True, "1", None)}) == 5


def test_metadata_is_not_bought() -> None:
    assert _edit(metadata={"order": "7"}) == _edit()


@pytest.mark.parametrize(
    "other",
    [
        edit_id("j", None, "k", {}),
        edit_id("i", "m", "k", {}),
        edit_id("i", None, "l", {}),
        edit_id("i", None, "k", {"prompt": "ink"}),
    ],
    ids=["picture", "depth map", "key", "settings"],
)
def test_whatever_is_bought_is_part_of_the_edit(other: str) -> None:
    assert other != edit_id("i", None, "k", {})


def test_two_spellings_of_one_letter_are_two_edits() -> None:
    assert _edit(prompt="caf\u00e9") != _edit(prompt="cafe\u0301")


@given(st.integers(min_value=1, max_value=10**14))
def test_an_execution_name_is_one_that_step_functions_takes(attempt: int) -> None:
    name = execution_name(_edit(), attempt)

    assert re.fullmatch(r"[0-9a-f]{64}-[0-9]+", name)
    assert len(name) <= 80


@pytest.mark.parametrize("other", [("x", 1, "t"), ("e", 2, "t"), ("e", 1, "u")], ids=["subject", "attempt", "type"])
def test_an_event_id_is_of_its_subject_attempt_and_type(other: tuple[str, int, str]) -> None:
    assert event_id(*other) != event_id("e", 1, "t")
    assert len(event_id(*other)) == 32


def test_no_text_makes_an_identity_fail() -> None:
    assert edit_id("i", None, "\ud800", {"prompt": "\ud800"})
