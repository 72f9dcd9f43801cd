"""The purchase: claim, slot, one POST, and the record of what it came to. Nothing else in the project spends.

circuit closed? ── claim ours? ── slot free? ── POSTING ── POST ──┬ accepted  → SUBMITTED, execution started
                                                                  ├ refused   → RELEASED; parked, or a rejection
                                                                  ├ unsent    → RELEASED; parked for a minute
                                                                  └ ambiguous → AMBIGUOUS; told, never sent again
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from depthdrop.announce import Announcer
from depthdrop.circuit import Circuit
from depthdrop.dropped import Order
from depthdrop.drops import NO_SLOT, UNREACHABLE, Drops
from depthdrop.edits import LEASE_MARGIN_SECONDS, SETTLE_AFTER_LEASE_SECONDS, Edits, NewEdit, State
from depthdrop.environment import SubmitEnvironment
from depthdrop.notices import Notices
from depthdrop.observe import count
from depthdrop.outcomes import Accepted, Ambiguous, PostOutcome, Refused, RefusedPost, Unsent
from depthdrop.parking import Parking
from depthdrop.post_outcome import classify_post
from depthdrop.refusal import Refusal
from depthdrop.rejection import Rejection, refusal_text
from depthdrop.settled import ComeBack, Done, Settled
from depthdrop.slots import SLOT_MARGIN_SECONDS, Slots, holder_of
from depthdrop.table import Item
from depthdrop.upstream import Upstream
from depthdrop.upstream_key import KeyMissingError, UpstreamKey
from depthdrop.workflow import Workflow

_SLOT_PATIENCE_SECONDS = 4.0
_SLOT_LOOK_SECONDS = 0.5
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
    parking: Parking
    upstream: Upstream
    key: UpstreamKey
    workflow: Workflow
    notices: Notices
    announcer: Announcer
    rejection: Rejection
    logger: Logger
    metrics: Metrics
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    make_token: Callable[[], str] = random_token
    jitter: Callable[[], float] = random.random

    def buy(self, drop: Item, order: Order, seconds_left: Callable[[], float]) -> Settled:
        """Pay for this order unless somebody else has it; a live claim of another worker is no ACK."""
        now = int(self.clock())
        passage = self.circuit.ask(now)
        if passage.blocked:
            return self._park(drop, passage.reason, passage.message, passage.not_before - now)
        try:
            key = self.key.current()
        except KeyMissingError as error:
            return self._break_circuit(drop, Refused.KEY, str(error))
        token = self.make_token()
        lease = self.environment.submit_timeout_seconds + LEASE_MARGIN_SECONDS
        lost = self.edits.claim(_new_edit(drop, order), token, now, lease)
        if lost is not None and (lost.found is None or lost.found.get("token") != token):
            return ComeBack(5, "another worker was faster")
        abandoned_at = now + lease + SETTLE_AFTER_LEASE_SECONDS
        # As long as a POST may stand unsettled: an answer that its worker could not record keeps its place.
        slot = self._slot(holder_of(order.edit_id, token), abandoned_at + SLOT_MARGIN_SECONDS)
        if slot is None:
            self.edits.release(order.edit_id, token, now)
            return self._park(drop, NO_SLOT, "Every slot is taken.")
        if seconds_left() < _POST_NEEDS_SECONDS:
            self._free(order, token, slot)
            return ComeBack(1, "too little time is left for a paid request")
        try:
            ours = self.edits.post(order.edit_id, token, int(self.clock()), slot, abandoned_at)
        except Exception:
            self._free(order, token, slot)  # whether or not that was written: this worker will not send
            raise
        if not ours:
            self.slots.give_back(slot, holder_of(order.edit_id, token))
            return ComeBack(5, "the claim was lost before the POST")
        outcome = self._post(order, key, seconds_left)
        done = self._record_outcome(drop, order, token, slot, outcome)
        if passage.is_probe and not _says_nothing_of_the_cause(outcome):
            self.circuit.close()
        return done

    def _slot(self, holder: str, lease_until: int) -> str | None:
        waited = 0.0
        while (slot := self.slots.take(holder, int(self.clock()), lease_until)) is None:
            if waited >= _SLOT_PATIENCE_SECONDS:
                return None
            self.sleep(_SLOT_LOOK_SECONDS)
            waited += _SLOT_LOOK_SECONDS
        return slot

    def _post(self, order: Order, key: str, seconds_left: Callable[[], float]) -> PostOutcome:
        """POST once. Only a provably refused key is tried again, once, when the secret has a newer one."""
        outcome = classify_post(self.upstream.post(order.request, key, seconds_left() - _AFTER_POST_SECONDS))
        if isinstance(outcome, RefusedPost) and outcome.reason is Refused.KEY:
            try:
                newer = self.key.refetched()
            except (KeyMissingError, GetParameterError):
                return outcome  # whatever the secret's trouble is, this POST was refused
            if newer != key and seconds_left() > 2 * _AFTER_POST_SECONDS:
                return classify_post(self.upstream.post(order.request, newer, seconds_left() - _AFTER_POST_SECONDS))
        return outcome

    def _record_outcome(self, drop: Item, order: Order, token: str, slot: str, outcome: PostOutcome) -> Done:
        task_id = outcome.task_id if isinstance(outcome, Accepted) else None  # a home of last resort
        self.logger.info("posted", extra={"outcome": type(outcome).__name__, "task_id": task_id})
        match outcome:
            case Accepted():
                return self._accepted(drop, order, token, slot, outcome)
            case Ambiguous(message):
                return self._ambiguous(drop, order, token, slot, message)
            case RefusedPost(reason, message, retry_after):
                self._free(order, token, slot)
                if reason in _OPENS_CIRCUIT:
                    return self._break_circuit(drop, reason, message)
                if reason is Refused.BUSY:
                    return self._park(drop, reason, message, retry_after or self._back_off(drop))
                self.parking.release_due(int(self.clock()), 1)
                text = refusal_text(_refusal_of(reason, message, order))
                self.drops.refuse(drop["drop_id"], text)
                return self.rejection.tell({**drop, "refusal": text}, int(self.clock()))
            case Unsent(message):
                self._free(order, token, slot)
                return self._park(drop, UNREACHABLE, message)

    def _accepted(self, drop: Item, order: Order, token: str, slot: str, outcome: Accepted) -> Done:
        """The task is paid for: record it and have it watched. Either of the two is a durable home of its id."""
        now = self.clock()
        deadline = int(now) + self.environment.deadline_seconds
        facts = {
            "task_id": outcome.task_id,
            "polling_url": outcome.polling_url,
            "submitted_at": now,
            "deadline_at": deadline,
            "wait_seconds": self.environment.first_wait_seconds,
        }
        try:
            self.edits.accepted(order.edit_id, token, outcome.task_id, now, deadline, outcome.polling_url)
            self.slots.extend(slot, holder_of(order.edit_id, token), deadline + SLOT_MARGIN_SECONDS)
        finally:
            self.workflow.start(order.edit_id, 1, facts)
        self.drops.unpark(drop["drop_id"])
        count(self.metrics, "submitted")
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
            self.notices.publish(event)
            self.edits.notified(order.edit_id, State.AMBIGUOUS, now)
        self.drops.unpark(drop["drop_id"])
        count(self.metrics, "ambiguous")
        return Done("ambiguous: may have been charged, not sent again")

    def _free(self, order: Order, token: str, slot: str) -> None:
        try:
            self.slots.give_back(slot, holder_of(order.edit_id, token))
        finally:
            self.edits.release(order.edit_id, token, int(self.clock()))

    def _break_circuit(self, drop: Item, reason: Refused, message: str) -> Done:
        """The owner must act: nothing more is sent until a probe says that the cause is gone."""
        self.circuit.open(str(reason), message, int(self.clock()))
        count(self.metrics, "circuit_opened")
        return self._park(drop, reason, message, self.circuit.probe_seconds)

    def _back_off(self, drop: Item) -> float:
        """Twice as long each time, and never the same for all who wait."""
        doublings = min(int(drop.get("parked_times", 0)), 10)
        longest = min(_PARKED_SECONDS[Refused.BUSY] * 2.0**doublings, _LONGEST_BACK_OFF_SECONDS)
        return longest * (0.5 + self.jitter() / 2)

    def _park(self, drop: Item, reason: str, message: str, seconds: float | None = None) -> Done:
        wait = _PARKED_SECONDS[reason] if seconds is None else seconds
        times = drop.get("parked_times", 0) + 1
        self.drops.park(drop["drop_id"], str(reason), message, int(self.clock() + wait), times)
        self.logger.warning("parked", extra={"reason": str(reason), "seconds": wait})
        count(self.metrics, "parked")
        return Done(f"parked: {reason}")


def _says_nothing_of_the_cause(outcome: PostOutcome) -> bool:
    """Whether the circuit's cause may still stand: it was met again, or nobody answered."""
    return isinstance(outcome, Unsent) or (isinstance(outcome, RefusedPost) and outcome.reason in _OPENS_CIRCUIT)


def _new_edit(drop: Item, order: Order) -> NewEdit:
    return NewEdit(
        edit_id=order.edit_id,
        drop_id=drop["drop_id"],
        image_key=drop["image_key"],
        image_etag=drop["image_etag"],
        sidecar_key=drop.get("sidecar_key"),
        model=order.model.name,
        settings=drop["settings"],
        origins=drop["origins"],
        metadata=json.dumps(order.settings.metadata, ensure_ascii=False),
        usd=order.model.price_usd,
    )


def _refusal_of(reason: Refused, message: str, order: Order) -> Refusal:
    if reason is Refused.MODEL:
        successor = order.model.successor
        hint = f"Its successor is {successor}." if successor else "Ask for another model."
        return Refusal(reason.value, f"The upstream no longer offers {order.model.name}: {message}", hint, "model")
    return Refusal(
        reason.value, f"The upstream refused the request: {message}", "Change the sidecar and drop again."
    )
