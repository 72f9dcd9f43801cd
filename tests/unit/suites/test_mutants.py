"""The faults that are put into code: these, each once, and none where nothing could be seen of it."""

from pathlib import Path

import pytest

from depthdrop.records.edits import State
from local.stack.bundle import ROOT
from tests.protocol.mutation.mutants import enums_in, mutants_of, unmutated

ENUMS = {"State": ("OPEN", "SHUT", "GONE")}


def faults_in(source: str) -> set[tuple[str, str]]:
    return {(one.was, one.becomes) for one in mutants_of("toll", source, ENUMS)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a < b", {"a <= b", "a >= b"}),
        ("a <= b", {"a < b", "a > b"}),
        ("a == b", {"a != b"}),
        ("a is b", {"a is not b"}),
        ("a in b", {"a not in b"}),
        ("a and b", {"a or b", "a", "b"}),
        ("a or b or c", {"a and b and c", "b or c", "a or c", "a or b"}),
        ("not a", {"a"}),
        ("a + b", {"a - b"}),
        ("a * b", {"a / b"}),
        ("a if b else c", {"a if not b else c", "a if True else c", "a if False else c"}),
        ("[a for a in b if c]", {"not c", "True", "False"}),
        ("7", {"8", "6"}),
        ("True", {"False"}),
        ("'word'", {"'XXwordXX'"}),
        ("''", {"'XXXX'"}),
        ("', '", {"''"}),
        ("f'{a}-{b:02d}'", {"f'-{b:02d}'", "f'{a}{b:02d}'", "f'{a}-'", "f'{a}-{b}'"}),
        ("State.OPEN", {"State.SHUT", "State.GONE"}),
        ("State.name", set()),
        ("{a, b}", {"{b}", "{a}"}),
        ("(a, b)", {"(b,)", "(a,)"}),
        ("{'a': b, **c}", {"{**c}", "{'a': b}", "{'XXaXX': b, **c}"}),
        ("{':a': b}", set()),
        ("a(b, c=d)", {"a(b)"}),
        ("min(a)", {"max(a)"}),
        ("all(a)", {"any(a)"}),
        ("int(a)", {"a"}),
        ("a.lower()", {"a"}),
        ("a | b", {"a", "b"}),
    ],
)
def test_every_fault_of_an_expression(code: str, expected: set[str]) -> None:
    """Read from the whole line, because a fault may be in a part of it."""
    source = f"def toll(a, b, c, d):\n    a.x = {code}"
    lines = {mutant.source.splitlines()[1].strip() for mutant in mutants_of("toll", source, ENUMS)}
    comprehension = "[a for a in b if {}]" if code.startswith("[") else "{}"

    assert lines - {"pass"} == {f"a.x = {comprehension.format(one)}" for one in expected}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if a:\n  b()", {("a", "not a"), ("a", "True"), ("a", "False"), ("b()", "pass")}),
        ("while a:\n  break", {("a", "not a"), ("a", "True"), ("a", "False"), ("break", "pass")}),
        ("for a in b:\n  continue", {("for a in b: continue", "for a in (): continue"), ("continue", "pass")}),
        ("raise a", {("raise a", "pass")}),
        ("a += b", {("a += b", "pass")}),
        ("a = b", set()),
        ("a = b()", {("a = b()", "a = None")}),
        ("a.x = b", {("a.x = b", "pass")}),
        ("return a", {("return a", "return None")}),
        ("return a\nreturn", {("return a", "return None"), ("return a", "pass")}),
        (
            "try:\n  a()\nexcept B:\n  c()",
            {("a()", "pass"), ("c()", "pass"), ("except B: c()", "except (): c()")},
        ),
        (
            "try:\n  a()\nfinally:\n  b()",
            {("a()", "pass"), ("b()", "pass"), ("try: a() finally: b()", "if True: a() b()")},
        ),
        (
            "match a:\n  case B():\n   c\n  case D():\n   c",
            {("match a: case B(): c case D(): c", f"match a: case {one}(): c") for one in "BD"} | {("c", "pass")},
        ),
    ],
)
def test_every_fault_of_a_statement(body: str, expected: set[tuple[str, str]]) -> None:
    indented = "".join(f"\n  {line}" for line in body.splitlines())

    assert faults_in(f"def toll(a, b):{indented}") == expected


