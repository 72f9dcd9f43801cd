"""finalize: every edit that was paid for ends here: picture and manifest stored, record closed, event published.

Running it again is harmless: the keys, the event and its id are the same.
A picture that download_and_store.py could not fetch is left to the next run by UnfetchedError.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics

from depthdrop import aws
from depthdrop.environment import FinalizeEnvironment, container_host, load, loopback_links_allowed
from depthdrop.notices.compose import Announcer
from depthdrop.notices.events import Event, ObjectRef, Result, Trouble, read_event
from depthdrop.notices.publish import Notices, make_notices
from depthdrop.observe import count
from depthdrop.outbox import Outbox, manifest_key, result_key
from depthdrop.records.drops import Drops
from depthdrop.records.edits import Edits, State
from depthdrop.records.parking import Parking
from depthdrop.records.slots import Slots, holder_of
from depthdrop.records.table import Table
from depthdrop.use_cases.download_and_store import Delivery, Ended, Lost, Outcome, Stored, fresh_look
from depthdrop.watch.learned import Latencies

if TYPE_CHECKING:
    from depthdrop.records.types import EditRecord

_RESUME_HINT = "The task id is kept: the edit can be resumed without paying again."


@dataclass(frozen=True, slots=True)
class Finalize:
    """The use case with its collaborators. `clock` gives epoch seconds."""

    edits: Edits
    outbox: Outbox
    slots: Slots
    parking: Parking
    notices: Notices
    announcer: Announcer
    latencies: Latencies
    delivery: Delivery
    logger: Logger
    metrics: Metrics
    clock: Callable[[], float] = time.time

    def handle(self, state: Mapping[str, Any], seconds_left: Callable[[], float] = lambda: math.inf) -> Outcome:
        """`{"status": "done"}` when the edit has ended, well or not; `seconds_left` is of the invocation."""
        edit = self.edits.get(state["edit_id"])
        if edit is None:
            raise LookupError(f"there is no record of edit {state['edit_id']}")
        is_known = edit.get("task_id") == state["task_id"]
        task_id, submitted_at, attempt = state["task_id"], state["submitted_at"], state["attempt"]
        edit = {**edit, "task_id": task_id, "submitted_at": submitted_at, "attempt": attempt}
        outcome = state["outcome"]
        ready = outcome["status"] == "ready"
        if is_known and (ready or outcome["status"] == "failed"):
            # The upstream is done with it: another task may have the place while this picture is fetched. A task
            # that the record does not name yet waits for its end: this record may be of another POST.
            self._free_slot(edit)
        if edit["state"] == State.SUCCEEDED or (edit["state"] == State.FAILED and not ready):
            # The last run may have broken off anywhere after the record was closed.
            frees_slot = edit["state"] == State.SUCCEEDED or outcome["status"] == "failed"
            return self._close(edit, read_event(edit["event"]), frees_slot=frees_slot)
        if ready:
            done = self._deliver(edit, state, seconds_left)
            # Older versions of the workflow count tries: from the second on the picture had been ready before.
            if edit["attempt"] == 1 and not state.get("download_tries") and "took_seconds" in outcome:
                self.latencies.learn(edit["model"], outcome["took_seconds"])
            return done
        return self._end_without(edit, outcome)

    def _deliver(self, edit: "EditRecord", state: Mapping[str, Any], seconds_left: Callable[[], float]) -> Outcome:
        key_of = partial(result_key, self.outbox.prefix, edit["image_key"], edit["edit_id"])
        match self.delivery.deliver(state, key_of, seconds_left):
            case Stored(result, outcome):
                return self._succeed(edit, result, outcome)
            case Lost(code, message):
                return self._fail(edit, Trouble(code=code, message=message, hint=_RESUME_HINT), resumable=False)
            case Ended(outcome):
                return self._end_without(edit, outcome)

    def _succeed(self, edit: "EditRecord", result: Result, outcome: Outcome) -> Outcome:
        """The manifest is written before the record says that the edit has ended."""
        manifest = ObjectRef(bucket=self.outbox.bucket, key=manifest_key(result.key))
        event = self.announcer.succeeded(
            edit, result, manifest, self.clock(), outcome.get("seed"), outcome.get("duration_seconds")
        )
        data = event.model_dump(mode="json", exclude_none=True)["data"]
        asked = {"settings": json.loads(edit["settings"]), "origins": json.loads(edit["origins"])}
        self.outbox.put_json(manifest.key, {**data, **asked})
        return self._end(edit, State.SUCCEEDED, event, frees_slot=True, took=outcome.get("took_seconds"))

    def _end_without(self, edit: "EditRecord", outcome: Outcome) -> Outcome:
        """The end of a task that has come to no picture."""
        return self._fail(edit, _trouble_of(outcome), resumable=outcome["status"] != "failed")

    def _fail(self, edit: "EditRecord", trouble: Trouble, *, resumable: bool) -> Outcome:
        event = self.announcer.failed(edit, trouble, self.clock())
        # After a deadline the upstream may still be at work: its slot is held until the lease is over.
        return self._end(edit, State.FAILED, event, frees_slot=not resumable)

    def _end(
        self, edit: "EditRecord", state: State, event: Event, *, frees_slot: bool, took: float | None = None
    ) -> Outcome:
        now = int(self.clock())
        lost = self.edits.end(edit["edit_id"], edit["task_id"], state, now, event.to_json())
        if lost is not None:
            found = lost.found
            if found is None or "event" not in found or found.get("task_id") != edit["task_id"]:
                raise LookupError(f"edit {edit['edit_id']} is {found and found['state']} with another task")
            event = read_event(found["event"])
        else:
            self._count(edit, state, took)
        return self._close(edit, event, frees_slot=frees_slot)

    def _close(self, edit: "EditRecord", event: Event, *, frees_slot: bool) -> Outcome:
        """What follows the record; each step may be repeated."""
        if frees_slot:
            self._free_slot(edit)
        self.notices.publish(event)
        now = self.clock()
        self.edits.notified(edit["edit_id"], State(event.type.status.upper()), int(now))
        if "notified_at" not in edit:
            count(self.metrics, "seconds_to_notified", round(now - float(edit["created_at"]), 1))
        self.logger.info("notified", extra={"type": event.type.value, "event_id": event.id})
        return {"status": "done"}

    def _count(self, edit: "EditRecord", state: State, took: float | None) -> None:
        """What this run brought to its end; `edit` is the record as it was before."""
        count(self.metrics, state.lower())
        if took is not None:
            count(self.metrics, "seconds_to_ready", took)
        if edit["state"] in {State.POSTING, State.AMBIGUOUS}:
            count(self.metrics, "charged_usd", edit["usd"])  # nobody knew of the task before
        if state is State.FAILED and edit["state"] != State.AMBIGUOUS:  # counted as lost when it became that
            count(self.metrics, "charged_but_lost_usd", edit["usd"])

    def _free_slot(self, edit: "EditRecord") -> None:
        """Once a run: `edit` forgets its slot."""
        slot = edit.pop("slot", None)
        if slot is not None:
            self.slots.give_back(slot, holder_of(edit["edit_id"], edit["token"]))
            self.parking.release_due(int(self.clock()), 1)


def _trouble_of(outcome: Mapping[str, Any]) -> Trouble:
    if outcome["status"] == "failed":
        hint = (
            "Change the prompt or the picture, or raise safety_tolerance, and drop again."
            if outcome["code"] == "moderated"
            else "Drop it again with a new rerun value to pay for another try."
        )
        return Trouble(code=outcome["code"], message=outcome["message"], hint=hint)
    code = outcome.get("code", "poll_broken")
    return Trouble(code=code, message=outcome.get("message", "The task could not be watched."), hint=_RESUME_HINT)


def from_environment(logger: Logger, metrics: Metrics) -> Finalize:
    environment = load(FinalizeEnvironment)
    table = Table(environment.edits_table, aws.dynamodb())
    outbox = Outbox(environment.outbox_bucket, environment.outbox_prefix, aws.s3())
    parking = Parking(Drops(table), aws.when_needed(aws.sqs), environment.inbox_queue_url)
    announcer = Announcer(environment.event_source, environment.inbox_bucket)
    look = partial(fresh_look, environment.poll_function_name, aws.when_needed(aws.functions), logger)
    delivery = Delivery(outbox, look, logger, loopback_links_allowed(), container_host())
    edits, slots, latencies = Edits(table), Slots(table, environment.slots), Latencies(table, logger)
    bus, hours = environment.event_bus_name, environment.download_link_hours
    notices = make_notices(environment.notifications_topic_arn, bus, hours)
    return Finalize(edits, outbox, slots, parking, notices, announcer, latencies, delivery, logger, metrics)
