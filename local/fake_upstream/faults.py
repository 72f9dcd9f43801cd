"""Faults as data, and `FaultQueue`, which decides which fault strikes a request.

A directive in a prompt, `[[fault poll.not_found seconds=5 times=2]]`, strikes only requests about that prompt; its
`times` is counted per prompt and picture, so a retry of the same POST can succeed. `POST /admin/faults` strikes
every request that matches. Directives are tried first; the first fault that has strikes left and fits is used.
"""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.responses import Response

from local.fake_upstream.clock import Clock
from local.fake_upstream.ledger import Answer

Moment = Literal["always", "pending", "ready"]  # the state of the task in which a poll meets the fault
Param = int | float | str
Params = Mapping[str, Param]

MAX_NUMBER = 1e6
_DIRECTIVE = re.compile(r"\[\[\s*fault\b([^\]]*)\]\]")


@dataclass(frozen=True)
class Scene:
    """The data for an effect: `sample`, `media_type` and `url` (the link) are for downloads alone.

    `foreign_origin` is an origin that the key must never reach. `body` is the normal answer to the POST or poll,
    `progress` of a poll is 0 to 1.
    """

    params: Params
    clock: Clock
    speed: float
    foreign_origin: str
    body: dict[str, Any] = field(default_factory=dict)
    progress: float = 0.0
    sample: bytes = b""
    media_type: str = ""
    url: str = ""

    def seconds(self, name: str) -> float:
        """A time parameter, in real seconds."""
        return float(self.params[name]) / self.speed


Effect = Callable[[Scene], Response]


@dataclass(frozen=True)
class Fault:
    """One entry of the catalogue.

    `times` is the default number of strikes, None for endless. `params` maps a parameter's name to its default,
    which also gives its type. `answer` is what the ledger records for a charged POST. `ends`: the fault ends the
    task of a poll; of a download it lets the link expire, so that the next poll gives a new one.
    """

    name: str
    description: str
    effect: Effect = field(repr=False)
    times: int | None = None
    params: Params = field(default_factory=dict)
    charged: bool | None = None  # None: only a POST is charged
    answer: Answer = "sent"
    moment: Moment = "always"
    ends: bool = False

    @property
    def stage(self) -> str:
        """Which request the fault strikes: post, poll or download."""
        return self.name.partition(".")[0].replace("link", "poll")


class BadFaultError(ValueError):
    """A fault's name or parameter is wrong; the message names the nearest valid ones."""


@dataclass
class Armed:
    """A fault that is set to strike."""

    fault: Fault
    params: Params
    times: int | None
    match: str = ""
    used: int = 0
    key: tuple[str, ...] | None = None  # under which a directive's strikes are counted

    @property
    def has_strikes_left(self) -> bool:
        return self.times is None or self.used < self.times


@dataclass(frozen=True)
class Subject:
    """The edit that a request is about."""

    prompt: str
    image_sha256: str


def arm(catalogue: Mapping[str, Fault], name: str, raw: Mapping[str, object], match: str = "") -> Armed:
    """A fault whose name and parameters are checked. Every fault takes `times`; null or `always` is endless.

    Raises BadFaultError for an unknown name, an unknown parameter or a value of the wrong type.
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
    """The directives of a prompt, in order. Raises BadFaultError."""
    return [_directive(catalogue, match.group(1).split()) for match in _DIRECTIVE.finditer(prompt)]


def without_directives(prompt: str) -> str:
    """The prompt without its fault directives."""
    return " ".join(_DIRECTIVE.sub(" ", prompt).split())


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Up to five valid names, the most similar first."""
    known = list(names)
    return difflib.get_close_matches(name, known, n=5, cutoff=0.5) or known[:5]


class FaultQueue:
    """Directives and the queue of `POST /admin/faults`, with their counters."""

    def __init__(self, catalogue: Mapping[str, Fault]) -> None:
        self.catalogue = catalogue
        self.strikes: Counter[str] = Counter()
        self.armed: list[Armed] = []  # the queue, with faults that have no strikes left
        self._used: Counter[tuple[str, ...]] = Counter()

    def arm(self, name: str, raw: Mapping[str, object], match: str = "") -> Armed:
        """Put a fault into the queue. Raises BadFaultError, as the function `arm` does."""
        armed = arm(self.catalogue, name, raw, match)
        self.armed.append(armed)
        return armed

    def clear(self) -> None:
        """Empty the queue and reset all counters."""
        self.armed.clear()
        self._used.clear()
        self.strikes.clear()

    def before_the_body(self) -> Armed | None:
        """A queued `post.reset` without a `match`: it strikes before the body is read."""
        resets = (armed for armed in self.armed if armed.fault.name == "post.reset" and not armed.match)
        return next((armed for armed in resets if armed.has_strikes_left), None)

    def pick(self, stage: str, subject: Subject, fits: Callable[[Armed], bool] = lambda _: True) -> Armed | None:
        """The fault that strikes now, or None. It is not counted: `use` does that."""
        left = (armed for armed in (*self._directives(subject), *self.armed) if armed.has_strikes_left)
        matching = (armed for armed in left if armed.fault.stage == stage and armed.match in subject.prompt)
        return next(filter(fits, matching), None)

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
            armed.used = self._used[armed.key]
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
