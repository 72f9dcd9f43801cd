"""Mutates the code that money depends on and runs its tests, which must fail.

Usage: `python -m tests.protocol.mutation [GROUP …]`.
Exits 1 when a group misses its target or the list of equivalent mutants is wrong, 2 when no mutant can be judged.
"""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.protocol.mutation import plan, workshop
from tests.protocol.mutation.mutants import Mutant, enums_in, mutants_of, unmutated
from tests.protocol.mutation.plan import Plan
from tests.protocol.mutation.report import Report, keep
from tests.protocol.mutation.workshop import BrokenTrialError, Trial, Verdict

_WORKERS = os.cpu_count() or 1
_PLAN = Path(__file__).with_name("plan.toml")
_PATIENCE = 5  # a mutant may take so many times what the unmutated module takes, and the plan's seconds more


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.protocol.mutation", description=__doc__)
    asked.add_argument("groups", nargs="*", help="only these groups of the plan")
    asked.add_argument("--plan", type=Path, default=_PLAN)
    options = asked.parse_args()
    try:
        return _run(plan.read(options.plan).without_others(options.groups))
    except (BrokenTrialError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _run(chosen: Plan) -> int:
    sources = {module.name: _source(module.name) for module in chosen.modules}
    mutants = chosen.mutated(
        mutant
        for name, path in sources.items()
        for mutant in mutants_of(name, path.read_text(), enums_in(_source(name.partition(".")[0]).parent))
    )
    report = Report(_verdicts(chosen, sources, mutants), chosen.groups, chosen.equivalents)
    figures, mistakes = report.figures(), report.mistakes()
    keep(figures)
    _say("\n".join([*report.suppressed(), *mistakes, *(one.line() for one in figures)]))
    return 0 if all(one.met for one in figures) and not mistakes else 1


def _verdicts(chosen: Plan, sources: dict[str, Path], mutants: list[Mutant]) -> dict[Mutant, Verdict]:
    tests = {module.name: module.tests for module in chosen.modules}
    workshop.warm_up(sorted({test for some in tests.values() for test in some}), chosen.warm_up)
    normal = _unmutated_seconds(sources, tests)
    trials = [
        Trial(
            one.module,
            one.where,
            one.source,
            tests[one.module],
            _PATIENCE * normal[one.module] + chosen.extra_seconds,
        )
        for one in mutants
    ]
    suppressed = {equivalent.name for equivalent in chosen.equivalents}
    done = 0

    def report_progress(number: int, outcome: workshop.Outcome) -> None:
        nonlocal done
        done += 1
        # Slowness alone is no test's finding: what timed out is shown too.
        if outcome.verdict is not Verdict.KILLED and mutants[number].name not in suppressed:
            _say(f"{outcome.verdict}: {mutants[number].diff()}")
        if done % 100 == 0 or done == len(trials):
            _say(f"{done} of {len(trials)} mutants judged")

    outcomes = workshop.judge(trials, _WORKERS, report_progress)
    _say(f"{sum(outcome.seconds for outcome in outcomes):.0f} seconds of computing by {_WORKERS} workers")
    return {mutant: outcome.verdict for mutant, outcome in zip(mutants, outcomes, strict=True)}


def _unmutated_seconds(sources: dict[str, Path], tests: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """How long each module's tests take; they must pass in their order and backwards.

    A test that killed a mutant is tried first on the next, so no test may need another before it.
    """
    whole = [
        Trial(name, name, unmutated(path.read_text()), tests[name], workshop.REAL_SECONDS, backwards)
        for name, path in sources.items()
        for backwards in (False, True)
    ]
    normal = {}
    for trial, outcome in zip(whole, workshop.judge(whole, _WORKERS, lambda *_: None), strict=True):
        if outcome.verdict is not Verdict.SURVIVED:
            order = "backwards " if trial.backwards else ""
            raise BrokenTrialError(
                f"the tests of {trial.module} fail {order}before anything is mutated: {outcome.failed}"
            )
        normal[trial.module] = outcome.seconds
    return normal


def _source(module: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"there is no module {module}")
    return Path(spec.origin)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
