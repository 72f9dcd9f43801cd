"""A refusal: why a drop was not paid for, in words its owner can act on."""

from dataclasses import dataclass

_TEXT_MAX = 2000  # characters: a refusal ends in a receipt, a record and an SNS message
_SHOWN_MAX = 60  # characters: a sentence stays a sentence


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
    said = one_line(message, _TEXT_MAX), one_line(hint, _TEXT_MAX)
    return RefusedError(Refusal(code, *said, None if field is None else one_line(field, _TEXT_MAX)))


def shown(value: object) -> str:
    """A value from a file as the file would spell it, short and printable."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "names and values"
    if isinstance(value, int) and value.bit_length() > 200:  # Python refuses to spell out far larger ones
        return "a huge number"
    text = repr(value[: _SHOWN_MAX + 1] if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 3]}..."


def one_line(text: str, most: int | None = None, *, spelled: bool = True) -> str:
    r"""Text from outside as one printable line, cut after `most` characters.

    Names and messages may hold line feeds, a terminal's commands, and unpaired surrogates. Each of these is spelled
    out, as in `\n`, or becomes a space where the text is a sentence for people.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() if spelled else " "
        for char in text[:most]
    )[:most]
