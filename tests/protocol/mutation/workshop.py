"""Runs tests over mutants, each in a fork of a process that has every library loaded and no code of ours."""

import gc
import os
import resource
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

REAL_SECONDS = 3600  # longer than any mutant takes on a busy machine; one that sleeps is ended by this
_OPTIONS = (
    "-x",
    "-q",
    *("-p", "no:cacheprovider"),
    *("-p", "no:unraisableexception"),  # it collects garbage for longer than most mutants live
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # libraries are loaded before pytest could rewrite them
    "--disable-socket",
    "--allow-unix-socket",
)
# Interrupted: a test cannot import it; a usage error: a conftest cannot, since these very tests ran unmutated.
_FAILED = frozenset({pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR})
_FIRST = 8  # tests that killed a mutant of the same function are tried first, so many at most


class Verdict(StrEnum):
    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Trial:
    """A module's source and the tests that shall run over it, for at most so many seconds of computing."""

    module: str
    where: str
    source: str
    tests: tuple[str, ...]
    seconds: float
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    seconds: float
    failed: str = ""  # the first test that did


class BrokenTrialError(Exception):
    """pytest said neither that the tests passed nor that one failed, so nothing is known of the mutant."""


class _Replacing(MetaPathFinder, Loader):
    """Imports the trial's source in place of the module's."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _: object = None) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name == self.trial.module else None

    def exec_module(self, module: ModuleType) -> None:
        code = compile(self.trial.source, f"<mutant of {module.__name__}>", "exec")
        exec(code, vars(module))  # noqa: S102  # it is the project's own code but for one fault


class _Order:
    """Tries some tests first, or the last ones first, and notes the first that fails."""

    def __init__(self, first: Sequence[str], *, backwards: bool) -> None:
        self.ranks = {name: rank for rank, name in enumerate(first)}
        self.backwards = backwards
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.backwards:
            items.reverse()
        items.sort(key=lambda item: self.ranks.get(item.nodeid, len(self.ranks)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def warm_up(tests: Iterable[str], warm: Iterable[str]) -> None:
    """Collect all tests and run a few, so that forks start with it done; then forget our own code."""
    # Examples are the same for every mutant, and a slow machine kills none.
    hypothesis.settings.register_profile(
        "mutation",
        derandomize=True,
        deadline=None,
        database=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )
    hypothesis.settings.load_profile("mutation")
    kept = set(sys.modules)
    for options in (("--collect-only", *tests), warm):
        if (code := _pytest(options)) != pytest.ExitCode.OK:
            raise BrokenTrialError(f"the tests do not pass before anything is mutated (pytest: {code})")
    for name in set(sys.modules) - kept:
        if _is_ours(sys.modules[name]):
            _forget(name)
    gc.collect()
    gc.freeze()


def judge(trials: Sequence[Trial], workers: int, judged: Callable[[int, Outcome], None]) -> list[Outcome]:
    """One outcome for each trial, in their order; `judged` is called with each as soon as it is known."""
    outcomes: dict[int, Outcome] = {}
    running: dict[int, tuple[int, int]] = {}
    killers: dict[str, Counter[str]] = defaultdict(Counter)
    waiting = iter(enumerate(trials))
    while len(outcomes) < len(trials):
        while len(running) < workers and (following := next(waiting, None)):
            number, trial = following
            known = killers[trial.where] or killers[trial.module]
            pid, answer = _started(trial, [name for name, _ in known.most_common(_FIRST)])
            running[pid] = number, answer
        pid, status, usage = os.wait4(-1, 0)
        number, answer = running.pop(pid)
        if killer := _read(answer):
            killers[trials[number].where][killer] += 1
            killers[trials[number].module][killer] += 1
        outcomes[number] = Outcome(_verdict(status, trials[number]), usage.ru_utime + usage.ru_stime, killer)
        judged(number, outcomes[number])
    return [outcomes[number] for number in range(len(trials))]


def _started(trial: Trial, first: Sequence[str]) -> tuple[int, int]:
    """The child's process id, and where it writes the test that failed."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    code = -1
    try:
        # Seconds of computing, not of waiting: a busy machine shall kill no mutant.
        resource.setrlimit(resource.RLIMIT_CPU, (int(trial.seconds) + 1, resource.RLIM_INFINITY))
        signal.alarm(REAL_SECONDS)
        sys.meta_path.insert(0, _Replacing(trial))
        order = _Order(first, backwards=trial.backwards)
        # Most fall to a test that killed another: the file of the likeliest alone takes far less time than all.
        alone = [name for name in first if name.partition("::")[0] == first[0].partition("::")[0]]
        if not alone or int(_pytest(alone, order)) != pytest.ExitCode.TESTS_FAILED:
            code = int(_pytest(trial.tests, order))
        else:
            code = int(pytest.ExitCode.TESTS_FAILED)
        os.write(writing, order.failed.encode())
    finally:
        os._exit(code & 0xFF)


def _read(answer: int) -> str:
    with os.fdopen(answer, encoding="utf-8", errors="replace") as pipe:
        return pipe.read()


def _pytest(arguments: Iterable[str], *plugins: object) -> int:
    """The exit code; what is printed goes nowhere."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        return pytest.main([*_OPTIONS, *arguments], plugins)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, was in zip((1, 2), kept, strict=True):
            os.dup2(was, stream)
            os.close(was)
        os.close(nowhere)


def _verdict(status: int, trial: Trial) -> Verdict:
    code = os.waitstatus_to_exitcode(status)
    if -code in {signal.SIGXCPU, signal.SIGALRM}:
        return Verdict.TIMED_OUT
    if code == pytest.ExitCode.OK:
        return Verdict.SURVIVED
    if code in _FAILED:
        return Verdict.KILLED
    raise BrokenTrialError(f"pytest ended with {code} over a mutant of {trial.where}")


def _forget(name: str) -> None:
    """`from package import module` takes what the package has at hand before it looks for a module."""
    del sys.modules[name]
    package, _, module = name.rpartition(".")
    if package in sys.modules:
        vars(sys.modules[package]).pop(module, None)


def _is_ours(module: ModuleType) -> bool:
    origin = getattr(module, "__file__", None)
    path = Path(origin or "/")
    return path.is_relative_to(Path.cwd()) and not path.is_relative_to(sys.prefix)
