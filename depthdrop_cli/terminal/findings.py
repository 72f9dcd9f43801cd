"""What a check of `doctor` came to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` is None when nobody can tell. `fix` says what to do."""

    ok: bool | None
    message: str
    fix: str = ""


def good(message: str) -> Finding:
    return Finding(ok=True, message=message)


def bad(message: str, fix: str) -> Finding:
    return Finding(ok=False, message=message, fix=fix)
