"""JSON that can be read in one way only. Two readers of a name that occurs twice may see two different messages."""

import json
from collections.abc import Sequence


def read_object(text: bytes | str) -> dict[str, object]:
    """The object that `text` is. Raises ValueError with half a sentence that repeats nothing of the text."""
    try:
        plain = text.decode("utf-8") if isinstance(text, bytes) else text
        value = json.loads(plain, object_pairs_hook=_once, parse_constant=_no_constant)
    except _AmbiguousError:
        raise
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:  # also a number of too many digits
        raise ValueError("it is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  # the caller's one kind of trouble
    return value


class _AmbiguousError(ValueError):
    pass


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _AmbiguousError("a name stands in it twice")
    return found


def _no_constant(_: str) -> object:
    raise _AmbiguousError("it holds NaN or Infinity, which JSON does not have")
