"""Checks a picture as submit does, in a file: every walk through it reads piece by piece."""

from depthdrop.image_check import ImageFacts, check_image
from depthdrop.models import Model
from depthdrop.spooled import Spooled


def checked(name: str, suffix: str, content: bytes, model: Model) -> ImageFacts:
    return check_image(name, suffix, Spooled([content]), model)
