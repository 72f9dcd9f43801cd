"""sweep: finishes what a crash left open. It reads the index of open records and never spends.

state       what is due                        what sweep does
CLAIMED     lease over, nobody came back       sends the drop to submit again; gives up a claim that it has left
POSTING     lease and patience over            AMBIGUOUS, one event; SUBMITTED when an execution knows the task;
                                               RELEASED when the drop knows that it was refused
SUBMITTED   recorded                           sees that an execution runs
ended       notice not confirmed               publishes the stored event again
parked      its time has come                  sends the drop to submit again, no more than there are slots; one
                                               while the circuit is open
over budget the day's budget has room          lets so many go on as may be paid for; notifies once that it was
                                               reached, if nobody was notified
files       alone for the set time             reported once as unpaired, when a listing shows them alone
letters     in a dead-letter queue             notified once, or removed when the record shows them settled

Asked to resume a failed edit, it has its task watched again without paying again.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics

from depthdrop import aws
from depthdrop.drop.identities import execution_name
from depthdrop.environment import SweepEnvironment, load
from depthdrop.inbox.bucket import Inbox
from depthdrop.notices import events
from depthdrop.notices.compose import Announcer
from depthdrop.notices.publish import Notices, make_notices
from depthdrop.observe import count
from depthdrop.records.budget import Budget
from depthdrop.records.circuit import Circuit
from depthdrop.records.drops import Drops, has_left, was_refused
from depthdrop.records.edits import Edits, State
from depthdrop.records.files import Files
from depthdrop.records.parking import Parking
from depthdrop.records.slots import SLOT_MARGIN_SECONDS, Slots, holder_of
from depthdrop.records.table import Table
from depthdrop.settings.models_and_prices import CHEAPEST_USD
from depthdrop.use_cases.dead_letters import DeadLetters
from depthdrop.use_cases.lost_answer import LostAnswer
from depthdrop.use_cases.unpaired import Unpaired
from depthdrop.watch.deadline import deadline_of
from depthdrop.watch.workflow import Workflow, facts_of

if TYPE_CHECKING:
    from depthdrop.records.types import EditRecord

_BATCH = 100
_GO_ON = 500  # drops in one round; each is one write
_LOOK_AGAIN_SECONDS = 600
_MOST_DOUBLINGS = 6  # at most ten hours and forty minutes between two looks
_LOST_ANSWER = "The worker that sent the request never reported its outcome."


@dataclass(frozen=True, slots=True)
class Sweep:
    """The use case with its collaborators. `clock` gives epoch seconds."""

    edits: Edits
    parking: Parking
    workflow: Workflow
    notices: Notices
    lost_answer: LostAnswer
    circuit: Circuit
    budget: Budget
    unpaired: Unpaired
    dead_letters: DeadLetters
    slots: Slots
    deadline_seconds: int
    logger: Logger
    metrics: Metrics
    clock: Callable[[], float] = time.time

    def handle(self) -> dict[str, int]:
        """One round over what is due; how often each thing was done."""
        now = int(self.clock())
        done: Counter[str] = Counter()
        for edit in self.edits.due(now, _BATCH):
            self.logger.append_keys(edit_id=edit["edit_id"])
            did = self._edit_alone(edit["edit_id"], now)
            done[did] += 1
            self.logger.info("looked after", extra={"did": did})
            self.logger.remove_keys(["edit_id", "execution"])
        done.update(self._budget(now))
        is_open = self.circuit.current() is not None
        done["parked_released"] = self.parking.release_due(now, 1 if is_open else self.slots.count)
        done.update(self.unpaired.report(now))
        done.update(self.dead_letters.settle(now))
        count(self.metrics, "circuit_open", int(is_open))
        count(self.metrics, "slots_in_use", self.slots.in_use(now))
        self.logger.info("swept", extra={"done": json.dumps(done)})
        return dict(done)

    def _budget(self, now: int) -> dict[str, int]:
        """See that the owner was notified of a budget that is reached, and let drops go on that it has room for."""
        unnotified = self.budget.unnotified(now)
        for day in unnotified:
            self.notices.publish(events.read_event(day["event"]))
            self.budget.mark_notified(day["day"])
        room = self.budget.room(now)
        affordable = _GO_ON if room is None else min(_GO_ON, int(room / CHEAPEST_USD))
        let = self.parking.resume_budgeted(now, affordable) if affordable > 0 else 0
        return {"budget_notices_repeated": len(unnotified), "let_go_on": let}

    def resume(self, edit_id: str) -> dict[str, str]:
        """Have a failed edit's task watched again, without paying; the result of the request."""
        edit = self.edits.get(edit_id)
        if edit is None:
            return {"resumed": "no", "why": "There is no such edit."}
        if edit["state"] != State.FAILED or "task_id" not in edit:
            why = f"The edit is {edit['state']}; only a failed one can be resumed."
            return {"resumed": "no", "why": why}
        attempt, deadline = int(edit["attempt"]), deadline_of(self.clock(), self.deadline_seconds)
        if not self.edits.resume(edit_id, edit["task_id"], attempt, deadline):
            return {"resumed": "no", "why": "Another caller resumed it at this moment."}
        facts = facts_of({**edit, "deadline_at": deadline})
        name = self.workflow.start(edit_id, attempt + 1, facts)
        self.logger.info("resumed", extra={"edit_id": edit_id, "execution": name})
        return {"resumed": "yes", "execution": name}

    def _edit_alone(self, edit_id: str, now: int) -> str:
        """One record that cannot be settled holds up neither the others nor the parked drops."""
        try:
            return self._edit(edit_id, now)
        except Exception:
            self.logger.exception("this edit could not be settled")
            self.edits.look_again(edit_id, now + _LOOK_AGAIN_SECONDS)
            return "broken"

    def _edit(self, edit_id: str, now: int) -> str:
        """The index is eventually consistent: the record itself is read before anything is done."""
        edit = self.edits.get(edit_id)
        if edit is None or edit.get("look_at", now + 1) > now:
            return "nothing"
        if "task_id" in edit:
            self.logger.append_keys(execution=execution_name(edit_id, edit["attempt"]))
        match State(edit["state"]):
            case State.CLAIMED:
                if has_left(self.parking.drops.get(edit["drop_id"]), edit_id):
                    self.edits.give_up(edit_id, edit["token"], now)
                    return "claims_given_up"
                self.parking.send_again(edit["drop_id"])
                self.edits.look_again(edit_id, now + _LOOK_AGAIN_SECONDS)
                return "claims_sent_again"
            case State.POSTING:
                return self._abandoned(edit, now)
            case State.SUBMITTED:
                self._keep_slot(edit, int(edit["deadline_at"]) + SLOT_MARGIN_SECONDS)
                self.edits.look_again(edit_id, now + _back_off(edit))
                if self.workflow.is_running(edit_id, edit["attempt"]):
                    return "already_watched"
                name = self.workflow.start(edit_id, edit["attempt"], facts_of(edit))
                self.logger.append_keys(execution=name)
                return "executions_started"
            case State.SUCCEEDED | State.FAILED | State.AMBIGUOUS:
                self.notices.publish(events.read_event(edit["event"]))
                self.edits.notified(edit_id, State(edit["state"]), now)
                return "notices_repeated"
            case _:
                return "nothing"

    def _abandoned(self, edit: "EditRecord", now: int) -> str:
        """Submit starts the execution even when it cannot record the task: then the execution's input names it."""
        task = self.workflow.input_of(edit["edit_id"], edit["attempt"])
        if task is not None:
            at, url = task["submitted_at"], task.get("polling_url")
            self._keep_slot(edit, int(task["deadline_at"]) + SLOT_MARGIN_SECONDS)
            self.logger.append_keys(execution=execution_name(edit["edit_id"], edit["attempt"]))
            if self.edits.accepted(edit["edit_id"], edit["token"], task["task_id"], at, task["deadline_at"], url):
                count(self.metrics, "charged_usd", edit["usd"])
            return "tasks_adopted"
        if was_refused(self.parking.drops.get(edit["drop_id"]), edit):
            self.edits.release(edit["edit_id"], edit["token"], now)
            return "refused_posts_freed"
        held = deadline_of(now, self.deadline_seconds)
        self.lost_answer.settle(edit, edit["token"], edit["slot"], _LOST_ANSWER, now, held)
        return "found_ambiguous"

    def _keep_slot(self, edit: "EditRecord", until: int) -> None:
        """The upstream may be at work: the slot that the POST was sent from stays taken."""
        self.slots.extend(edit["slot"], holder_of(edit["edit_id"], edit["token"]), until)


