"""What the owner of an edit should know of its model, in sentences. Pure."""

from datetime import UTC, date, datetime

from depthdrop.settings.catalogue import MODELS

_BY_NAME = {model.name: model for model in MODELS}


def warnings_of(model: str, asked_model: str | None, at: float) -> list[str]:
    """Warnings for an edit that was begun at this moment (epoch seconds)."""
    said = []
    if asked_model is not None:
        said.append(f"{asked_model} was withdrawn; {model} took its place.")
    passed = _sunset_passed(model, datetime.fromtimestamp(at, UTC).date())
    return [*said, passed] if passed else said


def _sunset_passed(name: str, today: date) -> str | None:
    """A record may name a model that an upgrade has since removed; then there is nothing to say."""
    model = _BY_NAME.get(name)
    if model is None or model.sunset_on is None or today < model.sunset_on:
        return None
    advice = f"; its successor is {model.successor}" if model.successor else ""
    return f"{name} was deprecated by its vendor on {model.sunset_on} and may be withdrawn at any time{advice}."
