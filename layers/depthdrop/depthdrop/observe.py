"""Logs and metrics, one service name and one namespace for all functions.

Never logged: the key, result links, prompts, object bytes. Keys of objects are, as JSON strings.
"""

import json
import warnings
from functools import partial

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "depthdrop"


def make_logger(function: str) -> Logger:
    """One ASCII line per entry: a key may hold line separators that some readers of logs break lines at."""
    return Logger(
        service=function, utc=True, json_serializer=partial(json.dumps, default=str, separators=(",", ":"))
    )


def make_metrics(function: str) -> Metrics:
    """Most messages count nothing; Powertools' way to say that this is meant is to filter its warning."""
    warnings.filterwarnings("ignore", message="No application metrics to publish", category=UserWarning)
    return Metrics(namespace=NAMESPACE, service=function)


def count(metrics: Metrics, name: str, value: float = 1) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
