"""docs/events/*.schema.json say what the models say, and say it to readers of versions that are not there yet."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from depthdrop.notices.events import EVENTS, EventType
from local.written.event_schemas import FOLDER, schema_of, schema_path, schema_text
from local.written.pages import fields_of
from tests.support.announced import announced, of_edit
from tests.unit.notices.compatibility import invalid
from tests.unit.notices.event_mutants import changed


def _schema(kind: EventType) -> dict[str, Any]:
    return schema_of(EVENTS[kind], kind)


@pytest.mark.parametrize("kind", EventType)
def test_the_schema_of_each_type_is_up_to_date(kind: EventType) -> None:
    assert schema_path(kind).read_text() == schema_text(kind), "run `make schemas`"


def test_a_changed_model_makes_its_schema_stale() -> None:
    kind = EventType.FAILED
    models = changed(kind, "data", "task_id", ("task_id", str, Field(description="Something else.")))

    assert schema_of(models[kind], kind) != json.loads(schema_path(kind).read_text())


def test_there_is_no_schema_of_a_type_that_is_not_sent() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == {schema_path(kind).name for kind in EventType}


@pytest.mark.parametrize("kind", EventType)
def test_a_schema_is_one_of_2020_12_under_a_name_that_is_no_address(kind: EventType) -> None:
    schema = _schema(kind)
    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:depthdrop:schema:{kind}"


@pytest.mark.parametrize("kind", EventType)
def test_every_field_says_what_it_means(kind: EventType) -> None:
    assert [path for path, _, meaning, _ in fields_of(_schema(kind)) if not meaning.endswith(".")] == []


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ({"seconds", "upstream_seconds"}, "Seconds"),
        ({"time", "submitted_at", "finished_at"}, "UTC"),
        ({"bytes"}, "bytes"),
        ({"width", "height"}, "pixels"),
    ],
)
def test_what_is_measured_says_in_what(words: set[str], unit: str) -> None:
    fields = [field for kind in EventType for field in fields_of(_schema(kind))]
    measured = [meaning for path, _, meaning, _ in fields if path.rpartition(".")[2] in words]

    assert measured
    assert [meaning for meaning in measured if unit not in meaning] == []


@pytest.mark.parametrize("status", announced())
def test_what_is_sent_fits_the_schema_and_is_described_by_it(status: str) -> None:
    event = announced()[status]

    assert invalid(json.loads(event.to_json()), _schema(event.type)) == []


@pytest.mark.parametrize("status", announced())
def test_a_reader_of_the_schema_takes_fields_that_come_later(status: str) -> None:
    event = announced()[status]
    sent = json.loads(event.to_json()) | {"dataschema": "urn:new"}
    sent["data"] |= {"new": {}}
    sent["data"]["spend"]["currency"] = "USD"

    assert invalid(sent, _schema(event.type)) == []


@pytest.mark.parametrize("status", of_edit())
def test_what_is_always_there_is_missed_when_it_is_not(status: str) -> None:
    event = of_edit()[status]
    sent = json.loads(event.to_json())
    always = [
        path for path, *_, required in fields_of(_schema(event.type)) if required and path.startswith("data.")
    ]

    for name in (path.removeprefix("data.") for path in always if path.count(".") == 1):
        bare = sent | {"data": {one: value for one, value in sent["data"].items() if one != name}}
        assert invalid(bare, _schema(event.type)), name
