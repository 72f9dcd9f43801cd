"""Records of which a test gives no more than it is about."""

from typing import Any


def part(record: object) -> Any:
    """The same for a type checker as the whole record would be."""
    return record