def _back_off(edit: "EditRecord") -> int:
    """Seconds to the next look at a paid task; longer each time its execution broke, but never for ever."""
    return int(_LOOK_AGAIN_SECONDS * 2 ** min(int(edit["attempt"]) - 1, _MOST_DOUBLINGS))


def from_environment(logger: Logger, metrics: Metrics) -> Sweep:
    environment = load(SweepEnvironment)
    table = Table(environment.edits_table, aws.dynamodb())
    edits, drops, files = Edits(table), Drops(table), Files(table)
    inbox = Inbox(environment.inbox_bucket, aws.when_needed(aws.s3))
    bus, hours = environment.event_bus_name, environment.download_link_hours
    notices = make_notices(environment.notifications_topic_arn, bus, hours)
    announcer = Announcer(environment.event_source, environment.inbox_bucket)
    slots = Slots(table, environment.slots)
    queues = environment.inbox_dead_letters_url, environment.inbox_rule_dead_letters_url
    return Sweep(
        edits=edits,
        parking=Parking(drops, aws.sqs(), environment.inbox_queue_url),
        workflow=Workflow(environment.edit_workflow_arn, aws.when_needed(aws.stepfunctions), edits),
        notices=notices,
        lost_answer=LostAnswer(edits, slots, notices, announcer, metrics),
        circuit=Circuit(table, environment.circuit_probe_seconds),
        budget=Budget(table, environment.daily_budget_usd),
        unpaired=Unpaired(inbox, files, drops, notices, announcer, logger, metrics),
        dead_letters=DeadLetters(aws.sqs(), queues, inbox, drops, files, edits, notices, announcer, logger),
        slots=slots,
        deadline_seconds=environment.deadline_seconds,
        logger=logger,
        metrics=metrics,
    )
