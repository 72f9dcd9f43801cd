"""Checks a picture in a file, as submit does."""

from depthdrop.picture.check import ImageFacts, check_image
from depthdrop.picture.content import Spooled
from depthdrop.settings.model import Model


def checked(name: str, suffix: str, content: bytes, model: Model) -> ImageFacts:
    return check_image(name, suffix, Spooled([content]), model)
