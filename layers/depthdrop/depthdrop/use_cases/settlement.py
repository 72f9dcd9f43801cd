"""The result of a drop's POST: each verdict is recorded. Nothing is sent upstream from here.

accepted   → SUBMITTED, execution started
refused    → RELEASED; parked, a rejection, or back as an order of the fallback
unsent     → RELEASED; parked for a minute
ambiguous  → AMBIGUOUS; notified, never sent again
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics

from depthdrop.drop.refusal import Refusal
from depthdrop.environment import SubmitEnvironment
from depthdrop.inbox.message import ComeBack, Done, Settled
from depthdrop.inbox.order import Order
from depthdrop.notices.rejection import Rejection, refusal_text
from depthdrop.observe import count
from depthdrop.records.circuit import Circuit
from depthdrop.records.drops import UNREACHABLE, Drops
from depthdrop.records.edits import Edits
from depthdrop.records.parking import Parking
from depthdrop.records.slots import SLOT_MARGIN_SECONDS, Slots, holder_of
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import warnings_of
from depthdrop.upstream.post_outcome import Accepted, Ambiguous, PostOutcome, Refused, RefusedPost, Unsent
from depthdrop.use_cases.fallback import fallback_or_refusal
from depthdrop.use_cases.lost_answer import LostAnswer
from depthdrop.use_cases.retry import OPENS_CIRCUIT, parked_seconds
from depthdrop.watch.deadline import deadline_of
from depthdrop.watch.latency import Latency
from depthdrop.watch.poll_intervals import first_wait
from depthdrop.watch.workflow import Workflow, facts_of_accepted

if TYPE_CHECKING:
    from depthdrop.records.types import DropRecord


@dataclass(frozen=True, slots=True)
class Attempt:
    """One paid request of one drop, under one token, from one slot: its edit is POSTING under that token."""

    drop: "DropRecord"
    order: Order
    token: str
    slot: str

    @property
    def holder(self) -> str:
        """The name that the slot is held under."""
        return holder_of(self.order.edit_id, self.token)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Its collaborators. `clock` gives epoch seconds, `jitter` numbers from 0 to 1."""

    environment: SubmitEnvironment
    edits: Edits
    drops: Drops
    slots: Slots
    circuit: Circuit
    parking: Parking
    workflow: Workflow
    lost_answer: LostAnswer
    rejection: Rejection
    logger: Logger
    metrics: Metrics
    fallback: Model | None = None  # the owner may opt in
    clock: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random

    def settle(self, attempt: Attempt, outcome: PostOutcome, latency: Latency) -> Settled:
        task_id = outcome.task_id if isinstance(outcome, Accepted) else None  # logged as a last copy of the task id
        self.logger.info("posted", extra={"outcome": type(outcome).__name__, "task_id": task_id})
        for warning in warnings_of(attempt.order.model.name, attempt.drop.get("asked_model"), self.clock()):
            self.logger.warning("model", extra={"warning": warning})
        match outcome:
            case Accepted():
                return self._accepted(attempt, outcome, latency)
            case Ambiguous(message):
                return self._ambiguous(attempt, message)
            case RefusedPost(Refused.MODEL, message):
                return self._withdrawn(attempt, message)
            case RefusedPost(Refused.BUSY, message, retry_after):
                self.free(attempt)
                return self.park(attempt.drop, Refused.BUSY, message, retry_after or None)
            case RefusedPost(reason, message) if reason in OPENS_CIRCUIT:
                self.free(attempt)
                return self.break_circuit(attempt.drop, reason, message)
            case RefusedPost(reason, message):
                hint = "Change the sidecar and drop again."
                return self._reject(
                    attempt, Refusal(reason.value, f"The upstream refused the request: {message}", hint)
                )
            case Unsent(message):
                self.free(attempt)
                return self.park(attempt.drop, UNREACHABLE, message)

    def park(self, drop: "DropRecord", reason: str, message: str, seconds: float | None = None) -> Done:
        """Try the drop again after so many seconds, or after those that the reason is given; see parked_seconds."""
        busy_times = int(drop.get("busy_times", 0))
        wait = parked_seconds(reason, busy_times, self.jitter) if seconds is None else seconds
        times = drop.get("parked_times", 0) + 1
        busy = busy_times + 1 if reason == Refused.BUSY else None
        self.drops.park(drop["drop_id"], str(reason), message, int(self.clock() + wait), times, busy)
        self.logger.warning("parked", extra={"reason": str(reason), "seconds": wait})
        count(self.metrics, "parked")
        return Done(f"parked: {reason}")

    def break_circuit(self, drop: "DropRecord", reason: Refused, message: str) -> Done:
        """The owner must act: nothing more is sent until a probe says that the cause is gone."""
        if self.circuit.open(str(reason), message, int(self.clock())):
            count(self.metrics, "circuit_opened")
        return self.park(drop, reason, message, self.circuit.probe_seconds)

    def free(self, attempt: Attempt) -> None:
        """Not sent, or refused: the slot and the edit are free again."""
        try:
            self.slots.give_back(attempt.slot, attempt.holder)
        finally:
            self.edits.release(attempt.order.edit_id, attempt.token, int(self.clock()))

    def _accepted(self, attempt: Attempt, task: Accepted, latency: Latency) -> Done:
        """The task is paid for: record it and have it watched. Either of the two is a durable home of its id."""
        order, now = attempt.order, self.clock()
        deadline = deadline_of(now, self.environment.deadline_seconds)
        wait = first_wait(latency, self.environment.first_wait_seconds)
        facts = facts_of_accepted(task, now, deadline, latency, wait)
        try:
            if self.edits.accepted(order.edit_id, attempt.token, task.task_id, now, deadline, task.polling_url):
                count(self.metrics, "submitted")
                count(self.metrics, "charged_usd", order.model.price_usd)
            self.slots.extend(attempt.slot, attempt.holder, deadline + SLOT_MARGIN_SECONDS)
        finally:
            name = self.workflow.start(order.edit_id, 1, facts)
            self.logger.append_keys(execution=name)
        self.drops.unpark(attempt.drop["drop_id"])
        return Done("submitted")

    def _ambiguous(self, attempt: Attempt, message: str) -> Done:
        edit = self.edits.get(attempt.order.edit_id)
        if edit is None:
            raise LookupError(f"the record of edit {attempt.order.edit_id} is gone")
        now = self.clock()
        held = deadline_of(now, self.environment.deadline_seconds)
        self.lost_answer.settle(edit, attempt.token, attempt.slot, message, now, held)
        self.drops.unpark(attempt.drop["drop_id"])
        return Done("ambiguous: may have been charged, not sent again")

    def _withdrawn(self, attempt: Attempt, message: str) -> Settled:
        """The drop ends, or comes back for the fallback; then it leaves the edit before its claim is freed."""
        drop, order = attempt.drop, attempt.order
        instead = fallback_or_refusal(order, drop, self.fallback, message)
        if isinstance(instead, Refusal):
            return self._reject(attempt, instead)
        self.drops.fall_back(drop["drop_id"], order.edit_id, attempt.token, int(self.clock()), instead)
        self.free(attempt)
        self.parking.release_due(int(self.clock()), 1)
        self.logger.warning("fell back", extra={"asked_model": order.model.name})
        count(self.metrics, "fell_back")
        return ComeBack(1, f"{order.model.name} was withdrawn; the fallback takes its place")

    def _reject(self, attempt: Attempt, refusal: Refusal) -> Done:
        """The drop ends before its claim is freed: no slower worker sends the request once more."""
        text = refusal_text(refusal)
        try:
            self.drops.refuse(attempt.drop["drop_id"], text, attempt.token)
        finally:
            self.free(attempt)
        self.parking.release_due(int(self.clock()), 1)
        return Done(self.rejection.notify({**attempt.drop, "refusal": text}, int(self.clock())))
