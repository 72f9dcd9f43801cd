"""What an edit is asked to do: settings from built-in values, presets and the sidecar, in that order."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from depthdrop.models import Limits, Model, model_named
from depthdrop.refusal import RefusedError, refuse, shown

BUILT_IN = "built-in"
METADATA_MAX_BYTES = 4 * 1024
PROMPT_MAX_CHARACTERS = 10_000

MetadataText = Annotated[str, StringConstraints(max_length=METADATA_MAX_BYTES)]
RerunText = Annotated[str, StringConstraints(max_length=1000)]
RerunNumber = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=1024)]  # S3's limit on an object key

# What a setting should be, for people; by the name that pydantic gives the error.
_SHOULD_BE = {
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false, without quotes",
    "string_type": "text; put it in quotes",
    "string_unicode": "text without broken characters",
    "string_too_short": "at least one character long",
    "string_too_long": "at most {max_length} characters long",
    "dict_type": "names and texts, for example {{order: '123'}}",
}
_RERUN_SHOULD_BE = "text of at most 1000 characters, a number, true or false"


class EditSettings(BaseModel):
    """Every setting a preset or sidecar may hold. None means: not asked for, the model's own default."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    prompt: Annotated[str, StringConstraints(min_length=1, max_length=PROMPT_MAX_CHARACTERS, strip_whitespace=True)]
    model: str
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    output_format: Literal["jpeg", "png"] = "jpeg"
    prompt_upsampling: bool = False
    safety_tolerance: int | None = None
    width: int | None = None
    height: int | None = None
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
        """The part that decides what is bought: everything but `metadata`."""
        return self.model_dump(mode="json", exclude={"metadata"}, exclude_none=True)


@dataclass(frozen=True, slots=True)
class ResolvedSettings:
    """Settings after all layers, and the file each effective value came from."""

    values: EditSettings
    origins: Mapping[str, str]
    model: Model


@dataclass(frozen=True, slots=True)
class Layer:
    """One file's worth of settings and the name a person knows it by."""

    origin: str
    values: Mapping[str, object]


def resolve(default_model: str, layers: Iterable[Layer]) -> ResolvedSettings:
    """Lay the files over the built-in values; a later layer wins.

    Raises RefusedError with one sentence that names the file, the field and what is allowed.
    """
    merged: dict[str, object] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        _refuse_unknown_keys(layer)
        for name, value in layer.values.items():
            merged[name] = value
            origins[name] = layer.origin
    model = _model_of(merged, origins, default_model)
    for name, value in model.defaults.items():
        if merged.get(name) is None:
            merged[name] = value
            origins[name] = BUILT_IN
    given = {name: value for name, value in merged.items() if value is not None}
    try:
        values = EditSettings.model_validate(given)
    except ValidationError as error:
        raise _sentence(error, origins) from None
    _check_limits(values, model, origins)
    return ResolvedSettings(values, {name: origins[name] for name in given}, model)


def wire_settings(settings: EditSettings, model: Model) -> dict[str, object]:
    """The JSON fields sent besides the picture. `guidance` is always sent: published defaults disagree."""
    sent = settings.model_dump(mode="json", include=set(model.accepted_settings), exclude_none=True)
    return {"prompt": settings.prompt, **sent}


def _model_of(merged: dict[str, object], origins: dict[str, str], default_model: str) -> Model:
    """Put the model's own name in place of an alias: both spellings buy the same edit."""
    if merged.get("model") is None:
        merged["model"] = default_model
        origins["model"] = BUILT_IN
    asked = merged["model"]
    model = model_named(asked if isinstance(asked, str) else shown(asked))
    merged["model"] = model.name
    return model


def _refuse_unknown_keys(layer: Layer) -> None:
    known = sorted(EditSettings.model_fields)
    for name in layer.values:
        if name in EditSettings.model_fields:
            continue
        near = get_close_matches(str(name).lower(), known, n=1)
        raise refuse(
            "unknown_setting",
            f"{layer.origin} has a setting {shown(name)} that does not exist.",
            f"Did you mean {near[0]!r}?" if near else f"Settings are: {', '.join(known)}.",
            field=str(name)[:100],
        )


def _sentence(error: ValidationError, origins: Mapping[str, str]) -> RefusedError:
    first = error.errors(include_url=False)[0]
    top = str(first["loc"][0]) if first["loc"] else "settings"
    name = f"metadata.{str(first['loc'][1])[:100]}" if top == "metadata" and len(first["loc"]) > 1 else top
    if first["type"] == "missing":
        return refuse(
            "missing_setting",
            f"No {name} was given.",
            f"Write the {name} in a .txt sidecar, or as {name!r} in a JSON or YAML one.",
            field=name,
        )
    said = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    known = _SHOULD_BE.get(first["type"], "{said}").format(said=said, **first.get("ctx", {}))
    return refuse(
        "bad_setting",
        f"{origins.get(top, 'The sidecar')} gives {name} as {shown(first['input'])}, which cannot be used.",
        f"{name} should be {_RERUN_SHOULD_BE if top == 'rerun' else known}.",
        field=name,
    )


def _check_limits(values: EditSettings, model: Model, origins: Mapping[str, str]) -> None:
    for name in ("seed", "steps", "guidance", "safety_tolerance", "width", "height"):
        given = getattr(values, name)
        if given is None:
            continue
        limits = model.limits.get(name)
        if limits is None:
            raise refuse(
                "setting_not_taken",
                f"{model.name} takes no {name}.",
                f"Remove {name} from the sidecar.",
                field=name,
            )
        if not (limits.low <= given <= limits.high) or (limits.step > 1 and given % limits.step):
            raise refuse(
                "setting_out_of_range",
                f"{origins.get(name, 'The sidecar')} gives {name} as {shown(given)}.",
                f"{model.name} takes {name} {_range(limits)}.",
                field=name,
            )


def _range(limits: Limits) -> str:
    steps = f" in steps of {limits.step}" if limits.step > 1 else ""
    return f"from {shown(limits.low)} to {shown(limits.high)}{steps}"
