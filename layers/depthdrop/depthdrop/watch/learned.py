"""What was learned of each model's latency, in the one table. Losing observations, or all of them, is harmless."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from depthdrop.records.table import Table
from depthdrop.settings.models_and_prices import model_named
from depthdrop.watch.latency import Latency, expected

if TYPE_CHECKING:
    from depthdrop.records.types import LatencyRecord


@dataclass(frozen=True, slots=True)
class Latencies:
    table: Table
    logger: Logger

    def of(self, model: str) -> Latency:
        """The model's latency of late; what is published when nothing was seen or the table is in trouble."""
        try:
            return _latency(self._seen(model), model)
        except (ClientError, BotoCoreError) as error:
            self.logger.warning("latency unknown", extra={"model": model, "reason": type(error).__name__})
            return _latency(None, model)

    def learn(self, model: str, seconds: float) -> None:
        """Take one more observation in. Of two at once one is lost, and so is one that meets trouble."""
        try:
            record = self._seen(model)
            latency = _latency(record, model).learned(seconds)
            seen = record["seen"] if record else 0
            median, spread = Decimal(f"{latency.median:.3f}"), Decimal(f"{latency.spread:.4f}")
            facts = {"median_seconds": median, "spread": spread, "seen": seen + 1}
            self.table.update(_pk(model), facts, "attribute_not_exists(pk) OR #seen = :seen", {":seen": seen})
        except (ClientError, BotoCoreError) as error:
            self.logger.warning("latency not learned", extra={"model": model, "reason": type(error).__name__})

    def _seen(self, model: str) -> "LatencyRecord | None":
        return cast("LatencyRecord | None", self.table.get(_pk(model)))


def _pk(model: str) -> str:
    return f"latency#{model}"


def _latency(record: "LatencyRecord | None", model: str) -> Latency:
    if record is None:
        return expected(model_named(model).mean_seconds)
    return Latency(float(record["median_seconds"]), float(record["spread"]))
