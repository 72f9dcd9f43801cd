"""v1 may grow, never break: today's models against what each released version promised."""

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, create_model
from pydantic.fields import FieldInfo

import depthdrop_webhook as webhook
from depthdrop.notices.events import EVENTS, EventType, read_event
from local.written.event_schemas import releases, schema_of
from local.written.pages import example_path, fields_of
from tests.support.announced import announced, of_edit
from tests.unit.notices.compatibility import breaks, invalid, kinds_of, promises_broken
from tests.unit.notices.event_mutants import changed

RELEASED = [(release, kind) for release in releases() for kind in kinds_of(release)]
S = EventType.SUCCEEDED
FIELD = Field(description="New.")
MAY_BE_MISSING = Field(default=None, description="New.")


def test_todays_models_keep_what_every_release_promised() -> None:
    assert breaks(EVENTS, releases()) == []


@pytest.mark.parametrize(("release", "kind"), RELEASED)
def test_what_is_composed_today_fits_every_released_schema(release: Any, kind: EventType) -> None:
    schema = json.loads((release / f"{kind.value}.schema.json").read_text())
    events = [announced(), of_edit(asked_model="flux-2-pro", supersedes="u1", sidecar_key=None)]

    for event in (one[kind.status] for one in events if kind.status in one):
        assert invalid(json.loads(event.to_json()), schema) == []


@pytest.mark.parametrize(("release", "kind"), RELEASED)
def test_every_released_example_is_read_by_records_and_by_the_verifier(release: Any, kind: EventType) -> None:
    text = example_path(release, kind).read_text()

    assert json.loads(read_event(text).to_json()).items() >= json.loads(text).items()
    assert webhook.read_event(text) == json.loads(text)


def test_there_is_a_release_to_hold_events_against() -> None:
    assert {release.name: len(kinds_of(release)) for release in releases()} == {"v1.0.0": 5, "v1.1.0": 6}
    assert kinds_of(releases()[-1]) == list(EventType)


@pytest.mark.parametrize("kind", EventType)
def test_the_newest_examples_have_every_field(kind: EventType) -> None:
    example = json.loads(example_path(releases()[-1], kind).read_text())
    fields = {path for path, *_ in fields_of(schema_of(EVENTS[kind], kind))}

    assert fields - _paths(example, "") == set(), "add the folder of the next minor version"


def _paths(value: object, path: str) -> set[str]:
    if not isinstance(value, dict):
        return set()
    return {f"{path}{name}" for name in value}.union(
        *(_paths(inner, f"{path}{name}.") for name, inner in value.items())
    )


@pytest.mark.parametrize(
    ("where", "name", "to", "complaint"),
    [
        ("data", "task_id", ("job_id", str, FIELD), "data.task_id is gone"),
        ("data.result", "width", ("w", int, FIELD), "data.result.width is gone"),
        ("data", "asked_model", None, "data.asked_model is gone"),
        ("", "subject", None, "subject is gone"),
        ("data", "", ("thumbnail", str, FIELD), "data.thumbnail is new and required"),
        ("data.spend", "", ("currency", str, FIELD), "data.spend.currency is new and required"),
        ("data", "task_id", ("task_id", str | None, MAY_BE_MISSING), "data.task_id was"),
        ("data", "seed", ("seed", int, FIELD), "data.seed was"),
        ("data", "seed", ("seed", str | None, MAY_BE_MISSING), "data.seed was"),
        ("data.result", "bytes", ("bytes", float, FIELD), "data.result.bytes was"),
        ("data.timings", "finished_at", ("finished_at", str, FIELD), "data.timings.finished_at was"),
        ("data.spend", "state", ("state", Literal["none"], FIELD), "data.spend.state was"),
        ("data.spend", "state", ("state", Literal["charged", "free"], FIELD), "data.spend.state was"),
        ("data", "model", ("model", Literal["flux-2-pro"], FIELD), "data.model was"),
        ("data", "warnings", ("warnings", list[int], FIELD), "data.warnings was"),
        ("data", "metadata", ("metadata", dict[str, int], FIELD), "data.metadata was"),
        ("data", "model", ("model", Annotated[str, Field(max_length=3)], FIELD), "data.model: String should have"),
        ("data", "metadata", ("metadata", dict[str, str], Field(exclude=True)), "event.data.metadata is lost"),
    ],
)
def test_a_change_that_readers_would_notice_is_found(
    where: str, name: str, to: tuple[str, Any, FieldInfo] | None, complaint: str
) -> None:
    found = breaks(changed(S, where, name, *([to] if to else [])), releases())

    assert any(complaint in one for one in found), found


@pytest.mark.parametrize(
    ("where", "to"),
    [
        ("data", ("thumbnail", create_model("Thumbnail", url=(str, FIELD)) | None, MAY_BE_MISSING)),
        ("data.result", ("sha256", str | None, MAY_BE_MISSING)),
        ("", ("dataschema", str | None, MAY_BE_MISSING)),
    ],
)
def test_a_field_that_may_be_missing_can_be_added(where: str, to: tuple[str, Any, FieldInfo]) -> None:
    assert breaks(changed(S, where, "", to), releases()) == []


@pytest.mark.parametrize("now", [["a"], ["a", "b", "c"]])
def test_a_choice_that_is_narrowed_or_widened_is_found(now: list[str]) -> None:
    def schema(values: list[str]) -> dict[str, Any]:
        field = {"type": "string", "enum": values, "description": "One."}
        return {"properties": {"state": field}, "required": ["state"], "$defs": {}}

    assert list(promises_broken(schema(["a", "b"]), schema(["a", "b"]))) == []
    assert list(promises_broken(schema(["a", "b"]), schema(now)))
