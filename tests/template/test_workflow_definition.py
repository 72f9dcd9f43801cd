"""The invariants of the state machine's definition hold, and each of them can fail."""

import pytest

from tests.template.definition import Definition
from tests.template.definition_checks import INVARIANTS
from tests.template.invariants import Invariant, Mutant

MUTANTS = INVARIANTS.mutants()


@pytest.mark.parametrize("invariant", INVARIANTS, ids=str)
def test_the_definition_keeps_its_invariants(invariant: Invariant[Definition]) -> None:
    assert list(invariant.check(Definition.read())) == []


@pytest.mark.parametrize(
    ("invariant", "mutant"), MUTANTS, ids=[f"{invariant}-{mutant.new[:40]!r}" for invariant, mutant in MUTANTS]
)
def test_a_definition_that_breaks_an_invariant_is_found_out(
    invariant: Invariant[Definition], mutant: Mutant
) -> None:
    mutated = Definition(mutant.of(Definition.read().text))

    assert list(invariant.check(mutated)) != []
