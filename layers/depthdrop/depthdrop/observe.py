"""Logs and metrics, one service name for each function and one namespace for each stack.

Never logged: the key, result links, prompts, object bytes. Keys of objects are, as JSON strings.
"""

import json
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple, SupportsFloat

from aws_lambda_powertools import Logger, Metrics


class Metric(NamedTuple):
    """Each function that counts it is one more metric to pay for. USD has no unit of its own."""

    unit: str
    functions: tuple[str, ...]


METRICS: Mapping[str, Metric] = {
    "drops": Metric("Count", ("submit",)),
    "rejected": Metric("Count", ("submit",)),
    "parked": Metric("Count", ("submit",)),
    "fell_back": Metric("Count", ("submit",)),
    "submitted": Metric("Count", ("submit",)),
    "succeeded": Metric("Count", ("finalize",)),
    "failed": Metric("Count", ("finalize",)),
    "ambiguous": Metric("Count", ("submit", "sweep")),
    "unpaired": Metric("Count", ("sweep",)),
    "charged_usd": Metric("None", ("submit", "finalize", "sweep")),
    "charged_but_lost_usd": Metric("None", ("submit", "finalize", "sweep")),
    "seconds_to_ready": Metric("Seconds", ("finalize",)),
    "seconds_to_notified": Metric("Seconds", ("finalize",)),
    "slots_in_use": Metric("Count", ("sweep",)),
    "circuit_opened": Metric("Count", ("submit",)),
    "budget_reached": Metric("Count", ("submit",)),
    "circuit_open": Metric("Count", ("sweep",)),
}


def make_logger(function: str) -> Logger:
    """One ASCII line per entry: a key may hold line separators that some readers of logs break lines at."""
    return Logger(
        service=function, utc=True, json_serializer=partial(json.dumps, default=str, separators=(",", ":"))
    )


def make_metrics(function: str) -> Metrics:
    """Most messages count nothing; Powertools' way to say that this is meant is to filter its warning."""
    warnings.filterwarnings("ignore", message="No application metrics to publish", category=UserWarning)
    return Metrics(service=function)  # the template's POWERTOOLS_METRICS_NAMESPACE keeps stacks apart


def count(metrics: Metrics, name: str, value: SupportsFloat = 1) -> None:
    """Add to a metric of the table above; KeyError for any other."""
    metrics.add_metric(name=name, unit=METRICS[name].unit, value=float(value))


def step_of(state: Mapping[str, Any]) -> dict[str, str]:
    """What every line about an execution's state says; `identities.execution_name`, without its imports."""
    return {"edit_id": state["edit_id"], "execution": f"{state['edit_id']}-{state['attempt']}"}
