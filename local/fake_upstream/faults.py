"""Faults as data, and the desk that decides which one strikes a request.

There are two ways to ask for a fault: a directive in a prompt, `[[fault poll.not_found seconds=5 times=2]]`, which
strikes only requests about that prompt, and `POST /admin/faults`, which strikes whatever matches. Directives come
first; of several for one stage, the first that still has times left and fits the moment strikes.

`times` of a directive is counted per prompt and picture, so a retry of the same POST can succeed after it.
"""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.responses import JSONResponse, Response

from local.fake_upstream.clock import Clock
from local.fake_upstream.ledger import Answer

Moment = Literal["always", "pending", "ready"]  # of a poll: which state of the task the fault belongs to
Param = int | float | str
Params = Mapping[str, Param]

MAX_NUMBER = 1e6
_DIRECTIVE = re.compile(r"\[\[\s*fault\b([^\]]*)\]\]")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What an effect may use.

    `elsewhere` is an origin that the key must never reach. `body` is the answer that the client would have got to
    its POST or poll, `progress` of a poll is 0 to 1. A download has the sample and its link's own URL.
    """

    params: Params
    clock: Clock
    speed: float
    elsewhere: str
    body: dict[str, Any] = field(default_factory=dict)
    progress: float = 0.0
    sample: bytes = b""
    media_type: str = ""
    url: str = ""

    def seconds(self, name: str) -> float:
        """A time parameter, in real seconds."""
        return float(self.params[name]) / self.speed

    def but(self, **changes: object) -> Response:
        """The normal body with changes."""
        return JSONResponse({**self.body, **changes})


Effect = Callable[[Scene], Response]


@dataclass(frozen=True)
class Fault:
    """One entry of the catalogue.

    `times` is the default number of strikes, None for endless. `params` maps a parameter's name to its
    default, whose type is the parameter's type. `answer` is what the ledger says of a charged POST's answer.
    `ends`: the task is over once a poll has shown the fault, or the link once a download has, so that the next poll
    gives a fresh one.
    """

    name: str
    tells: str
    effect: Effect = field(repr=False)
    times: int | None = None
    params: Params = field(default_factory=dict)
    charged: bool | None = None  # None: not a matter of this stage
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
    return difflib.get_close_matches(name, known, n=5, cutoff=0.5) or known[:5]


class FaultDesk:
    """Which fault strikes next: directives and the admin queue, with their counters."""

    def __init__(self, catalogue: Mapping[str, Fault]) -> None:
        self.catalogue = catalogue
        self.strikes: Counter[str] = Counter()
        self.armed: list[Armed] = []  # the admin queue, spent entries included
        self._used: dict[tuple[str, ...], int] = {}

    def arm(self, name: str, raw: Mapping[str, object], match: str = "") -> Armed:
        """Put a fault into the queue (see `arm` above for what may be wrong with it)."""
        armed = arm(self.catalogue, name, raw, match)
        self.armed.append(armed)
        return armed

    def clear(self) -> None:
        """Disarm the queue and forget how often directives struck."""
        self.armed.clear()
        self._used.clear()
        self.strikes.clear()

    def before_the_body(self) -> Armed | None:
        """An armed `post.reset` that needs no prompt to match: it may strike before a byte is read."""
        early = (one for one in self.armed if one.fault.name == "post.reset" and not one.match and one.live)
        return next(early, None)

    def pick(self, stage: str, subject: Subject, fits: Callable[[Armed], bool] = lambda _: True) -> Armed | None:
        """The fault to strike now, if any. It is not counted: `use` does that."""
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
