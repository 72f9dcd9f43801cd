"""Faults in DynamoDB conditions, which are strings to Python and yet hold the fence.

A clause is not cut out but made true or false: DynamoDB refuses a condition that leaves a value unused, and a
mutant that dies of that says nothing about the tests.
"""

import re
from collections.abc import Iterator

_CLAUSE = re.compile(
    r"#\w+ (?:<=|>=|<>|=|<|>) [:#]\w+"
    r"|(?P<name>#\w+) IN \((?P<members>[^)]*)\)"
    r"|attribute_(?:not_)?exists\([#\w]+\)"
)
_SWAPS = (
    (re.compile(r"\bAND\b"), "OR"),
    (re.compile(r"\bOR\b"), "AND"),
    (re.compile(r" < "), " <= "),
    (re.compile(r" <= "), " < "),
    (re.compile(r" = "), " <> "),
    (re.compile(r"attribute_exists"), "attribute_not_exists"),
    (re.compile(r"attribute_not_exists"), "attribute_exists"),
)


def is_condition(text: str) -> bool:
    return _CLAUSE.search(text) is not None


def faults(condition: str) -> Iterator[str]:
    """The same condition with one clause, one word between clauses or one comparison wrong."""
    for clause in _CLAUSE.finditer(condition):
        text = clause[0]
        yield _replaced(condition, clause, f"({text} OR NOT {text})")
        yield _replaced(condition, clause, f"({text} AND NOT {text})")
        for member in (clause["members"] or "").split(", "):
            if member:
                yield _replaced(condition, clause, f"({text} AND NOT {clause['name']} = {member})")
    for pattern, other in _SWAPS:
        for found in pattern.finditer(condition):
            yield _replaced(condition, found, other)


def _replaced(text: str, found: re.Match[str], other: str) -> str:
    return text[: found.start()] + other + text[found.end() :]
