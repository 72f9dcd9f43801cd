"""How long a model takes: a log-normal distribution, learned from what was seen. Pure; all times are seconds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()
_SHARE_OF_NEW = 0.05  # of one more observation in the estimate: 50 later, what was before has 8 % left
_NO_TIME = 1e-9
_LEAST_SECONDS, _MOST_SECONDS = 0.1, 86_400.0
_LEAST_SPREAD, _MOST_SPREAD = 0.3, 1.2
_FARTHEST = 3.0  # an observation counts as no more spreads away than this: one outlier moves little
_USUAL_MEDIAN = 15.0
USUAL_SPREAD = 0.688  # median 15 s with a mean of 19 s: the skew of short jobs behind a queue


@dataclass(frozen=True, slots=True)
class Latency:
    """Half of the tasks take less than `median`; `spread` is the standard deviation of the time's logarithm."""

    median: float
    spread: float = USUAL_SPREAD

    def done_by(self, age: float) -> float:
        """The share of the tasks that have ended at this age."""
        return _NORMAL.cdf(self._deviation(age)) if age > 0 else 0.0

    def quantile(self, share: float, age: float = 0.0) -> float:
        """The age by which this share has ended of those that had not at `age`."""
        done = self.done_by(age)
        wanted = done + share * (1.0 - done)
        if not 0.0 < wanted < 1.0:
            return age
        return self.median * math.exp(self.spread * _NORMAL.inv_cdf(wanted))

    def mean_beyond(self, wait: float) -> float:
        """The mean of what a task takes longer than `wait`, those that take less counting as nothing."""
        mean = self.median * math.exp(self.spread**2 / 2)
        if wait <= 0:
            return mean
        deviation = self._deviation(wait)
        return mean * _NORMAL.cdf(self.spread - deviation) - wait * _NORMAL.cdf(-deviation)

    def learned(self, seconds: float) -> "Latency":
        """The estimate with one more observation, which outweighs the older ones a little."""
        middle = math.log(self.median)
        seen = math.log(min(max(seconds, _LEAST_SECONDS), _MOST_SECONDS))
        farthest = _FARTHEST * self.spread
        off = min(max(seen - middle, -farthest), farthest)
        variance = (1 - _SHARE_OF_NEW) * (self.spread**2 + _SHARE_OF_NEW * off**2)
        spread = min(max(math.sqrt(variance), _LEAST_SPREAD), _MOST_SPREAD)
        return Latency(math.exp(middle + _SHARE_OF_NEW * off), spread)

    def to_state(self) -> dict[str, float]:
        """As an execution's input carries it, for poll."""
        return {"median": round(self.median, 3), "spread": round(self.spread, 4)}

    def _deviation(self, age: float) -> float:
        return math.log(max(age, _NO_TIME) / self.median) / self.spread


def expected(mean_seconds: float) -> Latency:
    """What is taken for true of a model of which nothing was seen but its published mean."""
    return Latency(mean_seconds / math.exp(USUAL_SPREAD**2 / 2))


def of_state(state: Mapping[str, float] | None) -> Latency:
    """What an execution's input says; executions of older versions carry nothing."""
    return Latency(float(state["median"]), float(state["spread"])) if state else Latency(_USUAL_MEDIAN)


def ended_at(age: float, waited: float, *, looked_before: bool, stated: float | None) -> float:
    """How long a task took that was found ready at `age`, after `waited` seconds without a look.

    A task that was seen unready a moment ago has just ended. Otherwise it ended during the rest: when the upstream
    states such a time, that is it, else the middle. Without that a wait that is too long would never be found out.
    """
    if looked_before:
        return age
    earliest = max(age - waited, 0.0)
    return stated if stated is not None and earliest <= stated <= age else (earliest + age) / 2
