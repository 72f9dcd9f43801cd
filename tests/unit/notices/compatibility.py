"""Whether events are still what each released version promised. Models are given, so that mutants can be tried."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import ValidationError

from depthdrop.notices.events import Event, EventType
from local.written.event_schemas import schema_of
from local.written.pages import example_path, fields_of

Models = Mapping[EventType, type[Event]]


def kinds_of(release: Path) -> list[EventType]:
    """The types that there were then."""
    return [kind for kind in EventType if (release / f"{kind.value}.schema.json").exists()]


def breaks(models: Models, releases: list[Path]) -> list[str]:
    """What readers of a released version, or readers of its events, would stumble over."""
    return [
        f"{release.name} {kind.status}: {what}"
        for release in releases
        for kind in kinds_of(release)
        for what in _of_type(models[kind], kind, release)
    ]


def _of_type(model: type[Event], kind: EventType, release: Path) -> Iterator[str]:
    example = example_path(release, kind).read_text()
    released = json.loads((release / f"{kind.value}.schema.json").read_text())
    current = schema_of(model, kind)
    yield from invalid(json.loads(example), current)
    yield from promises_broken(released, current)
    try:
        again = json.loads(model.model_validate_json(example).model_dump_json(exclude_none=True))
    except ValidationError as error:
        yield from (f"{_dotted(one['loc'])}: {one['msg']}" for one in error.errors())
    else:
        yield from lost(json.loads(example), again)
        yield from invalid(again, released)


def invalid(event: object, schema: Mapping[str, Any]) -> list[str]:
    """Where an event does not fit a schema."""
    return [
        f"{_dotted(error.absolute_path)}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(event)
    ]


def promises_broken(released: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[str]:
    """Fields that are gone, have another type, or are promised where they were not, or the other way round.

    A field that is new must be one that may be missing, unless its object is new too: events that were written down
    before it are still read.
    """
    before = {path: (form, is_required) for path, form, _, is_required in fields_of(released)}
    now = {path: (form, is_required) for path, form, _, is_required in fields_of(current)}
    for path, promised in before.items():
        if path not in now:
            yield f"{path} is gone"
        elif now[path] != promised:
            yield f"{path} was {promised}, is {now[path]}"
    for path in now.keys() - before.keys():
        parent = path.rpartition(".")[0]
        if now[path][1] and (not parent or parent in before):
            yield f"{path} is new and required"


def lost(expected: object, found: object, path: str = "event") -> list[str]:
    """Paths of what only `expected` has, and of what `found` has otherwise."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            one
            for name, value in expected.items()
            for one in (lost(value, found[name], f"{path}.{name}") if name in found else [f"{path}.{name} is lost"])
        ]
    return [] if expected == found else [f"{path} was {expected!r}, is {found!r}"]


def _dotted(path: Any) -> str:
    return ".".join(str(part) for part in path)