def test_a_function_that_answers_yes_or_no_may_say_either() -> None:
    assert faults_in("def toll(a) -> bool:\n  return a") == {
        ("return a", "return True"),
        ("return a", "return False"),
    }


@pytest.mark.parametrize(
    "source",
    [
        "import os\nfrom os import path",
        "'what this module is'",
        "def toll(a: int | None) -> str | None:\n  'what this is'",
        "@dataclass(frozen=True, slots=True)\nclass Toll(Base):\n  'what this is'\n  a: dict[str, int]",
        "Answer = int | str",
        "if TYPE_CHECKING:\n  LIMIT = 3",
    ],
)
def test_what_only_readers_and_type_checkers_see_is_left_alone(source: str) -> None:
    assert faults_in(source) == set()


def test_a_condition_is_wrong_clause_by_clause_and_never_leaves_a_value_unused() -> None:
    source = "CONDITION = 'attribute_not_exists(pk) OR #a < :b AND #c IN (:d, :e)'"
    found = {mutant.source.removeprefix("CONDITION = ").strip("'") for mutant in mutants_of("toll", source, ENUMS)}

    one, two, three = "attribute_not_exists(pk)", "#a < :b", "#c IN (:d, :e)"
    assert found == {
        f"({one} OR NOT {one}) OR {two} AND {three}",
        f"({one} AND NOT {one}) OR {two} AND {three}",
        f"{one} OR ({two} OR NOT {two}) AND {three}",
        f"{one} OR ({two} AND NOT {two}) AND {three}",
        f"{one} OR {two} AND ({three} OR NOT {three})",
        f"{one} OR {two} AND ({three} AND NOT {three})",
        f"{one} OR {two} AND ({three} AND NOT #c = :d)",
        f"{one} OR {two} AND ({three} AND NOT #c = :e)",
        f"{one} AND {two} AND {three}",
        f"{one} OR {two} OR {three}",
        f"{one} OR #a <= :b AND {three}",
        f"attribute_exists(pk) OR {two} AND {three}",
    }
    assert all(text.count(":b") and text.count(":d") and text.count(":e") for text in found)


def test_every_mutant_is_code_has_one_fault_and_a_name_of_its_own() -> None:
    path = Path(ROOT, "layers/depthdrop/depthdrop/upstream/post_outcome.py")
    mutants = list(mutants_of("depthdrop.upstream.post_outcome", path.read_text(), enums_in(path.parent.parent)))
    for mutant in mutants:
        compile(mutant.source, "a mutant", "exec")

    assert len(mutants) > 200
    assert len({mutant.name for mutant in mutants}) == len({mutant.source for mutant in mutants}) == len(mutants)
    assert unmutated(path.read_text()) not in {mutant.source for mutant in mutants}


def test_the_members_of_enumerations_are_those_of_the_package() -> None:
    assert enums_in(Path(ROOT, "layers/depthdrop/depthdrop"))["State"] == tuple(State.__members__)


def test_a_mutant_shows_its_place_and_its_difference() -> None:
    [first, *_] = mutants_of("toll", "# a remark\nPRICE = 3\n", ENUMS)

    assert first.diff() == "toll, line 2: '3' becomes '4'\n    -PRICE = 3\n    +PRICE = 4"


def test_a_type_that_something_is_cast_to_is_no_code() -> None:
    plain, cast = (
        list(mutants_of("toll", f"price = {text}\n", ENUMS)) for text in ("ask(3)", 'cast("Usd", ask(3))')
    )

    assert [(one.was, one.becomes) for one in cast if "Usd" not in one.was] == [
        (one.was, one.becomes) for one in plain
    ]
    assert not [one for one in cast if "XX" in one.becomes]
