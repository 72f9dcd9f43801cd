"""The models: names, price, and the fields that each accepts in a POST.

Only the price of depth is CometAPI's own figure ($0.06 a request, grade C); the others are Black Forest Labs', as
CometAPI publishes none (grade I). Ranges, required and refused fields are from the published schemas of CometAPI
and Black Forest Labs (grade C), except where a comment says otherwise.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from local.fake_upstream.pictures import Picture, Picture64


class SubmitBody(BaseModel):
    """The fields of all models. Unknown fields are ignored, as FastAPI does; so are those of a webhook."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    # Fields that may hold the picture; the first one is preferred.
    image_fields: ClassVar[tuple[str, ...]] = ()
    image_required: ClassVar[bool] = False
    default_format: ClassVar[str] = "jpeg"

    prompt: str = Field(min_length=1)
    seed: int | None = None
    output_format: Literal["jpeg", "png", "webp"] | None = None  # webp is not documented everywhere: grade I

    @property
    def picture(self) -> Picture | None:
        """The picture that guides the edit."""
        sent = (getattr(self, name) for name in self.image_fields)
        return next((picture for picture in sent if picture is not None), None)

    @property
    def size(self) -> tuple[int, int] | None:
        """The requested width and height in pixels; None keeps the picture's own."""
        width, height = getattr(self, "width", None), getattr(self, "height", None)
        return (width, height) if width and height else None

    @property
    def format(self) -> str:
        """The format of the sample."""
        return self.output_format or self.default_format

    @model_validator(mode="after")
    def _has_a_required_picture(self) -> "SubmitBody":
        if self.image_required and self.picture is None:
            raise PydanticCustomError(
                "missing_image", "Field required: one of {fields}", {"fields": ", ".join(self.image_fields)}
            )
        return self


@dataclass(frozen=True)
class Model:
    """One model: what it accepts and what it costs (USD a request)."""

    name: str
    aliases: tuple[str, ...]
    body: type[SubmitBody]
    price: Decimal


def _body(image_fields: tuple[str, ...], fields: dict[str, Any], **class_values: Any) -> type[SubmitBody]:
    pictures = dict.fromkeys(image_fields, (Picture64, None))
    body = create_model("Body", __base__=SubmitBody, **{**fields, **pictures})
    for name, value in {"image_fields": image_fields, **class_values}.items():
        setattr(body, name, value)
    return body


def _sides(low: int, high: int) -> dict[str, Any]:
    side = Annotated[int, Field(ge=low, le=high, multiple_of=32)] | None
    return {"width": (side, None), "height": (side, None)}


_ANY_SIZE = _sides(32, 4096)  # only "multiples of 32" is published; 4096 is an assumption
_NO_SIZE = {"width": (None, None), "height": (None, None)}
_SAFETY = {"safety_tolerance": (int, Field(default=2, ge=0, le=6))}
_USUAL = {**_SAFETY, "prompt_upsampling": (bool, False)}
_GUIDED = {
    **_USUAL,
    **_ANY_SIZE,
    "steps": (int, Field(default=50, ge=15, le=50)),
    "guidance": (float, Field(default=15, ge=1, le=100)),
}
_THRESHOLDS = {
    "canny_low_threshold": (int, Field(default=50, ge=0, le=500)),
    "canny_high_threshold": (int, Field(default=200, ge=0, le=500)),
}
_GUIDES = ("control_image", "preprocessed_image")
_DEPTH = _body(_GUIDES, _GUIDED, image_required=True)
_CANNY = _body(_GUIDES, _GUIDED | _THRESHOLDS, image_required=True)
_RATIO = {"aspect_ratio": (str | None, Field(default=None, pattern=r"^\d{1,2}:\d{1,2}$"))}
_KONTEXT = _body(("input_image",), _USUAL | _NO_SIZE | _RATIO, default_format="png")
_TEXT = _body(("image_prompt",), _USUAL | _sides(256, 1440))
_FLUX_2 = _body(("input_image",), _ANY_SIZE | {"safety_tolerance": (int, Field(default=2, ge=0, le=5))})

MODELS = (
    Model("flux-pro-1-0-depth", ("flux-pro-1.0-depth",), _DEPTH, Decimal("0.06")),
    Model("flux-pro-1-0-canny", ("flux-pro-1.0-canny",), _CANNY, Decimal("0.06")),
    Model("flux-kontext-pro", (), _KONTEXT, Decimal("0.04")),
    Model("flux-kontext-max", (), _KONTEXT, Decimal("0.08")),
    Model("flux-pro-1.1", ("flux-pro-1-1",), _TEXT, Decimal("0.04")),
    Model("flux-2-pro", (), _FLUX_2, Decimal("0.045")),
)

BY_NAME = {name: model for model in MODELS for name in (model.name, *model.aliases)}


def find_model(name: str, withdrawn: frozenset[str]) -> Model | None:
    """The model called `name`, or None when it is unknown or withdrawn under any of its names."""
    model = BY_NAME.get(name)
    if model is None or withdrawn & {model.name, *model.aliases}:
        return None
    return model
