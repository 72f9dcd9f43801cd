"""Faults as data, and the desk that decides which one strikes a request.

Two ways lead here: a directive in a prompt, `[[fault poll.not_found seconds=5 times=2]]`, which strikes
only requests about that prompt, and `POST /admin/faults`, which strikes whatever matches. Directives come
first; of several for one stage, the first that still has times left and fits the moment strikes.

`times` of a directive is counted per prompt and picture, so a retry of the same POST can succeed after it.
"""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Stage = Literal["post", "poll", "download"]
Moment = Literal["always", "pending", "ready"]  # of a poll: which state of the task the fault belongs to
Param = int | float | str
Params = Mapping[str, Param]

MAX_NUMBER = 1e6
STAGES: tuple[Stage, ...] = ("post", "poll", "download")
_DIRECTIVE = re.compile(r"\[\[\s*fault\b([^\]]*)\]\]")


@dataclass(frozen=True)
class Fault:
    """One entry of the catalogue, without its effect.

    `times` is the default number of strikes, None for endless. `params` maps a parameter's name to its
    default, whose type is the parameter's type.
    """

    name: str
    stage: Stage
    tells: str
    times: int | None = None
    params: Params = field(default_factory=dict)
    charged: bool | None = None  # None: not a matter of this stage
    moment: Moment = "always"


class BadFaultError(ValueError):
    """A fault's name or parameter is wrong; the message names the nearest valid ones."""


@dataclass
class Armed:
    """A fault that waits for its request."""

    fault: Fault
    params: Params
    times: int | None
    match: str = ""
    used: int = 0
    key: tuple[str, ...] | None = None  # where a directive's strikes are counted

    @property
    def live(self) -> bool:
        """Whether it may still strike."""
        return self.times is None or self.used < self.times


@dataclass(frozen=True)
class Subject:
    """What a request is about, as far as faults care."""

    prompt: str
    image_sha256: str


def arm(catalogue: Mapping[str, Fault], name: str, raw: Mapping[str, object], match: str = "") -> Armed:
    """Check a fault's name and parameters; `times` is a parameter of every fault (`null` or `always`:
    endless).

    Raises:
        BadFaultError: unknown name, unknown parameter or a value of the wrong type.

    """
    fault = catalogue.get(name)
    if fault is None:
        raise BadFaultError(f"unknown fault {name!r}; nearest: {', '.join(nearest(name, catalogue))}")
    values = dict(raw)
    times = _times(values.pop("times")) if "times" in values else fault.times
    for key in values:
        if key not in fault.params:
            valid = ", ".join(nearest(key, ("times", *fault.params)))
            raise BadFaultError(f"unknown parameter {key!r} of {name}; nearest: {valid}")
    params = {key: _typed(key, values.get(key, default), default) for key, default in fault.params.items()}
    return Armed(fault, params, times, match)


def parse_directives(catalogue: Mapping[str, Fault], prompt: str) -> list[Armed]:
    """The directives of a prompt, in order.

    Raises:
        BadFaultError: a directive is malformed or names what does not exist.

    """
    return [_directive(catalogue, match.group(1).split()) for match in _DIRECTIVE.finditer(prompt)]


def without_directives(prompt: str) -> str:
    """The prompt as a painter should read it."""
    return " ".join(_DIRECTIVE.sub(" ", prompt).split())


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Up to five valid names, the most alike first."""
    known = list(names)
    tail = name.rpartition(".")[2]
    close = difflib.get_close_matches(name, known, n=5, cutoff=0.5)
    return (close or [one for one in known if tail and tail in one] or known)[:5]


class FaultDesk:
    """Which fault strikes next: directives and the admin queue, with their counters."""

    def __init__(self, catalogue: Mapping[str, Fault]) -> None:
        self.catalogue = catalogue
        self.strikes: Counter[str] = Counter()
        self._queue: list[Armed] = []
        self._used: dict[tuple[str, ...], int] = {}

    @property
    def armed(self) -> tuple[Armed, ...]:
        """The admin queue, spent entries included."""
        return tuple(self._queue)

    def arm(self, name: str, raw: Mapping[str, object], match: str = "") -> Armed:
        """Put a fault into the queue (see `arm` above for what may be wrong with it)."""
        armed = arm(self.catalogue, name, raw, match)
        self._queue.append(armed)
        return armed

    def clear(self) -> None:
        """Disarm the queue and forget how often directives struck."""
        self._queue.clear()
        self._used.clear()
        self.strikes.clear()

    def before_the_body(self) -> Armed | None:
        """An armed `post.reset` that needs no prompt to match: it may strike before a byte is read."""
        for armed in self.armed:
            if armed.fault.name == "post.reset" and not armed.match and armed.live:
                return armed
        return None

    def pick(self, stage: Stage, subject: Subject, fits: Callable[[Armed], bool]) -> Armed | None:
        """The fault to strike now, if any. It is not counted: see `use`."""
        for armed in (*self._directives(subject), *self.armed):
            if armed.fault.stage == stage and armed.live and armed.match in subject.prompt and fits(armed):
                return armed
        return None

    def use(self, armed: Armed) -> None:
        """Count one strike."""
        armed.used += 1
        self.strikes[armed.fault.name] += 1
        if armed.key is not None:
            self._used[armed.key] = armed.used

    def _directives(self, subject: Subject) -> list[Armed]:
        directives = parse_directives(self.catalogue, subject.prompt)
        for index, armed in enumerate(directives):
            armed.key = (str(index), armed.fault.name, subject.prompt, subject.image_sha256)
            armed.used = self._used.get(armed.key, 0)
        return directives


def _directive(catalogue: Mapping[str, Fault], words: list[str]) -> Armed:
    if not words:
        raise BadFaultError("a fault directive needs a name: [[fault NAME key=value]]")
    raw: dict[str, object] = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals:
            raise BadFaultError(f"{word!r} in a fault directive is not key=value")
        raw[key] = value
    return arm(catalogue, words[0], raw)


def _times(value: object) -> int | None:
    if value is None or value == "always":
        return None
    times = _typed("times", value, 1)
    if not isinstance(times, int) or times < 1:
        raise BadFaultError("times must be a whole number from 1, or 'always'")
    return times


def _typed(key: str, value: object, default: Param) -> Param:
    kind = type(default)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadFaultError(f"{key} must be a plain {kind.__name__}")
    try:
        typed = kind(value)
    except ValueError:
        raise BadFaultError(f"{key}={value!r} is not a valid {kind.__name__}") from None
    if isinstance(typed, int | float) and not 0 <= typed < MAX_NUMBER:  # also refuses nan and inf
        raise BadFaultError(f"{key} must be between 0 and {MAX_NUMBER:g}")
    return typed
