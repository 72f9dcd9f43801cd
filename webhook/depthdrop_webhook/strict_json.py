"""Unambiguous JSON: two parsers may read two different messages from JSON with a repeated name."""

import json
from collections.abc import Sequence


def read_object(text: bytes | str) -> dict[str, object]:
    """Parse a JSON object. Raises ValueError with a clause that contains nothing of the text."""
    try:
        plain = text.decode("utf-8") if isinstance(text, bytes) else text
        value = json.loads(plain, object_pairs_hook=_unique, parse_constant=_no_constant)
    except _AmbiguousError:
        raise
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:  # also for a number with too many digits
        raise ValueError("it is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  # the only error for callers
    return value


class _AmbiguousError(ValueError):
    pass


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _AmbiguousError("it has a repeated name")
    return found


def _no_constant(_: str) -> object:
    raise _AmbiguousError("it has NaN or Infinity, which are not JSON")
