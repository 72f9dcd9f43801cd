"""Spin searches the model: it holds within its bounds, and each of its mutants is found."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.protocol.model.searches import MUTANTS, SEARCHES, Mutant
from tests.protocol.model.spin import FIGURES, MODEL, Report, Search, Statement, missing_tools, run

_AT_ONCE = 2
Result = Callable[[Search], Report]


@pytest.fixture(scope="module")
def result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    """Gives a search's report; all searches of the run are started with the first one, and a few run at once."""
    if missing := missing_tools():
        pytest.fail(f"{' and '.join(missing)} must be installed: apt-get install spin gcc, or brew install spin")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        names = {item.name for item in request.session.items}
        all_searches = [*SEARCHES, *(mutant.search for mutant in MUTANTS)]
        asked = [search for search in all_searches if any(f"[{search.name}]" in name for name in names)]
        futures: dict[str, Future[Report]] = {}

        def start(search: Search) -> Future[Report]:
            return pool.submit(run, search, tmp_path_factory.mktemp("spin"))

        def get(search: Search) -> Report:
            if search.name not in futures:
                futures[search.name] = start(search)
            report = futures[search.name].result()
            if all(search.name != known.name for known, _ in FIGURES):
                FIGURES.append((search, report))
            return report

        futures.update({search.name: start(search) for search in asked})

        yield get
        for future in futures.values():
            future.cancel()


@pytest.mark.parametrize("search", [pytest.param(search, id=search.name) for search in SEARCHES])
def test_every_promise_holds_in_every_state(
    search: Search, result: Result, record_property: Callable[[str, object], None]
) -> None:
    report = result(search)
    record_property("searches", 1)
    record_property("states", report.states)
    record_property("complaints", int(bool(report.complaint)))

    assert report.complaint == "", report.trail


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.search.name) for mutant in MUTANTS])
def test_each_mutant_breaks_the_promise_that_its_step_keeps(
    mutant: Mutant, result: Result, record_property: Callable[[str, object], None]
) -> None:
    report = result(mutant.search)
    record_property("mutants", int(mutant.found_by in report.complaint))

    assert mutant.found_by in report.complaint
    assert report.trail


def test_no_statement_of_the_model_is_dead(result: Result) -> None:
    """Unless its line says `never:` and why. Of an inline, one of its copies must be reached."""
    never = frozenset.intersection(*(result(search).unreached for search in SEARCHES if not search.live))
    lines = MODEL.read_text().splitlines()

    def is_missed(statement: Statement) -> bool:
        same = [other for other in never if (other.line, other.text) == (statement.line, statement.text)]
        return statement.text != "-end-" and len(same) >= _copies(lines, statement)

    missed = {statement.line for statement in never if is_missed(statement)}
    expected = {number for number, line in enumerate(lines, 1) if "never:" in line}

    assert {number: lines[number - 1].strip() for number in sorted(missed ^ expected)} == {}


def _copies(lines: list[str], statement: Statement) -> int:
    """How often this statement is in the model once its inlines are expanded."""
    start = next(line for line in reversed(lines[: statement.line]) if re.match(r"inline|proctype|init|ltl", line))
    inline = re.match(r"inline (\w+)\(", start)
    if inline is None:
        return 1
    return sum(len(re.findall(rf"(?<!inline )\b{inline[1]}\(", line)) for line in lines)
