"""The purchase: claim, slot, one POST. Nothing else in the project spends.

budget left? ── circuit closed? ── claim ours? ── slot free? ── POSTING, its price reserved ── POST ── settlement.py
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from depthdrop.environment import SubmitEnvironment
from depthdrop.inbox.message import ComeBack, Done, Settled
from depthdrop.inbox.order import Order
from depthdrop.notices.compose import Announcer
from depthdrop.notices.publish import Notices
from depthdrop.observe import count
from depthdrop.records.budget import Budget, OverBudgetError, budget_text, day_of
from depthdrop.records.circuit import Circuit
from depthdrop.records.drops import BUDGET, NO_SLOT, Drops, still_asks
from depthdrop.records.edits import LEASE_MARGIN_SECONDS, SETTLE_AFTER_LEASE_SECONDS, Edits
from depthdrop.records.slots import SLOT_MARGIN_SECONDS, Slots, holder_of
from depthdrop.settings.edit_settings import EditSettings
from depthdrop.settings.model import Model
from depthdrop.upstream.key import KeyMissingError, UpstreamKey
from depthdrop.upstream.post_outcome import PostOutcome, Refused, RefusedPost, classify_post
from depthdrop.use_cases.retry import leaves_circuit_open
from depthdrop.use_cases.settlement import Attempt, Settlement
from depthdrop.watch.learned import Latencies

if TYPE_CHECKING:
    from depthdrop.records.types import DropRecord, NewEdit
    from depthdrop.upstream.answer import Observation
    from depthdrop.upstream.client import Upstream
    from depthdrop.upstream.request import PostRequest

    _Send = Callable[[PostRequest, str, float], Observation]

_SLOT_PATIENCE_SECONDS = 4.0
_SLOT_LOOK_SECONDS = 0.25
_AFTER_POST_SECONDS = 15  # kept of the Lambda's time to record what the POST came to
_POST_NEEDS_SECONDS = 45  # with less, a slow answer would be cut off, and what is cut off may be charged


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
    upstream: "Upstream"
    key: UpstreamKey
    latencies: Latencies
    notices: Notices
    announcer: Announcer
    settlement: Settlement
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    make_token: Callable[[], str] = random_token

    def buy(self, drop: "DropRecord", order: Order, seconds_left: Callable[[], float]) -> Settled:
        """Pay for this order unless another worker has it; then the message is not acknowledged."""
        now = int(self.clock())
        room = self.budget.room(now)
        if room is not None and room < order.model.price_usd:
            return self._wait_for_budget(drop, order)
        passage = self.circuit.ask(now)
        if passage.blocked:
            return self.settlement.park(drop, passage.reason, passage.message, passage.not_before - now)
        try:
            key = self.key.current()
        except KeyMissingError as error:
            return self.settlement.break_circuit(drop, Refused.KEY, str(error))
        latency = self.latencies.of(order.model.name)  # before the POST: nothing may come between it and its record
        send = self.upstream.post  # whatever has to be loaded for it is loaded before the claim
        attempt = self._ready(drop, order, now, seconds_left)
        if not isinstance(attempt, Attempt):
            return attempt
        outcome = self._post(send, order, key, seconds_left)
        done = self.settlement.settle(attempt, outcome, latency)
        if passage.is_probe and not leaves_circuit_open(outcome):
            self.circuit.close()
        return done

    def _ready(
        self, drop: "DropRecord", order: Order, now: int, seconds_left: Callable[[], float]
    ) -> Attempt | Settled:
        """The request as it may be sent: the edit is POSTING, under this attempt's token and from its slot."""
        token = self.make_token()
        lease = self.environment.submit_timeout_seconds + LEASE_MARGIN_SECONDS
        not_ours = self._claim(drop, order, token, now, lease)
        if not_ours is not None:
            return not_ours
        abandoned_at = now + lease + SETTLE_AFTER_LEASE_SECONDS
        # As long as a POST may be unsettled: an answer that its worker could not record keeps its place.
        slot = self._slot(holder_of(order.edit_id, token), abandoned_at + SLOT_MARGIN_SECONDS)
        if slot is None:
            self.edits.release(order.edit_id, token, now)
            return self.settlement.park(drop, NO_SLOT, "Every slot is taken.")
        attempt = Attempt(drop, order, token, slot)
        if seconds_left() < _POST_NEEDS_SECONDS:
            self.settlement.free(attempt)
            return ComeBack(1, "too little time is left for a paid request")
        posting_at = int(self.clock())
        reservation = self.budget.reservation(order.model.price_usd, posting_at)
        try:
            ours = self.edits.post(order.edit_id, token, posting_at, slot, abandoned_at, reservation)
        except OverBudgetError:
            self.settlement.free(attempt)
            return self._wait_for_budget(drop, order)
        except Exception:
            self.settlement.free(attempt)  # whether or not that was written: this worker will not send
            raise
        if not ours:
            self.slots.give_back(slot, attempt.holder)
            return ComeBack(5, "the claim was lost before the POST")
        return attempt

    def _claim(self, drop: "DropRecord", order: Order, token: str, now: int, lease: int) -> ComeBack | None:
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

    def _post(self, send: "_Send", order: Order, key: str, seconds_left: Callable[[], float]) -> PostOutcome:
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

    def _wait_for_budget(self, drop: "DropRecord", order: Order) -> Done:
        """Nothing was sent. The owner is notified once for each day and limit."""
        now = int(self.clock())
        limit = self.budget.limit_usd
        reserved = self.budget.reserved(now)
        message = budget_text(day_of(now), limit, reserved, order.model.price_usd)
        event = self.announcer.budget_reached(drop, message, limit, reserved, now)
        if self.budget.reach(now, event.to_json()):
            self.notices.publish(event)
            self.budget.mark_notified(day_of(now))
            count(self.settlement.metrics, "budget_reached")
        return self.settlement.park(drop, BUDGET, message)


def new_edit(drop: "DropRecord", model: Model, settings: EditSettings) -> "NewEdit":
    """What a claim of this drop's edit writes down."""
    return {
        "edit_id": drop["edit_id"],
        "drop_id": drop["drop_id"],
        "image_key": drop["image_key"],
        "image_etag": drop["image_etag"],
        "sidecar_key": drop.get("sidecar_key"),
        "model": model.name,
        "settings": drop["settings"],
        "origins": drop["origins"],
        "metadata": json.dumps(settings.metadata, ensure_ascii=False),
        "usd": model.price_usd,
        "asked_model": drop.get("asked_model"),
        "supersedes": drop.get("supersedes"),
    }
