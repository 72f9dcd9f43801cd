"""What is learned of each model is kept in the table, and nothing depends on it."""

import math
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from depthdrop.observe import make_logger
from depthdrop.watch.latency import Latency, expected
from depthdrop.watch.learned import Latencies
from tests.support.aws import Stack

MODEL = "flux-kontext-pro"


@pytest.fixture
def latencies(stack: Stack) -> Latencies:
    return Latencies(stack.table, make_logger("finalize"))


def test_nothing_seen_is_what_is_published(latencies: Latencies) -> None:
    assert latencies.of(MODEL) == expected(15.0)


def test_what_was_seen_is_kept_for_each_model_alone(latencies: Latencies) -> None:
    latencies.learn(MODEL, 60.0)
    latencies.learn(MODEL, 50.0)
    seen = expected(15.0).learned(60.0).learned(50.0)

    kept = latencies.of(MODEL)
    assert math.isclose(kept.median, seen.median, rel_tol=1e-3)
    assert math.isclose(kept.spread, seen.spread, rel_tol=1e-3)
    assert latencies.of("flux-kontext-max") != kept


def test_of_two_that_learn_at_once_one_is_lost_and_none_counts_twice(latencies: Latencies) -> None:
    latencies.learn(MODEL, 60.0)
    read = latencies.table.get(f"latency#{MODEL}")
    latencies.learn(MODEL, 50.0)
    kept = latencies.of(MODEL)
    with patch.object(type(latencies.table), "get", return_value=read):
        latencies.learn(MODEL, 1.0)

    assert latencies.of(MODEL) == kept


@pytest.mark.parametrize(
    "trouble",
    [ClientError({"Error": {"Code": "Throttling"}}, "GetItem"), ConnectionClosedError(endpoint_url="https://aws")],
)
def test_a_failing_table_costs_one_observation_and_nothing_else(latencies: Latencies, trouble: Exception) -> None:
    latencies.learn(MODEL, 60.0)
    kept = latencies.of(MODEL)
    with patch.object(type(latencies.table), "get", side_effect=trouble):
        latencies.learn(MODEL, 50.0)
        assert latencies.of(MODEL) == expected(15.0)

    assert latencies.of(MODEL) == kept


def test_a_record_says_how_many_were_seen(latencies: Latencies) -> None:
    for _ in range(3):
        latencies.learn(MODEL, 60.0)

    record = latencies.table.get(f"latency#{MODEL}")
    assert record is not None
    assert record["seen"] == 3
    assert Latency(float(record["median_seconds"]), float(record["spread"])) == latencies.of(MODEL)
