"""A refusal: why a drop was not paid for, in words its owner can act on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was wrong, where, and what would be right. Nothing was spent."""

    code: str
    message: str
    hint: str
    field: str | None = None


class RefusedError(Exception):
    """Carries a refusal out of a pure check to the use case that writes the receipt."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def refuse(code: str, message: str, hint: str, field: str | None = None) -> RefusedError:
    return RefusedError(Refusal(code, message, hint, field))
