"""The purchase: claim, slot, one POST, and the record of what it came to. Nothing else in the project spends.

budget left? ── circuit closed? ── claim ours? ── slot free? ── POSTING, its price reserved ── POST
    accepted   → SUBMITTED, execution started
    refused    → RELEASED; parked, a rejection, or back as an order of the fallback
    unsent     → RELEASED; parked for a minute
    ambiguous  → AMBIGUOUS; told, never sent again
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from botocore.exceptions import BotoCoreError, ClientError

from depthdrop.drop.refusal import Refusal
from depthdrop.environment import SubmitEnvironment
from depthdrop.inbox.message import ComeBack, Done, Settled
from depthdrop.inbox.order import Order
from depthdrop.notices.compose import Announcer
from depthdrop.notices.publish import Notices
from depthdrop.notices.rejection import Rejection, refusal_text
from depthdrop.observe import count
from depthdrop.records.budget import Budget, OverBudgetError, budget_text, day_of
from depthdrop.records.circuit import Circuit
from depthdrop.records.drops import BUDGET, NO_SLOT, UNREACHABLE, Drops, still_asks
from depthdrop.records.edits import LEASE_MARGIN_SECONDS, SETTLE_AFTER_LEASE_SECONDS, Edits, NewEdit, State
from depthdrop.records.parking import Parking
from depthdrop.records.slots import SLOT_MARGIN_SECONDS, Slots, holder_of
from depthdrop.records.table import Item
from depthdrop.settings.catalogue import warnings_of
from depthdrop.settings.edit_settings import EditSettings
from depthdrop.settings.model import Model
from depthdrop.upstream.key import KeyMissingError, UpstreamKey
from depthdrop.upstream.post_outcome import (
    Accepted,
    Ambiguous,
    PostOutcome,
    Refused,
    RefusedPost,
    Unsent,
    classify_post,
)
from depthdrop.use_cases.fallback import fallback_or_refusal
from depthdrop.watch.latency import Latency
from depthdrop.watch.learned import Latencies
from depthdrop.watch.schedule import first_wait
from depthdrop.watch.workflow import Workflow, facts_of_accepted

if TYPE_CHECKING:
    from depthdrop.upstream.answer import Observation
    from depthdrop.upstream.client import Upstream
    from depthdrop.upstream.request import PostRequest

_SLOT_PATIENCE_SECONDS = 4.0
_SLOT_LOOK_SECONDS = 0.25
_AFTER_POST_SECONDS = 15  # kept of the Lambda's time to record what the POST came to
_POST_NEEDS_SECONDS = 45  # with less, a slow answer would be cut off, and what is cut off may be charged
_PARKED_SECONDS: dict[str, float] = {  # when nothing better is known, such as a Retry-After
    NO_SLOT: 0,  # due at once: whoever frees a slot takes the oldest
    UNREACHABLE: 60,
    Refused.BUSY: 30,
}
_OPENS_CIRCUIT = frozenset({Refused.KEY, Refused.BALANCE})
_LONGEST_BACK_OFF_SECONDS = 900


def random_token() -> str:
    """New for every invocation: a claim is its invocation's and nobody else's."""
    return token_hex(16)


@dataclass(frozen=True, slots=True)
class Purchase:
    """The collaborators of one paid request. `clock` gives epoch seconds."""

    environment: SubmitEnvironment
    edits: Edits
    drops: Drops
    slots: Slots
    circuit: Circuit
    budget: Budget
    parking: Parking
    upstream: "Upstream"
    key: UpstreamKey
    workflow: Workflow
    latencies: Latencies
    notices: Notices
    announcer: Announcer
    rejection: Rejection
    logger: Logger
    metrics: Metrics
    fallback: Model | None = None  # the owner may opt in
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    make_token: Callable[[], str] = random_token
    jitter: Callable[[], float] = random.random

    def buy(self, drop: Item, order: Order, seconds_left: Callable[[], float]) -> Settled:
        """Pay for this order unless somebody else has it; a live claim of another worker is no ACK."""
        now = int(self.clock())
        room = self.budget.room(now)
        if room is not None and room < order.model.price_usd:
            return self._wait_for_budget(drop, order)
        passage = self.circuit.ask(now)
        if passage.blocked:
            return self._park(drop, passage.reason, passage.message, passage.not_before - now)
        try:
            key = self.key.current()
        except KeyMissingError as error:
            return self._break_circuit(drop, Refused.KEY, str(error))
        latency = self.latencies.of(order.model.name)  # before the POST: nothing may come between it and its record
        send = self.upstream.post  # whatever has to be loaded for it is loaded before the claim
        token = self.make_token()
        slot = self._ready(drop, order, token, now, seconds_left)
        if not isinstance(slot, str):
            return slot
        outcome = self._post(send, order, key, seconds_left)
        done = self._record_outcome(drop, order, token, slot, outcome, latency)
        if passage.is_probe and not _says_nothing_of_the_cause(outcome):
            self.circuit.close()
        return done

    def _ready(
        self, drop: Item, order: Order, token: str, now: int, seconds_left: Callable[[], float]
    ) -> str | Settled:
        """The slot that the POST may be sent from: the edit stands as POSTING, under this token."""
        lease = self.environment.submit_timeout_seconds + LEASE_MARGIN_SECONDS
        not_ours = self._claim(drop, order, token, now, lease)
        if not_ours is not None:
            return not_ours
        abandoned_at = now + lease + SETTLE_AFTER_LEASE_SECONDS
        # As long as a POST may stand unsettled: an answer that its worker could not record keeps its place.
        slot = self._slot(holder_of(order.edit_id, token), abandoned_at + SLOT_MARGIN_SECONDS)
        if slot is None:
            self.edits.release(order.edit_id, token, now)
            return self._park(drop, NO_SLOT, "Every slot is taken.")
        if seconds_left() < _POST_NEEDS_SECONDS:
            self._free(order, token, slot)
            return ComeBack(1, "too little time is left for a paid request")
        posting_at = int(self.clock())
        reservation = self.budget.reservation(order.model.price_usd, posting_at)
        try:
            ours = self.edits.post(order.edit_id, token, posting_at, slot, abandoned_at, reservation)
        except OverBudgetError:
            self._free(order, token, slot)
            return self._wait_for_budget(drop, order)
        except Exception:
            self._free(order, token, slot)  # whether or not that was written: this worker will not send
            raise
        if not ours:
            self.slots.give_back(slot, holder_of(order.edit_id, token))
            return ComeBack(5, "the claim was lost before the POST")
        return slot

    def _claim(self, drop: Item, order: Order, token: str, now: int, lease: int) -> ComeBack | None:
        """None when the edit is ours, and still what the drop asks for."""
        lost = self.edits.claim(new_edit(drop, order.model, order.settings), token, now, lease)
        if lost is not None and (lost.found is None or lost.found.get("token") != token):
            return ComeBack(5, "another worker was faster")
        if not still_asks(self.drops.get(drop["drop_id"]), order.edit_id):
            self.edits.release(order.edit_id, token, now)
            return ComeBack(1, "the drop was refused meanwhile, or asks for the fallback")
        return None

    def _slot(self, holder: str, lease_until: int) -> str | None:
        waited = 0.0
        while (slot := self.slots.take(holder, int(self.clock()), lease_until)) is None:
            if waited >= _SLOT_PATIENCE_SECONDS:
                return None
            self.sleep(_SLOT_LOOK_SECONDS)
            waited += _SLOT_LOOK_SECONDS
        return slot

    def _post(
        self,
        send: "Callable[[PostRequest, str, float], Observation]",
        order: Order,
        key: str,
        seconds_left: Callable[[], float],
    ) -> PostOutcome:
        """POST once. Only a provably refused key is tried again, once, when the secret has a newer one."""
        outcome = classify_post(send(order.request, key, seconds_left() - _AFTER_POST_SECONDS))
        if isinstance(outcome, RefusedPost) and outcome.reason is Refused.KEY:
            try:
                newer = self.key.refetched()
            except (KeyMissingError, ClientError, BotoCoreError):
                return outcome  # whatever the secret's trouble is, this POST was refused
            if newer != key and seconds_left() > 2 * _AFTER_POST_SECONDS:
                return classify_post(send(order.request, newer, seconds_left() - _AFTER_POST_SECONDS))
        return outcome

    def _record_outcome(
        self, drop: Item, order: Order, token: str, slot: str, outcome: PostOutcome, latency: Latency
    ) -> Settled:
        task_id = outcome.task_id if isinstance(outcome, Accepted) else None  # a home of last resort
        self.logger.info("posted", extra={"outcome": type(outcome).__name__, "task_id": task_id})
        for warning in warnings_of(order.model.name, drop.get("asked_model"), self.clock()):
            self.logger.warning("model", extra={"warning": warning})
        match outcome:
            case Accepted():
                return self._accepted(drop, order, token, slot, outcome, latency)
            case Ambiguous(message):
                return self._ambiguous(drop, order, token, slot, message)
            case RefusedPost(Refused.MODEL, message):
                return self._withdrawn(drop, order, token, slot, message)
            case RefusedPost(Refused.BUSY, message, retry_after):
                self._free(order, token, slot)
                return self._park(drop, Refused.BUSY, message, retry_after or self._back_off(drop))
            case RefusedPost(reason, message) if reason in _OPENS_CIRCUIT:
                self._free(order, token, slot)
                return self._break_circuit(drop, reason, message)
            case RefusedPost(reason, message):
                hint = "Change the sidecar and drop again."
                refusal = Refusal(reason.value, f"The upstream refused the request: {message}", hint)
                return self._reject(drop, order, token, slot, refusal)
            case Unsent(message):
                self._free(order, token, slot)
                return self._park(drop, UNREACHABLE, message)

    def _withdrawn(self, drop: Item, order: Order, token: str, slot: str, message: str) -> Settled:
        """The drop ends, or comes back for the fallback; then it leaves the edit before its claim is freed."""
        instead = fallback_or_refusal(order, drop, self.fallback, message)
        if isinstance(instead, Refusal):
            return self._reject(drop, order, token, slot, instead)
        self.drops.fall_back(drop["drop_id"], order.edit_id, token, int(self.clock()), instead)
        self._free(order, token, slot)
        self.parking.release_due(int(self.clock()), 1)
        self.logger.warning("fell back", extra={"asked_model": order.model.name})
        count(self.metrics, "fell_back")
        return ComeBack(1, f"{order.model.name} was withdrawn; the fallback takes its place")

    def _reject(self, drop: Item, order: Order, token: str, slot: str, refusal: Refusal) -> Done:
        """The drop ends before its claim is freed: no slower worker sends the request once more."""
        text = refusal_text(refusal)
        try:
            self.drops.refuse(drop["drop_id"], text, token)
        finally:
            self._free(order, token, slot)
        self.parking.release_due(int(self.clock()), 1)
        return Done(self.rejection.tell({**drop, "refusal": text}, int(self.clock())))

    def _accepted(
        self, drop: Item, order: Order, token: str, slot: str, outcome: Accepted, latency: Latency
    ) -> Done:
        """The task is paid for: record it and have it watched. Either of the two is a durable home of its id."""
        now = self.clock()
        deadline = int(now) + self.environment.deadline_seconds
        facts = facts_of_accepted(
            outcome, now, deadline, latency, first_wait(latency, self.environment.first_wait_seconds)
        )
        try:
            if self.edits.accepted(order.edit_id, token, outcome.task_id, now, deadline, outcome.polling_url):
                count(self.metrics, "submitted")
                count(self.metrics, "charged_usd", order.model.price_usd)
            self.slots.extend(slot, holder_of(order.edit_id, token), deadline + SLOT_MARGIN_SECONDS)
        finally:
            name = self.workflow.start(order.edit_id, 1, facts)
            self.logger.append_keys(execution=name)
        self.drops.unpark(drop["drop_id"])
        return Done("submitted")

    def _ambiguous(self, drop: Item, order: Order, token: str, slot: str, message: str) -> Done:
        """The slot stays held: the upstream may be at work on a task nobody knows."""
        edit = self.edits.get(order.edit_id)
        if edit is None:
            raise LookupError(f"the record of edit {order.edit_id} is gone")
        event = self.announcer.ambiguous(edit, message, self.clock())
        now = int(self.clock())
        self.slots.extend(slot, holder_of(order.edit_id, token), now + self.environment.deadline_seconds)
        if self.edits.ambiguous(order.edit_id, token, now, event.to_json()):
            count(self.metrics, "ambiguous")
            count(self.metrics, "charged_but_lost_usd", edit["usd"])
            self.notices.publish(event)
            self.edits.notified(order.edit_id, State.AMBIGUOUS, now)
        self.drops.unpark(drop["drop_id"])
        return Done("ambiguous: may have been charged, not sent again")

    def _free(self, order: Order, token: str, slot: str) -> None:
        try:
            self.slots.give_back(slot, holder_of(order.edit_id, token))
        finally:
            self.edits.release(order.edit_id, token, int(self.clock()))

    def _break_circuit(self, drop: Item, reason: Refused, message: str) -> Done:
        """The owner must act: nothing more is sent until a probe says that the cause is gone."""
        if self.circuit.open(str(reason), message, int(self.clock())):
            count(self.metrics, "circuit_opened")
        return self._park(drop, reason, message, self.circuit.probe_seconds)

    def _wait_for_budget(self, drop: Item, order: Order) -> Done:
        """Nothing was sent. The owner is told once for each day and limit."""
        now = int(self.clock())
        limit = self.budget.limit_usd
        reserved = self.budget.reserved(now)
        message = budget_text(day_of(now), limit, reserved, order.model.price_usd)
        event = self.announcer.budget_reached(drop, message, limit, reserved, now)
        if self.budget.reach(now, event.to_json()):
            self.notices.publish(event)
            self.budget.mark_notified(day_of(now))
            count(self.metrics, "budget_reached")
        return self._park(drop, BUDGET, message, 0)

    def _back_off(self, drop: Item) -> float:
        """Twice as long each time that the upstream was busy, and never the same for all who wait."""
        doublings = min(int(drop.get("busy_times", 0)), 10)
        longest = min(_PARKED_SECONDS[Refused.BUSY] * 2.0**doublings, _LONGEST_BACK_OFF_SECONDS)
        return longest * (0.5 + self.jitter() / 2)

    def _park(self, drop: Item, reason: str, message: str, seconds: float | None = None) -> Done:
        wait = _PARKED_SECONDS[reason] if seconds is None else seconds
        times = drop.get("parked_times", 0) + 1
        busy_times = drop.get("busy_times", 0) + 1 if reason == Refused.BUSY else None
        self.drops.park(drop["drop_id"], str(reason), message, int(self.clock() + wait), times, busy_times)
        self.logger.warning("parked", extra={"reason": str(reason), "seconds": wait})
        count(self.metrics, "parked")
        return Done(f"parked: {reason}")


def _says_nothing_of_the_cause(outcome: PostOutcome) -> bool:
    """Whether the circuit's cause may still stand: it was met again, or nobody answered."""
    return isinstance(outcome, Unsent) or (isinstance(outcome, RefusedPost) and outcome.reason in _OPENS_CIRCUIT)


def new_edit(drop: Item, model: Model, settings: EditSettings) -> NewEdit:
    """What a claim of this drop's edit writes down."""
    return NewEdit(
        edit_id=drop["edit_id"],
        drop_id=drop["drop_id"],
        image_key=drop["image_key"],
        image_etag=drop["image_etag"],
        sidecar_key=drop.get("sidecar_key"),
        model=model.name,
        settings=drop["settings"],
        origins=drop["origins"],
        metadata=json.dumps(settings.metadata, ensure_ascii=False),
        usd=model.price_usd,
        asked_model=drop.get("asked_model"),
        supersedes=drop.get("supersedes"),
    )
