"""The settings of an edit, from built-in values, presets and the sidecar, in that order."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from depthdrop.drop.refusal import shown
from depthdrop.settings import wrong_values as sentences
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import model_named

BUILT_IN = "built-in"
METADATA_MAX_BYTES = 4 * 1024
PROMPT_MAX_CHARACTERS = 10_000

MetadataText = Annotated[str, StringConstraints(max_length=METADATA_MAX_BYTES)]
RerunText = Annotated[str, StringConstraints(max_length=1000)]
RerunNumber = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=1024)]  # S3's limit on an object key

_OF_EVERY_MODEL = frozenset({"prompt", "model", "rerun", "metadata"})


class EditSettings(BaseModel):
    """Every setting that a preset or sidecar may hold. None means that it is not set."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    prompt: Annotated[str, StringConstraints(min_length=1, max_length=PROMPT_MAX_CHARACTERS, strip_whitespace=True)]
    model: str
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    output_format: str | None = None
    prompt_upsampling: bool | None = None
    safety_tolerance: int | None = None
    width: int | None = None
    height: int | None = None
    aspect_ratio: str | None = None
    depth_map: Key | None = None
    rerun: RerunText | RerunNumber | float | bool | None = None
    metadata: dict[MetadataText, MetadataText] = Field(default_factory=dict)

    @field_validator("prompt")
    @classmethod
    def _prompt_is_text(cls, value: str) -> str:
        if "\0" in value:
            raise ValueError("text without NUL characters")
        return value

    @field_validator("metadata")
    @classmethod
    def _metadata_is_small(cls, value: dict[str, str]) -> dict[str, str]:
        size = len(json.dumps(value, ensure_ascii=False).encode())
        if size > METADATA_MAX_BYTES:
            raise ValueError(f"at most {METADATA_MAX_BYTES} bytes as JSON, not {size}")
        return value

    def bought(self) -> dict[str, object]:
        """The settings that identify the edit: all but `metadata`."""
        return self.model_dump(mode="json", exclude={"metadata"}, exclude_none=True)


@dataclass(frozen=True, slots=True)
class ResolvedSettings:
    """The effective settings, and the file that each value came from."""

    values: EditSettings
    origins: Mapping[str, str]
    model: Model


@dataclass(frozen=True, slots=True)
class Layer:
    """The settings of one file, and `origin`: its name in refusals and the manifest."""

    origin: str
    values: Mapping[str, object]


def resolve(default_model: str, layers: Iterable[Layer]) -> ResolvedSettings:
    """Merge the layers over the built-in values: a later layer wins, and null removes an earlier value.

    Raises RefusedError, which names the file, the field and the allowed values.
    """
    merged: dict[str, object] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        for name in layer.values:
            if name not in EditSettings.model_fields:
                raise sentences.unknown_setting(layer.origin, name, EditSettings.model_fields)
        merged.update(layer.values)
        origins.update(dict.fromkeys(layer.values, layer.origin))
    model = _model_of(merged, origins, default_model)
    for name, value in model.defaults.items():
        if merged.get(name) is None:
            merged[name], origins[name] = value, BUILT_IN
    given = {name: value for name, value in merged.items() if value is not None}
    try:
        values = EditSettings.model_validate(given)
    except ValidationError as error:
        raise sentences.wrong_value(error, origins) from None
    _check_against(model, given, origins)
    return ResolvedSettings(values, {name: origins[name] for name in given}, model)


def wire_settings(settings: EditSettings, model: Model) -> dict[str, object]:
    """The JSON fields of the request besides the pictures: the prompt and the settings that the model takes."""
    sent = settings.model_dump(mode="json", include=model.takes.keys() - {"depth_map"}, exclude_none=True)
    return {"prompt": settings.prompt, **sent}


def objections(model: Model, asked: Mapping[str, object]) -> dict[str, str]:
    """The settings that this model rejects, by name, and why."""
    found = {name: model.objection(name, value) for name, value in asked.items() if name not in _OF_EVERY_MODEL}
    return {name: reason for name, reason in found.items() if reason is not None}


def _check_against(model: Model, asked: Mapping[str, object], origins: Mapping[str, str]) -> None:
    """Raises RefusedError for a setting that the model rejects: it is not left out silently."""
    rejected = objections(model, asked)
    not_taken = {name: asked[name] for name in rejected if name not in model.takes}
    if not_taken:
        raise sentences.not_taken(model.name, not_taken, origins)
    for name, sentence in rejected.items():
        raise sentences.out_of_range(model.name, name, asked[name], sentence, origins)


def _model_of(merged: dict[str, object], origins: dict[str, str], default_model: str) -> Model:
    """Replace an alias by the model's own name, because both spellings buy the same edit."""
    asked = merged.get("model")
    if asked is None:
        model = model_named(default_model)
        origins["model"] = BUILT_IN
    else:
        model = model_named(asked if isinstance(asked, str) else shown(asked), origins["model"])
    merged["model"] = model.name
    return model
