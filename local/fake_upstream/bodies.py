"""What each model accepts in a POST, as pydantic models: ranges, required fields, refused fields.

Sources: CometAPI's and Black Forest Labs' published schemas (grade C), except where a comment says otherwise.
Unknown fields are ignored, as FastAPI does.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from local.fake_upstream.pictures import Picture, Picture64

Side = Annotated[int, Field(ge=32, le=4096, multiple_of=32)]  # only "multiples of 32" is published; 4096 is ours
SideOf11 = Annotated[int, Field(ge=256, le=1440, multiple_of=32)]


class SubmitBody(BaseModel):
    """The fields that all models share."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    # Fields that may carry the picture, the guiding one first.
    image_fields: ClassVar[tuple[str, ...]] = ()
    image_required: ClassVar[bool] = False
    default_format: ClassVar[str] = "jpeg"

    prompt: str = Field(min_length=1)
    seed: int | None = None
    output_format: Literal["jpeg", "png", "webp"] | None = None  # webp is not documented everywhere: grade I
    webhook_url: str | None = None  # accepted and never called
    webhook_secret: str | None = None

    @property
    def picture(self) -> Picture | None:
        """The picture that guides the edit."""
        sent = (getattr(self, name) for name in self.image_fields)
        return next((picture for picture in sent if picture is not None), None)

    @property
    def size(self) -> tuple[int, int] | None:
        """The size asked for, in pixels; None keeps the picture's own."""
        width, height = getattr(self, "width", None), getattr(self, "height", None)
        return (width, height) if width and height else None

    @property
    def format(self) -> str:
        """The format the sample will have."""
        return self.output_format or self.default_format

    @model_validator(mode="after")
    def _a_picture_is_there(self) -> "SubmitBody":
        if self.image_required and self.picture is None:
            raise PydanticCustomError(
                "missing_image", "Field required: one of {fields}", {"fields": ", ".join(self.image_fields)}
            )
        return self


class GuidedBody(SubmitBody):
    """What the depth and canny models share."""

    image_fields = ("control_image", "preprocessed_image")
    image_required = True

    control_image: Picture64 = None
    preprocessed_image: Picture64 = None
    steps: int = Field(default=50, ge=15, le=50)
    guidance: float = Field(default=15, ge=1, le=100)
    safety_tolerance: int = Field(default=2, ge=0, le=6)
    prompt_upsampling: bool = False
    width: Side | None = None
    height: Side | None = None


class DepthBody(GuidedBody):
    """`flux-pro-1-0-depth`."""


class CannyBody(GuidedBody):
    """`flux-pro-1-0-canny`."""

    canny_low_threshold: int = Field(default=50, ge=0, le=500)
    canny_high_threshold: int = Field(default=200, ge=0, le=500)


class KontextBody(SubmitBody):
    """`flux-kontext-pro` and `-max`: a size is refused, an aspect ratio is taken."""

    image_fields = ("input_image",)
    default_format = "png"

    input_image: Picture64 = None
    aspect_ratio: str | None = Field(default=None, pattern=r"^\d{1,2}:\d{1,2}$")
    safety_tolerance: int = Field(default=2, ge=0, le=6)
    prompt_upsampling: bool = False
    width: None = None
    height: None = None


class TextBody(SubmitBody):
    """`flux-pro-1.1`: the picture is optional."""

    image_fields = ("image_prompt",)

    image_prompt: Picture64 = None
    safety_tolerance: int = Field(default=2, ge=0, le=6)
    prompt_upsampling: bool = False
    width: SideOf11 | None = None
    height: SideOf11 | None = None


class Flux2Body(SubmitBody):
    """`flux-2-pro`: a narrower safety range; `prompt_upsampling` is unknown and so ignored."""

    image_fields = ("input_image",)

    input_image: Picture64 = None
    safety_tolerance: int = Field(default=2, ge=0, le=5)
    width: Side | None = None
    height: Side | None = None
