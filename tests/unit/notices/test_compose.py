"""Each event, composed from a record and what happened: the same facts give the same event."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from depthdrop.drop.refusal import Refusal
from depthdrop.notices.compose import Announcer
from depthdrop.notices.events import EVENTS, EventType, moment, read_event
from tests.support.announced import (
    ANNOUNCER,
    DROP,
    EDIT,
    MANIFEST,
    MISSING,
    NOW,
    RECEIPT,
    RESULT,
    TROUBLE,
    UNPAIRED,
    announced,
    of_edit,
)
from tests.support.records import part

EDITED = ("succeeded", "failed", "ambiguous")
OF_DROPS = (*EDITED, "rejected")


def _data(status: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(announced()[status].to_json())["data"]
    return data


@pytest.mark.parametrize("status", OF_DROPS)
def test_every_event_is_a_cloudevent_with_all_it_must_have(status: str) -> None:
    sent = json.loads(announced()[status].to_json())

    assert sent["specversion"] == "1.0"
    assert sent["type"] == f"depthdrop.edit.{status}.v1"
    assert sent["source"] == "depthdrop/test"
    assert sent["subject"] == "a/b.jpg"
    assert sent["time"] == "2026-06-10T08:00:20.500000Z"
    assert sent["datacontenttype"] == "application/json"
    assert sent["data"]["source"] == {"bucket": "inbox", "key": "a/b.jpg", "etag": "e1"}
    assert sent["data"]["sidecar"] == {"bucket": "inbox", "key": "a/b.txt"}
    assert sent["data"]["drop_id"] == "d1"


@pytest.mark.parametrize(
    ("status", "spend"),
    [
        ("succeeded", {"state": "charged", "usd": 0.06}),
        ("failed", {"state": "charged", "usd": 0.06}),
        ("ambiguous", {"state": "unknown", "usd": 0.06}),
        ("rejected", {"state": "none", "usd": 0.0}),
    ],
)
def test_every_event_names_its_cost(status: str, spend: object) -> None:
    assert _data(status)["spend"] == spend


def test_the_same_facts_give_the_same_event() -> None:
    assert announced() == announced()


def test_a_later_retry_has_the_same_id() -> None:
    assert [event.id for event in announced().values()] == [event.id for event in announced(NOW + 99).values()]


def test_each_kind_attempt_and_edit_has_an_id_of_its_own() -> None:
    others = [
        ANNOUNCER.failed(part(EDIT | {"attempt": 2}), TROUBLE, NOW),
        ANNOUNCER.failed(part(EDIT | {"edit_id": "other"}), TROUBLE, NOW),
    ]

    assert len({event.id for event in [*announced().values(), *others]}) == 8


@pytest.mark.parametrize("status", announced())
def test_an_event_is_read_back_from_a_record_as_it_was(status: str) -> None:
    event = announced()[status]

    assert read_event(event.to_json()) == event
    assert read_event(event.to_json()).to_json() == event.to_json()


def test_a_success_names_its_picture_and_its_times() -> None:
    data = _data("succeeded")

    assert data["result"] == RESULT.model_dump()
    assert data["manifest"] == {"bucket": "outbox", "key": "a/b-01234567.json"}
    assert (data["model"], data["task_id"], data["seed"]) == ("flux-pro-1.0-depth", "t1", 7)
    assert data["timings"] == {
        "submitted_at": "2026-06-10T08:00:00.125000Z",
        "finished_at": "2026-06-10T08:00:20.500000Z",
        "seconds": 20.375,
        "upstream_seconds": 7.2,
    }
    assert "error" not in data


@pytest.mark.parametrize("status", EDITED)
def test_every_event_of_an_edit_warns_of_a_model_past_its_sunset(status: str) -> None:
    data = _data(status)

    assert len(data["warnings"]) == 1
    assert "its successor is flux-kontext-pro" in data["warnings"][0]
    assert "asked_model" not in data


def test_a_model_warns_by_the_day_its_edit_was_begun_and_not_by_the_day_it_ended() -> None:
    day_before = datetime(2025, 10, 30, 23, 59, 59, tzinfo=UTC).timestamp()

    assert ANNOUNCER.failed(part(EDIT | {"created_at": day_before}), TROUBLE, NOW).data.warnings == []
    assert len(ANNOUNCER.failed(part(EDIT | {"created_at": day_before + 1}), TROUBLE, NOW).data.warnings) == 1


def test_an_edit_made_by_a_fallback_names_both_models() -> None:
    edit = EDIT | {"model": "flux-kontext-pro", "asked_model": "flux-pro-1.0-depth"}
    data = json.loads(ANNOUNCER.succeeded(part(edit), RESULT, MANIFEST, NOW, 7, 7.2).to_json())["data"]

    assert (data["model"], data["asked_model"]) == ("flux-kontext-pro", "flux-pro-1.0-depth")
    assert data["warnings"] == ["flux-pro-1.0-depth was withdrawn; flux-kontext-pro took its place."]


def test_metadata_is_echoed_in_every_event_of_an_edit() -> None:
    for status in EDITED:
        assert announced()[status].data.metadata == {"order": "7", "é": "🙂"}


def test_a_failed_event_has_the_error_and_a_hint() -> None:
    assert _data("failed")["error"] == TROUBLE.model_dump()


def test_an_ambiguous_event_says_that_the_edit_may_have_been_charged() -> None:
    error = _data("ambiguous")["error"]

    assert error["message"] == "The answer was lost. This edit may have been charged."
    assert "rerun" in error["hint"]


def test_an_ambiguous_edit_has_no_task_and_no_times() -> None:
    data = _data("ambiguous")

    assert "task_id" not in data
    assert data["timings"] == {}


def test_a_rejected_event_names_the_field_and_the_receipt() -> None:
    data = _data("rejected")

    assert data["error"] == {"code": "code", "message": "Message.", "hint": "Hint.", "field": "steps"}
    assert data["receipt"] == {"bucket": "outbox", "key": "a/b.jpg.rejected.json"}
    assert "edit_id" not in data


def test_a_refused_picture_without_a_sidecar_names_none() -> None:
    bare = {"drop_id": "d1", "image_key": "a/b.jpg"}

    event = ANNOUNCER.rejected(part(bare), Refusal("c", "m", "h"), RECEIPT, NOW)

    assert event.data.model_dump()["sidecar"] is None
    assert "etag" not in json.loads(event.to_json())["data"]["source"]


@pytest.mark.parametrize("kind", EventType)
def test_the_status_of_a_type_is_one_word(kind: EventType) -> None:
    assert kind.status == kind.name.lower()


def test_moments_are_utc() -> None:
    assert moment(0) == datetime(1970, 1, 1, tzinfo=UTC)


def test_an_event_refuses_a_field_that_its_schema_does_not_have() -> None:
    sent = json.loads(announced()["failed"].to_json())
    sent["data"]["key"] = "secret"

    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        EVENTS[EventType.FAILED].model_validate(sent)


def test_an_event_of_a_later_version_is_read_without_its_new_fields() -> None:
    event = announced()["succeeded"]
    sent = json.loads(event.to_json())
    sent["dataschema"] = "urn:new"
    sent["data"]["thumbnail"] = {"url": "https://example.org"}
    sent["data"]["spend"]["currency"] = "USD"

    assert read_event(json.dumps(sent)) == event


@pytest.mark.parametrize("kind", EventType)
def test_an_event_is_read_with_the_model_of_its_type(kind: EventType) -> None:
    read = read_event(announced()[kind.status].to_json())

    assert (type(read), read.type) == (EVENTS[kind], kind)


@pytest.mark.parametrize(("kind", "other"), [*permutations(EventType, 2)])
def test_no_event_can_be_sent_under_another_type(kind: EventType, other: EventType) -> None:
    sent = json.loads(announced()[kind.status].to_json()) | {"type": other}

    with pytest.raises(ValueError, match="validation error"):
        EVENTS[other].model_validate(sent)


def test_a_picture_that_carried_its_prompt_has_no_sidecar_in_its_events() -> None:
    edit = {name: value for name, value in EDIT.items() if name != "sidecar_key"}
    drop = {**DROP, "sidecar_key": None}

    assert ANNOUNCER.failed(part(edit), TROUBLE, NOW).data.model_dump()["sidecar"] is None
    assert (
        ANNOUNCER.rejected(part(drop), Refusal("code", "Message.", "Hint."), RECEIPT, NOW).data.model_dump()[
            "sidecar"
        ]
        is None
    )


def test_an_unpaired_event_is_a_cloudevent_about_the_unpaired_file() -> None:
    sent = json.loads(ANNOUNCER.unpaired(UNPAIRED, MISSING, NOW).to_json())

    assert (sent["type"], sent["subject"]) == ("depthdrop.drop.unpaired.v1", "a/b.txt")
    assert sent["data"] == {
        "source": {"bucket": "inbox", "key": "a/b.txt", "etag": "e1"},
        "spend": {"state": "none", "usd": 0.0},
        "error": {"code": "no_image", "message": "It came alone.", "hint": "Drop the picture."},
        "timings": {},
        "warnings": [],
        "metadata": {},
    }


def test_each_version_of_an_unpaired_file_has_its_own_event_id() -> None:
    others = [
        replace(UNPAIRED, key="a/c.txt"),
        replace(UNPAIRED, etag="e2"),
        replace(UNPAIRED, last_modified=UNPAIRED.last_modified + 1),
    ]
    elsewhere = Announcer("depthdrop/test", "another-inbox").unpaired(UNPAIRED, MISSING, NOW)
    ids = [ANNOUNCER.unpaired(file, MISSING, NOW).id for file in (UNPAIRED, *others)]

    assert ANNOUNCER.unpaired(UNPAIRED, MISSING, NOW + 600).id == ids[0]
    assert len({*ids, elsewhere.id}) == 5


@pytest.mark.parametrize("status", EDITED)
def test_the_first_event_of_an_edit_supersedes_the_unpaired_event_of_its_files(status: str) -> None:
    first = of_edit(supersedes="u1")[status]

    assert json.loads(first.to_json())["data"]["supersedes"] == "u1"


def test_a_later_event_of_an_edit_supersedes_the_one_before_it() -> None:
    edit = EDIT | {"supersedes": "u1"}
    ambiguous = ANNOUNCER.ambiguous(part(edit), "The answer was lost.", NOW)
    later = ANNOUNCER.succeeded(part(edit | {"event": ambiguous.to_json()}), RESULT, MANIFEST, NOW, 7, 7.2)

    assert later.data.model_dump()["supersedes"] == ambiguous.id


def test_an_event_that_is_composed_again_supersedes_the_same() -> None:
    edit = EDIT | {"supersedes": "u1"}
    first = ANNOUNCER.failed(part(edit), TROUBLE, NOW)

    assert ANNOUNCER.failed(part(edit | {"event": first.to_json()}), TROUBLE, NOW) == first


def test_a_rejected_event_supersedes_the_unpaired_event_of_its_files() -> None:
    event = ANNOUNCER.rejected(part(DROP | {"supersedes": "u1"}), Refusal("c", "m", "h"), RECEIPT, NOW)

    assert event.data.model_dump()["supersedes"] == "u1"


def test_an_event_that_is_published_again_supersedes_the_unpaired_event_of_another_drop() -> None:
    event = ANNOUNCER.succeeded(part(EDIT), RESULT, MANIFEST, NOW, 7, 7.2)
    again = event.with_data(supersedes="u1")

    assert (again.id, again.data.model_dump()["supersedes"], again.data.model_dump()["result"]) == (
        event.id,
        "u1",
        event.data.model_dump()["result"],
    )
    assert event.data.model_dump()["supersedes"] is None
