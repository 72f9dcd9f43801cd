"""submit: a message becomes recorded drops, and what may be bought goes to the purchase."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics

from depthdrop import aws
from depthdrop.drop.pairing import InboxObject
from depthdrop.drop.refusal import Refusal, RefusedError
from depthdrop.environment import SubmitEnvironment, load
from depthdrop.inbox.bucket import ChangedError, Inbox
from depthdrop.inbox.depth_maps import depth_map_of
from depthdrop.inbox.message import ComeBack, Done, DropReleased, Message, ObjectCreated, Settled
from depthdrop.inbox.order import Order, reread_order
from depthdrop.notices import events
from depthdrop.notices.compose import Announcer
from depthdrop.notices.publish import Notices, make_notices
from depthdrop.notices.rejection import Rejection, refusal_text
from depthdrop.outbox import Outbox
from depthdrop.records.budget import Budget
from depthdrop.records.circuit import Circuit
from depthdrop.records.drops import Drops
from depthdrop.records.edits import Edits, State
from depthdrop.records.files import Files
from depthdrop.records.parking import Parking
from depthdrop.records.slots import Slots
from depthdrop.records.table import Table
from depthdrop.settings.models_and_prices import model_named
from depthdrop.upstream.key import UpstreamKey
from depthdrop.use_cases.arrivals import Arrivals, Recorded
from depthdrop.use_cases.lost_answer import LostAnswer
from depthdrop.use_cases.purchase import Purchase
from depthdrop.use_cases.settlement import Settlement
from depthdrop.watch.learned import Latencies
from depthdrop.watch.workflow import Workflow, facts_of

if TYPE_CHECKING:
    from depthdrop.records.types import DropRecord, EditRecord
    from depthdrop.upstream.client import Upstream

_COME_BACK_SECONDS = 30  # the lease is over before the queue's maxReceiveCount is
_REPLACED = Refusal(
    "replaced",
    "A picture of this drop was replaced or removed before the edit could be paid for.",
    "A replaced picture is a drop of its own. If it was removed by mistake, drop it again.",
)


@dataclass(frozen=True, slots=True)
class Submit:
    """The use case with its collaborators. `clock` gives epoch seconds."""

    environment: SubmitEnvironment
    inbox: Inbox
    arrivals: Arrivals
    edits: Edits
    drops: Drops
    purchase: Purchase
    rejection: Rejection
    workflow: Workflow
    notices: Notices
    logger: Logger
    clock: Callable[[], float] = time.time

    def handle(self, message: Message, seconds_left: Callable[[], float]) -> Iterator[Settled]:
        """Process one message; an object may belong to several pairs, each settled by itself."""
        match message:
            case DropReleased(drop_id):
                drop = self.drops.get(drop_id)
                yield Done("no such drop") if drop is None else self._settle(drop, None, seconds_left)
            case ObjectCreated(bucket, key) if bucket == self.inbox.bucket:
                for arrived in self.arrivals.at(key):
                    if isinstance(arrived, Recorded):
                        yield self._settle(arrived.drop, arrived.order, seconds_left)
                    else:
                        yield arrived
            case _:
                yield Done("nothing for us")

    def _settle(self, drop: "DropRecord", order: Order | None, seconds_left: Callable[[], float]) -> Settled:
        """Bring a recorded drop on by whatever it still needs."""
        self.logger.append_keys(drop_id=drop["drop_id"])
        if "refusal" in drop:
            done = Done(self.rejection.notify(drop, int(self.clock())))
            self._give_up_claim(drop)
            return done
        self.logger.append_keys(edit_id=drop["edit_id"])
        edit = self.edits.get(drop["edit_id"])
        settled = self._already_settled(drop, edit) if edit is not None else None
        if settled is not None:
            return settled
        # Another worker may have recorded the drop first, from settings that have changed since: its word counts.
        if order is None or order.edit_id != drop["edit_id"]:
            found = self._reread(drop)
            if isinstance(found, Refusal):
                return self._cannot_buy(drop, edit, found)
            order = found
        return self.purchase.buy(drop, order, seconds_left)

    def _reread(self, drop: "DropRecord") -> Order | Refusal:
        """What the drop was resolved to when it was first seen, or why that cannot be bought any more."""
        try:
            order = reread_order(self.inbox, _image_of(drop), depth_map_of(drop), drop["settings"], drop["origins"])
        except ChangedError:
            return _REPLACED
        except RefusedError as error:
            return error.refusal
        return order if order.edit_id == drop["edit_id"] else _REPLACED

    def _cannot_buy(self, drop: "DropRecord", edit: "EditRecord | None", refusal: Refusal) -> Done:
        """A recorded drop never ends in silence; a claim that it left behind is given up."""
        now = int(self.clock())
        text = refusal_text(refusal)
        self.drops.refuse(drop["drop_id"], text)
        done = Done(self.rejection.notify({**drop, "refusal": text}, now))
        if edit is not None and edit["state"] == State.CLAIMED:
            self.edits.give_up(edit["edit_id"], edit["token"], now)
        return done

    def _give_up_claim(self, drop: "DropRecord") -> None:
        """A slower worker of a drop that was refused meanwhile may have claimed the edit, and died."""
        edit = self.edits.get(drop["edit_id"]) if "edit_id" in drop else None
        now = int(self.clock())
        if edit is not None and edit["state"] == State.CLAIMED and edit["lease_until"] < now:
            self.edits.give_up(edit["edit_id"], edit["token"], now)

    def _already_settled(self, drop: "DropRecord", edit: "EditRecord") -> Settled | None:
        """What an existing record already settles; None means that the edit may be claimed."""
        now = self.clock()
        match State(edit["state"]):
            case State.SUBMITTED:
                name = self.workflow.start(edit["edit_id"], edit["attempt"], facts_of(edit))
                self.logger.append_keys(execution=name)
            case State.SUCCEEDED | State.FAILED | State.AMBIGUOUS:
                self._notify_again(drop, edit)
            case State.CLAIMED | State.POSTING if edit["lease_until"] >= now:
                seconds = min(int(edit["lease_until"] - now) + 1, _COME_BACK_SECONDS)
                return ComeBack(seconds, "another worker has the claim")
            case State.POSTING:
                # Only its own invocation or sweep may say how the POST ended.
                return Done("a POST was left without an answer; sweep settles it")
            case _:
                return None
        self.drops.unpark(drop["drop_id"])
        return Done(f"the edit stands as {edit['state']}")

    def _notify_again(self, drop: "DropRecord", edit: "EditRecord") -> None:
        """A first-seen drop of an edit that has ended hears of it once; it costs nothing."""
        if drop["drop_id"] == edit["drop_id"] and "notified_at" in edit:
            return
        if "notified_at" not in drop:
            event, unpaired = events.read_event(edit["event"]), drop.get("supersedes")
            if drop["drop_id"] != edit["drop_id"] and unpaired is not None:
                event = event.with_data(supersedes=unpaired)  # the event about this other drop's file
            self.notices.publish(event)
            now = int(self.clock())
            self.drops.mark(drop["drop_id"], "notified_at", now)
            self.edits.notified(edit["edit_id"], State(edit["state"]), now)


def _image_of(drop: "DropRecord") -> InboxObject:
    return InboxObject(drop["image_key"], drop["image_etag"], drop["image_last_modified"], drop["image_size"])


def from_environment(logger: Logger, metrics: Metrics, environment: SubmitEnvironment | None = None) -> Submit:
    """The use case with every collaborator, on the AWS clients of this process."""
    environment = environment or load(SubmitEnvironment)
    table = Table(environment.edits_table, aws.dynamodb())
    edits, drops, files = Edits(table), Drops(table), Files(table)
    slots, circuit = Slots(table, environment.slots), Circuit(table, environment.circuit_probe_seconds)
    budget, latencies = Budget(table, environment.daily_budget_usd), Latencies(table, logger)
    parking = Parking(drops, aws.when_needed(aws.sqs), environment.inbox_queue_url)
    workflow = Workflow(environment.edit_workflow_arn, aws.when_needed(aws.stepfunctions), edits)
    inbox = Inbox(environment.inbox_bucket, aws.s3())
    outbox = Outbox(environment.outbox_bucket, environment.outbox_prefix, aws.s3())
    bus, hours = environment.event_bus_name, environment.download_link_hours
    notices = make_notices(environment.notifications_topic_arn, bus, hours)
    announcer = Announcer(environment.event_source, environment.inbox_bucket)
    rejection = Rejection(outbox, drops, files, notices, announcer, metrics)
    lost = LostAnswer(edits, slots, notices, announcer, metrics)
    fallback = model_named(environment.fallback_model) if environment.fallback_model else None
    settlement = Settlement(
        environment, edits, drops, slots, circuit, parking, workflow, lost, rejection, logger, metrics, fallback
    )
    upstream = aws.when_needed(cache(lambda: _upstream(environment.upstream_base_url)))
    key = UpstreamKey(environment.upstream_key_secret_arn)
    purchase = Purchase(
        environment, edits, drops, slots, circuit, budget, upstream, key, latencies, notices, announcer, settlement
    )
    arrivals = Arrivals(environment, inbox, files, drops, rejection, logger, metrics)
    return Submit(environment, inbox, arrivals, edits, drops, purchase, rejection, workflow, notices, logger)


def _upstream(base_url: str) -> "Upstream":
    """Loaded with the first request that is to be sent: most invocations send none."""
    from depthdrop.upstream.client import Upstream  # noqa: PLC0415

    made = Upstream(base_url)
    made.load_certificates()
    return made
