"""The invariants of template.yaml hold, and each of them can fail."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template import (
    bucket_checks,
    function_checks,
    messaging_checks,
    metric_checks,
    notice_checks,
    option_checks,
    permission_checks,
    storage_checks,
    text_checks,
)
from tests.template.invariants import Invariant, Mutant
from tests.template.template import Template

INVARIANTS = [
    *function_checks.INVARIANTS,
    *permission_checks.INVARIANTS,
    *messaging_checks.INVARIANTS,
    *metric_checks.INVARIANTS,
    *notice_checks.INVARIANTS,
    *option_checks.INVARIANTS,
    *storage_checks.INVARIANTS,
    *bucket_checks.INVARIANTS,
    *text_checks.INVARIANTS,
]
MUTANTS = [(invariant, mutant) for invariant in INVARIANTS for mutant in invariant.mutants]


@pytest.fixture(scope="module")
def template() -> Template:
    return Template.read()


@pytest.mark.parametrize("invariant", INVARIANTS, ids=str)
def test_the_template_keeps_its_invariants(template: Template, invariant: Invariant[Template]) -> None:
    assert list(invariant.check(template)) == []


@pytest.mark.parametrize(
    ("invariant", "mutant"), MUTANTS, ids=[f"{invariant}-{mutant.new[:40]!r}" for invariant, mutant in MUTANTS]
)
def test_a_template_that_breaks_an_invariant_is_found_out(
    template: Template,
    invariant: Invariant[Template],
    mutant: Mutant,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    mutated = tmp_path / "template.yaml"
    mutated.write_text(mutant.of(template.text))
    complaints = list(invariant.check(Template.read(mutated)))
    record_property("mutants", 1)
    record_property("survivors", int(not complaints))

    assert complaints != []


def test_there_are_enough_invariants_and_each_is_named_once(
    record_property: Callable[[str, object], None],
) -> None:
    names = [str(invariant) for invariant in INVARIANTS]
    record_property("invariants", len(names))
    record_property("fewest_mutants", min(len(invariant.mutants) for invariant in INVARIANTS))

    assert len(names) >= 15
    assert len(set(names)) == len(names)
