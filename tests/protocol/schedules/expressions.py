"""Reads the few DynamoDB expressions that depthdrop writes, and refuses all others."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

Item = Mapping[str, Any]
Names = Mapping[str, str]
Holds = Callable[[Item, Names, Item], bool]

_TOKEN = re.compile(r"\s*(attribute_exists|attribute_not_exists|AND|OR|IN|<=|<>|<|=|\(|\)|,|[#:]?\w+)")
_CLAUSE = re.compile(r"\b(SET|REMOVE|ADD)\b")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "<>": lambda left, right: bool(left != right),
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
}


class Changes(NamedTuple):
    """`sets` and `adds` are pairs of name and value."""

    sets: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    adds: tuple[tuple[str, str], ...]


@cache
def condition(text: str) -> Holds:
    """A function that checks the condition for an item. Raises ValueError for what it cannot read."""
    reader = _Reader(text)
    found = reader.either()
    if reader.tokens:
        raise ValueError(f"cannot read {reader.tokens} in {text!r}")
    return found


@cache
def changes(text: str) -> Changes:
    """What an update expression sets, removes and adds to. Raises ValueError for what it cannot read."""
    clauses = dict(zip(*[iter(_CLAUSE.split(text)[1:])] * 2, strict=True))
    if "".join(f"{word}{body}" for word, body in clauses.items()).strip() != text.strip():
        raise ValueError(f"cannot read {text!r}")
    parts = {word: [part.strip() for part in body.split(",")] for word, body in clauses.items()}
    return Changes(
        tuple(_two(part, "=") for part in parts.get("SET", [])),
        tuple(parts.get("REMOVE", [])),
        tuple(_two(part, " ") for part in parts.get("ADD", [])),
    )


def _two(text: str, between: str) -> tuple[str, str]:
    name, _, value = text.partition(between)
    return name.strip(), value.strip()


def plain(value: Mapping[str, Any]) -> tuple[str, Any]:
    """A stored value as something that compares as DynamoDB compares it; types never mix."""
    [(kind, content)] = value.items()
    return kind, float(content) if kind == "N" else content


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        if "".join(self.tokens) != re.sub(r"\s", "", text):
            raise ValueError(f"cannot read {text!r}")

    def _next(self, expected: str | None = None) -> str:
        token: str = self.tokens.pop(0)
        if expected not in {None, token}:
            raise ValueError(f"{token!r} found where {expected!r} was expected")
        return token

    def _peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def either(self) -> Holds:
        parts = [self._both()]
        while self._peek() == "OR":
            self._next()
            parts.append(self._both())
        return lambda item, names, values: any(part(item, names, values) for part in parts)

    def _both(self) -> Holds:
        parts = [self._one()]
        while self._peek() == "AND":
            self._next()
            parts.append(self._one())
        return lambda item, names, values: all(part(item, names, values) for part in parts)

    def _one(self) -> Holds:
        token = self._next()
        if token == "(":
            inside = self.either()
            self._next(")")
            return inside
        if token in {"attribute_exists", "attribute_not_exists"}:
            self._next("(")
            name, wanted = self._next(), token == "attribute_exists"
            self._next(")")
            return lambda item, names, _: (names.get(name, name) in item) is wanted
        operator = self._next()
        if operator == "IN":
            return _compared(token, "=", self._listed())
        return _compared(token, operator, [self._next()])

    def _listed(self) -> list[str]:
        self._next("(")
        found = [self._next()]
        while self._peek() == ",":
            self._next()
            found.append(self._next())
        self._next(")")
        return found


def _compared(name: str, operator: str, references: list[str]) -> Holds:
    compare = _COMPARE[operator]

    def holds(item: Item, names: Names, values: Item) -> bool:
        stored = item.get(names.get(name, name))
        if stored is None:
            return False
        kind, left = plain(stored)
        return any(
            kind == other and compare(left, right)
            for other, right in (plain(values[reference]) for reference in references)
        )

    return holds
