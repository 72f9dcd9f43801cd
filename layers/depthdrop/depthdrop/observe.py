"""Logs and metrics, one service name and one namespace for all functions.

Never logged: the key, result links, prompts, object bytes. Keys of objects are, as JSON strings.
"""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "depthdrop"


def make_logger(function: str) -> Logger:
    return Logger(service=function, utc=True)


def make_metrics(function: str) -> Metrics:
    return Metrics(namespace=NAMESPACE, service=function)


def count(metrics: Metrics, name: str, value: float = 1) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
