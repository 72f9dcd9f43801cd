"""The model and the code speak of the same states, the same ways between them and the same methods."""

import importlib
import inspect
import re
from pathlib import Path

from depthdrop.records.edits import EDGES, Edits, State
from tests.protocol.model.searches import MUTANTS, SEARCHES
from tests.protocol.model.spin import MODEL

_TEXT = MODEL.read_text()
_NONE = "NONE"  # no record; the code has no name for it
_MODULES = {
    "Arrivals": "use_cases.arrivals",
    "Drops": "records.drops",
    "Edits": "records.edits",
    "Finalize": "use_cases.finalize",
    "LostAnswer": "use_cases.lost_answer",
    "Notices": "notices.publish",
    "Outbox": "outbox",
    "Parking": "records.parking",
    "Poll": "use_cases.poll",
    "Purchase": "use_cases.purchase",
    "Rejection": "notices.rejection",
    "Settlement": "use_cases.settlement",
    "Slots": "records.slots",
    "Submit": "use_cases.submit",
    "Sweep": "use_cases.sweep",
    "Upstream": "upstream.client",
    "UpstreamKey": "upstream.key",
    "Workflow": "watch.workflow",
}


def test_the_model_has_the_states_of_the_code() -> None:
    table = _TEXT.partition("/* edits.State")[2].partition("#define HAS_ENDED")[0]
    states = set(re.findall(r"^#define ([A-Z]+) +\d$", table, re.MULTILINE))

    assert states == {_NONE, *(state.value for state in State)}


def test_the_model_has_the_edges_of_the_code() -> None:
    modelled = set(re.findall(r"EDGE\(([A-Z]+), ([A-Z]+)\)", _TEXT))
    coded = {(start.value, end.value) for start, ends in EDGES.items() for end in ends}

    assert modelled == coded | {(_NONE, State.CLAIMED.value)}


def test_every_method_that_the_model_names_is_in_the_code() -> None:
    named = set(re.findall(r"\b([A-Z][A-Za-z]+)\.([a-z_]+)\b", _TEXT))

    assert {owner for owner, _ in named} == set(_MODULES)
    assert [
        f"{owner}.{method}"
        for owner, method in sorted(named)
        if not hasattr(getattr(importlib.import_module(f"depthdrop.{_MODULES[owner]}"), owner), method)
    ] == []


def test_every_mutant_of_the_model_is_searched() -> None:
    in_model = set(re.findall(r"\bMUTANT_(\w+)", _TEXT))

    assert in_model == {mutant.name for mutant in MUTANTS}


def test_every_bound_of_the_searches_is_the_models() -> None:
    bounds = set(re.findall(r"^#ifndef (\w+)$", _TEXT, re.MULTILINE)) - {f"MUTANT_{m.name}" for m in MUTANTS}
    asked = {name for search in [*SEARCHES, *(mutant.search for mutant in MUTANTS)] for name in search.bounds}

    assert asked == bounds


def test_the_readme_names_every_mutant() -> None:
    readme = Path(__file__).with_name("README.md").read_text()

    assert [mutant.name for mutant in MUTANTS if f"`{mutant.name}`" not in readme] == []


def test_a_notice_is_confirmed_for_the_state_that_it_reported() -> None:
    assert "state" in inspect.signature(Edits.notified).parameters
