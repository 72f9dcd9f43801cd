"""All the mutants of a module: its source with one small fault in it, one for each that could be made."""

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.protocol.mutation.operators import Enums, Place, faults

# What only readers and type checkers see, and names that Python would miss at once.
_UNSEEN_FIELDS = frozenset(
    {"annotation", "returns", "decorator_list", "bases", "pattern", "format_spec", "type_params"}
)
_UNSEEN_NODES = (ast.Import, ast.ImportFrom)
_LABEL_MAX = 100
_AROUND = 24


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: in `where` (module:function) `was` becomes `becomes`; `nth` counts those that read the same."""

    module: str
    where: str
    line: int
    was: str
    becomes: str
    nth: int
    source: str
    original: str

    @property
    def name(self) -> tuple[str, str, str, int]:
        return self.where, self.was, self.becomes, self.nth

    def diff(self) -> str:
        lines = difflib.unified_diff(self.original.splitlines(), self.source.splitlines(), n=1, lineterm="")
        shown = "\n".join(f"    {line}" for line in list(lines)[3:])
        count = f" (number {self.nth} of these)" if self.nth > 1 else ""
        return f"{self.where}, line {self.line}: {self.was!r} becomes {self.becomes!r}{count}\n{shown}"


def unmutated(source: str) -> str:
    """The source as mutants are written, without a fault."""
    return ast.unparse(ast.parse(source))


def mutants_of(module: str, source: str, enums: Enums) -> Iterator[Mutant]:
    """Each changes what the module does, which the tests should notice; none is listed twice."""
    tree = ast.parse(source)
    original = ast.unparse(tree)
    seen = {original}
    counted: Counter[tuple[str, str, str]] = Counter()
    for place in _places(tree, "", None, enums):
        where = f"{module}:{place.scope}" if place.scope else module
        for fault in faults(place):
            mutated = _unparsed_with(tree, place, fault)
            if mutated in seen:
                continue
            seen.add(mutated)
            was, becomes = _labels(_text(place.node), _text(fault))
            counted[where, was, becomes] += 1
            line = getattr(place.node, "lineno", 0)
            yield Mutant(module, where, line, was, becomes, counted[where, was, becomes], mutated, original)


def enums_in(package: Path) -> dict[str, tuple[str, ...]]:
    """The members of every enumeration that the package defines."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Enum") for base in node.bases):
                names = [one.targets[0] for one in node.body if isinstance(one, ast.Assign)]
                found[node.name] = tuple(name.id for name in names if isinstance(name, ast.Name))
    return found


def _places(owner: ast.AST, scope: str, function: ast.FunctionDef | None, enums: Enums) -> Iterator[Place]:
    for field, value in ast.iter_fields(owner):
        if field in _UNSEEN_FIELDS:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or isinstance(node, _UNSEEN_NODES) or _is_remark(node):
                continue
            if field == "args" and index == 0 and _is_cast(owner):
                continue
            yield Place(node, owner, field, index, scope, function, enums)
            if isinstance(node, ast.FunctionDef):
                yield from _places(node, _inside(scope, node.name), node, enums)
            elif isinstance(node, ast.ClassDef):
                yield from _places(node, _inside(scope, node.name), None, enums)
            else:
                yield from _places(node, scope, function, enums)


def _inside(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _is_cast(node: ast.AST) -> bool:
    """Its first argument is a type, which nothing reads while the code runs."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "cast"


def _is_remark(node: ast.AST) -> bool:
    """A docstring, or what is only there for a type checker."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _unparsed_with(tree: ast.Module, place: Place, fault: ast.AST) -> str:
    held = getattr(place.owner, place.field)
    if place.index is None:
        setattr(place.owner, place.field, fault)
    else:
        held[place.index] = fault
    try:
        return ast.unparse(tree)
    finally:
        if place.index is None:
            setattr(place.owner, place.field, held)
        else:
            held[place.index] = place.node


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _labels(was: str, becomes: str) -> tuple[str, str]:
    """Both as they are when short, else where they differ and a little around it."""
    if max(len(was), len(becomes)) <= _LABEL_MAX:
        return was, becomes
    shorter = min(len(was), len(becomes))
    same = next((at for at in range(shorter) if was[at] != becomes[at]), shorter)
    tail = next((at for at in range(shorter - same) if was[-1 - at] != becomes[-1 - at]), shorter - same)
    start, end = max(same - _AROUND, 0), max(tail - _AROUND, 0)
    return _cut(was[start : len(was) - end]), _cut(becomes[start : len(becomes) - end])


def _cut(text: str) -> str:
    return text if len(text) <= _LABEL_MAX else f"{text[:_LABEL_MAX]}…"
