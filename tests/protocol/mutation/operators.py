"""What may be wrong at one place of a syntax tree: every small fault that could be made there.

A fault that Python or DynamoDB would refuse at once (a name that is never set, a value without its name) is not
among them: it would be counted as killed by no test's merit.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.protocol.mutation import conditions

Enums = Mapping[str, tuple[str, ...]]  # the members of each enumeration, by its name

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}
_TRUE, _FALSE, _NONE = ast.Constant(value=True), ast.Constant(value=False), ast.Constant(value=None)
_NOTHING = ast.Tuple([], ast.Load())
_OPPOSITES = {"any": "all", "all": "any", "min": "max", "max": "min"}
_CONVERSIONS = frozenset({"int", "str", "float", "bool", "sorted"})
_TEXT_METHODS = frozenset({"lower", "upper", "strip", "casefold"})


@dataclass(frozen=True, slots=True)
class Place:
    """One node and what surrounds it: `owner.field` holds it, in a list at `index`."""

    node: ast.AST
    owner: ast.AST
    field: str
    index: int | None
    scope: str  # the qualified name of the function or class around it; empty for the module itself
    function: ast.FunctionDef | None
    enums: Enums


def faults(place: Place) -> Iterator[ast.AST]:
    """Nodes that could be there instead, each a different fault."""
    node = place.node
    if place.field in {"test", "ifs", "guard"} and isinstance(node, ast.expr):
        if not isinstance(node, ast.Compare | ast.UnaryOp):  # these are turned round by their own kind of fault
            yield ast.UnaryOp(ast.Not(), node)
        yield _TRUE
        yield _FALSE
    find = _BY_TYPE.get(type(node))
    if find is not None:
        yield from find(node, place)


def _compare(node: ast.Compare, _: Place) -> Iterator[ast.AST]:
    for index, found in enumerate(node.ops):
        for other in _COMPARISONS[type(found)]:
            yield _with(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def _boolean(node: ast.BoolOp, _: Place) -> Iterator[ast.AST]:
    yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for values in _without_one(node.values):
        yield _with(node, values=values) if len(values) > 1 else values[0]


def _unary(node: ast.UnaryOp, _: Place) -> Iterator[ast.AST]:
    yield node.operand


def _binary(node: ast.BinOp, place: Place) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.BitOr):
        if place.scope:  # between a module's functions it is a union of types
            yield node.left
            yield node.right
    else:
        yield _with(node, op=_ARITHMETIC[type(node.op)]())


def _constant(node: ast.Constant, _: Place) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str):
        if conditions.is_condition(value):
            for text in conditions.faults(value):
                yield ast.Constant(text)
        elif not value.startswith(":"):
            yield ast.Constant(f"XX{value}XX" if any(map(str.isalnum, value)) or not value else "")


def _formatted(node: ast.FormattedValue, _: Place) -> Iterator[ast.AST]:
    yield ast.Constant("")
    if node.format_spec is not None:
        yield _with(node, format_spec=None)


def _attribute(node: ast.Attribute, place: Place) -> Iterator[ast.AST]:
    members = place.enums.get(node.value.id, ()) if isinstance(node.value, ast.Name) else ()
    if node.attr in members:
        for other in members:
            if other != node.attr:
                yield _with(node, attr=other)


def _collection(node: Any, _: Place) -> Iterator[ast.AST]:
    if isinstance(getattr(node, "ctx", None), ast.Store):
        return
    for members in _without_one(node.elts):
        yield (
            ast.Call(ast.Name("set"), [], [])
            if isinstance(node, ast.Set) and not members
            else _with(node, elts=members)
        )


def _dictionary(node: ast.Dict, _: Place) -> Iterator[ast.AST]:
    for index, key in enumerate(node.keys):
        if not (isinstance(key, ast.Constant) and str(key.value).startswith(":")):
            keys, values = list(node.keys), list(node.values)
            del keys[index], values[index]
            yield _with(node, keys=keys, values=values)


def _called(node: ast.Call, _: Place) -> Iterator[ast.AST]:
    for keywords in _without_one(node.keywords):
        yield _with(node, keywords=keywords)
    match node.func:
        case ast.Name(name) if name in _OPPOSITES:
            yield _with(node, func=ast.Name(_OPPOSITES[name]))
        case ast.Name(name) if name in _CONVERSIONS and len(node.args) == 1 and not node.keywords:
            yield node.args[0]
        case ast.Attribute(value, name) if name in _TEXT_METHODS and not node.args:
            yield value
        case _:
            pass


def _returned(node: ast.Return, place: Place) -> Iterator[ast.AST]:
    function = place.function
    if node.value is None or function is None:
        return
    if isinstance(function.returns, ast.Name) and function.returns.id == "bool":
        yield ast.Return(_TRUE)
        yield ast.Return(_FALSE)
    else:
        yield ast.Return(_NONE)
    if function.body[-1] is not node:
        yield ast.Pass()


def _assigned(node: ast.Assign, place: Place) -> Iterator[ast.AST]:
    """A local name that is never set is no fault of interest; one that is set to nothing is."""
    if not all(isinstance(target, ast.Name) for target in node.targets):
        yield ast.Pass()
    elif isinstance(node.value, ast.Call) and place.function is not None:
        yield _with(node, value=_NONE)


def _deleted(_node: ast.AST, _: Place) -> Iterator[ast.AST]:
    yield ast.Pass()


def _loop(node: ast.For, _: Place) -> Iterator[ast.AST]:
    yield _with(node, iter=_NOTHING)


def _handler(node: ast.ExceptHandler, _: Place) -> Iterator[ast.AST]:
    yield _with(node, type=_NOTHING)


def _attempt(node: ast.Try, _: Place) -> Iterator[ast.AST]:
    if node.finalbody and not node.handlers:  # what comes at last comes only after success
        yield ast.If(_TRUE, [*node.body, *node.finalbody], [])


def _match(node: ast.Match, _: Place) -> Iterator[ast.AST]:
    for cases in _without_one(node.cases):
        yield _with(node, cases=cases)


_BY_TYPE: dict[type[ast.AST], Callable[[Any, Place], Iterator[ast.AST]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Constant: _constant,
    ast.FormattedValue: _formatted,
    ast.Attribute: _attribute,
    ast.Set: _collection,
    ast.List: _collection,
    ast.Tuple: _collection,
    ast.Dict: _dictionary,
    ast.Call: _called,
    ast.Return: _returned,
    ast.Assign: _assigned,
    ast.Expr: _deleted,
    ast.AugAssign: _deleted,
    ast.Raise: _deleted,
    ast.Continue: _deleted,
    ast.Break: _deleted,
    ast.For: _loop,
    ast.ExceptHandler: _handler,
    ast.Try: _attempt,
    ast.Match: _match,
}


def _with(node: ast.AST, **changes: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in changes.items():
        setattr(other, name, value)
    return other


def _without_one(members: list[Any]) -> Iterator[list[Any]]:
    for index in range(len(members)):
        yield [*members[:index], *members[index + 1 :]]
