"""Writes docs/events/*.schema.json from the events' models: `make schemas`.

The schemas are for readers of the JSON: unlike the models, they allow unknown fields.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from depthdrop.notices.events import EVENTS, Event, EventType

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "events"


class _AsSent(GenerateJsonSchema):
    """A field that is None is left out of the JSON; every other field is always in it."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # noqa: FBT001, ARG002  # pydantic's own signature
    ) -> bool:
        inner: Any = field["schema"]
        while inner["type"] == "default":
            inner = inner["schema"]
        return bool(inner["type"] != "nullable")

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # the field's name is enough
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        for unused in ("title", "additionalProperties"):
            made.pop(unused, None)
        return made


def schema_of(model: type[Event], kind: EventType) -> dict[str, Any]:
    """JSON Schema 2020-12 of the published event. Its `$id` is a name, not an address."""
    made = model.model_json_schema(mode="serialization", schema_generator=_AsSent)
    head = {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"urn:depthdrop:schema:{kind.value}"}
    return {**head, "title": kind.value, **made}


def schema_path(kind: EventType) -> Path:
    return FOLDER / f"{kind.value}.schema.json"


def schema_text(kind: EventType) -> str:
    return json.dumps(schema_of(EVENTS[kind], kind), indent=2, ensure_ascii=False) + "\n"


def releases() -> list[Path]:
    """The folder of each released version of the events, oldest first: an example and the schema of each type."""
    return sorted(FOLDER.glob("v*.*.*"), key=lambda path: [int(part) for part in path.name[1:].split(".")])


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in EventType:
        schema_path(kind).write_text(schema_text(kind))
