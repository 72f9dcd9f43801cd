"""Runs Spin: makes a verifier from the model, has it search every state, and reads its report and its trail."""

import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).with_name("depthdrop.pml")
TOOLS = ("spin", "gcc")

_DEEPEST = 1_000_000
_MOST_MEGABYTES = 2000
_SECONDS = 300
_COUNTER = re.compile(r"errors: (\d+)\s+(\d+) states, stored")
_MEGABYTES = re.compile(r"([\d.]+)\s+total actual memory usage")
_COMPLAINT = re.compile(r"^pan:\d+: (.+) \(at depth \d+\)$", re.MULTILINE)
_NOT_ALL = ("too small", "not completed", "truncated", "out of memory", "max search depth")
_PROCTYPE = re.compile(r"^unreached in (?:proctype|init|claim) ?(\S*)$")
_UNREACHED = re.compile(r'^\t\S+?:(\d+), state (\d+), "(.*)"$')
_TRAIL_STEP = re.compile(r"^\s*\d+:\s+proc\s+(\d+) \((\S+?):\d+\) \S+?:(\d+) \(state -?\d+\)\s*\[(.*)\]$")
_ASSIGNMENT = re.compile(r"(\w+(?:\[.+\])?) = (.+)")
_PLUMBING = re.compile(
    r"(busy|worker_kind|worker_drop|has_message|seen_token|d|e|w|seen|seen_before|number|outcome|written|broken)\b"
)
_STATE_NUMBER = re.compile(r"^#define ([A-Z]+) +(\d)$", re.MULTILINE)


class SpinError(Exception):
    """Spin or the compiler did not take the model, or the verifier broke off."""


@dataclass(frozen=True, slots=True)
class Search:
    """One run over all states within bounds. `live` looks for endless rounds instead of wrong states.

    A `large` one takes longer than it takes to compile its verifier with optimizations.
    """

    name: str
    bounds: Mapping[str, int]
    mutant: str = ""
    live: bool = False
    large: bool = False

    @property
    def defines(self) -> list[str]:
        flags = [f"-D{name}={value}" for name, value in self.bounds.items()]
        return [*flags, *([f"-DMUTANT_{self.mutant}"] if self.mutant else []), *(["-DLIVE"] if self.live else [])]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the model as the verifier's report names it."""

    process: str
    number: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """`complaint` is the property that does not hold, empty if all do; `trail` the way there, step by step."""

    complaint: str
    states: int
    megabytes: float
    seconds: float
    unreached: frozenset[Statement]
    trail: str


FIGURES: list[tuple[Search, Report]] = []  # of this process, in the order in which they were asked for


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def run(search: Search, folder: Path) -> Report:
    """Search in `folder`, which gets all files that this makes. Raises SpinError unless every state was seen."""
    start = time.monotonic()
    shutil.copy(MODEL, folder)
    # Spin reports an unreached statement only if it may not merge it with its neighbour.
    _call(["spin", *([] if search.mutant else ["-o3"]), "-a", *search.defines, MODEL.name], folder)
    # A mutant's shortest trail is the one to read, and breadth first finds it.
    order = ["-DNFAIR=3"] if search.live else ["-DSAFETY", *(["-DBFS"] if search.mutant else [])]
    options = ["-O1" if search.large else "-O0", "-DCOLLAPSE", f"-DMEMLIM={_MOST_MEGABYTES}", *order]
    _call(["gcc", "-w", *options, "-o", "pan", "pan.c"], folder)
    said = _call(["./pan", f"-m{_DEEPEST}", *(["-a", "-f"] if search.live else [])], folder)
    counted, complaint = _COUNTER.search(said), _COMPLAINT.search(said)
    if counted is None or any(words in said.lower() for words in _NOT_ALL if complaint is None):
        raise SpinError(f"{search.name}: the search is not complete\n{said}")
    if bool(int(counted[1])) != bool(complaint):
        raise SpinError(f"{search.name}: the report cannot be read\n{said}")
    megabytes = _MEGABYTES.search(said)
    return Report(
        complaint=complaint[1] if complaint else "",
        states=int(counted[2]),
        megabytes=float(megabytes[1]) if megabytes else 0.0,
        seconds=time.monotonic() - start,
        unreached=_unreached(said),
        trail=_trail(search, folder) if complaint else "",
    )


def _call(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise SpinError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def _unreached(said: str) -> frozenset[Statement]:
    process, found = "", []
    for line in said.splitlines():
        if heading := _PROCTYPE.match(line):
            process = heading[1]
        elif statement := _UNREACHED.match(line):
            found.append(Statement(process, int(statement[2]), int(statement[1]), statement[3]))
    return frozenset(found)


def _trail(search: Search, folder: Path) -> str:
    """What changes on the way, by process, with the model's line; the bookkeeping of processes is left out."""
    names = {number: name for name, number in _STATE_NUMBER.findall(MODEL.read_text())[:8]}
    steps, last = [], ""
    for line in _call(["spin", "-t", "-p", *search.defines, MODEL.name], folder).splitlines():
        step = _TRAIL_STEP.match(line)
        if "START OF CYCLE" in line:
            steps.append("-- from here on again and again")
        if step is None or (change := _ASSIGNMENT.fullmatch(step[4])) is None or _PLUMBING.match(change[1]):
            continue
        who = f"{step[2].strip(':')} {step[1]}"
        value = names.get(change[2], change[2]) if change[1].startswith("state") else change[2]
        steps.append(f"{'' if who == last else f'-- {who}{chr(10)}'}   line {step[3]}: {change[1]} = {value}")
        last = who
    return "\n".join(steps)
