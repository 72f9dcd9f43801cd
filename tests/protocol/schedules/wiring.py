"""The real use cases, wired to fakes as the handlers wire them to AWS."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import partial
from types import FunctionType
from typing import Any, NamedTuple, Protocol, cast

from depthdrop.environment import SubmitEnvironment
from depthdrop.inbox.bucket import Inbox
from depthdrop.notices.compose import Announcer
from depthdrop.notices.publish import Notices
from depthdrop.notices.rejection import Rejection
from depthdrop.outbox import Outbox
from depthdrop.records.budget import Budget
from depthdrop.records.circuit import Circuit
from depthdrop.records.drops import Drops
from depthdrop.records.edits import Edits
from depthdrop.records.files import Files
from depthdrop.records.parking import Parking
from depthdrop.records.slots import Slots
from depthdrop.records.table import Table
from depthdrop.settings.model import Model
from depthdrop.use_cases import download_and_store
from depthdrop.use_cases.arrivals import Arrivals
from depthdrop.use_cases.dead_letters import DeadLetters
from depthdrop.use_cases.download_and_store import Delivery, fresh_look
from depthdrop.use_cases.finalize import Finalize
from depthdrop.use_cases.lost_answer import LostAnswer
from depthdrop.use_cases.poll import Poll
from depthdrop.use_cases.purchase import Purchase
from depthdrop.use_cases.settlement import Settlement
from depthdrop.use_cases.submit import Submit
from depthdrop.use_cases.sweep import Sweep
from depthdrop.use_cases.unpaired import Unpaired
from depthdrop.watch.learned import Latencies
from depthdrop.watch.workflow import Workflow
from tests.protocol.schedules.baton import Baton
from tests.protocol.schedules.cloud import Buckets, Executions, Functions, Queues, Topic
from tests.protocol.schedules.store import Store
from tests.protocol.schedules.upstream import FakeKey, FakeUpstream

DEADLINE = 900
_ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:edits"
ENVIRONMENT = SubmitEnvironment(
    upstream_base_url="https://api.cometapi.com",
    upstream_key_secret_arn="secret",
    inbox_bucket="inbox",
    inbox_prefix="",
    outbox_bucket="outbox",
    outbox_prefix="",
    edits_table="edits",
    notifications_topic_arn="topic",
    edit_workflow_arn=_ARN,
    inbox_queue_url="inbox",
    event_source="depthdrop",
    default_model="flux-pro-1-0-depth",
    fallback_model="",
    event_bus_name="",
    download_link_hours=0,
    slots=2,
    deadline_seconds=DEADLINE,
    first_wait_seconds=1,
    submit_timeout_seconds=90,
    circuit_probe_seconds=60,
    unpaired_minutes=15,
    daily_budget_usd=Decimal(0),
)


class _Quiet:
    """A logger, and metrics, that keep everything to themselves."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_, **__: None


@dataclass
class Tokens:
    """New for every invocation; unlike the real ones the same in every run."""

    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        return f"token-{self.count}"


class Fakes(Protocol):
    """What the use cases are wired to."""

    store: Store
    buckets: Buckets
    queues: Queues
    executions: Executions
    topic: Topic
    upstream: FakeUpstream
    baton: Baton

    def clock(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...
    def polled(self, state: Any) -> Any: ...


class UseCases(NamedTuple):
    submit: Submit
    poll: Poll
    finalize: Finalize
    sweep: Sweep
    edits: Edits
    drops: Drops


def fetching(delivery: Delivery, download: Callable[..., Any], check_link: Callable[..., Any]) -> Delivery:
    """One that gets its pictures by these. Its module stays as it is, for other tests use that, too."""
    names = {**vars(download_and_store), "download": download, "check_link": check_link}
    made = type("Delivery", (Delivery,), {"_fetch": FunctionType(Delivery._fetch.__code__, names)})
    return cast("Delivery", made(**{one.name: getattr(delivery, one.name) for one in fields(delivery)}))


def wire(fakes: Fakes, environment: SubmitEnvironment, fallback: Model | None) -> UseCases:
    quiet: Any = _Quiet()
    table = Table("edits", cast("Any", fakes.store))
    edits, drops = Edits(table), Drops(table)
    notices = Notices("topic", cast("Any", fakes.topic))
    announcer = Announcer("depthdrop", "inbox")
    s3, sqs = cast("Any", fakes.buckets), cast("Any", fakes.queues)
    inbox, outbox, files = Inbox("inbox", s3), Outbox("outbox", "", s3), Files(table)
    rejection = Rejection(outbox, drops, files, notices, announcer, quiet)
    workflow = Workflow(_ARN, cast("Any", fakes.executions), edits)
    parking = Parking(drops, sqs, "inbox")
    circuit = Circuit(table, environment.circuit_probe_seconds)
    budget = Budget(table, environment.daily_budget_usd)
    upstream = cast("Any", fakes.upstream)
    latencies = Latencies(table, quiet)
    slots = Slots(table, environment.slots, lambda _: None)
    settlement = Settlement(
        environment=environment,
        edits=edits,
        drops=drops,
        slots=slots,
        circuit=circuit,
        parking=parking,
        workflow=workflow,
        lost_answer=LostAnswer(edits, slots, notices, announcer, quiet),
        rejection=rejection,
        logger=quiet,
        metrics=quiet,
        fallback=fallback,
        clock=fakes.clock,
        jitter=lambda: 1.0,
    )
    purchase = Purchase(
        environment=environment,
        edits=edits,
        drops=drops,
        slots=slots,
        circuit=circuit,
        budget=budget,
        upstream=upstream,
        key=cast("Any", FakeKey(fakes.upstream)),
        latencies=latencies,
        notices=notices,
        announcer=announcer,
        settlement=settlement,
        clock=fakes.clock,
        sleep=fakes.sleep,
        make_token=Tokens(),
    )
    submit = Submit(
        environment=environment,
        inbox=inbox,
        arrivals=Arrivals(environment, inbox, files, drops, rejection, quiet, quiet, fakes.clock),
        edits=edits,
        drops=drops,
        purchase=purchase,
        rejection=rejection,
        workflow=workflow,
        notices=notices,
        logger=quiet,
        clock=fakes.clock,
    )
    poll = Poll(upstream, cast("Any", FakeKey(fakes.upstream)), 0.0, quiet, fakes.clock, fakes.sleep, lambda: 0.5)
    look = partial(fresh_look, "poll", cast("Any", Functions(fakes.baton.around, fakes.polled)), quiet)
    delivery = Delivery(outbox, look, quiet, sleep=fakes.sleep)
    finalize = Finalize(
        edits=edits,
        outbox=outbox,
        slots=Slots(table, environment.slots),
        parking=parking,
        notices=notices,
        announcer=announcer,
        latencies=latencies,
        delivery=fetching(delivery, fakes.upstream.download, fakes.upstream.check_link),
        logger=quiet,
        metrics=quiet,
        clock=fakes.clock,
    )
    letters = DeadLetters(sqs, ("dead", "rule-dead"), inbox, drops, files, edits, notices, announcer, quiet)
    sweep = Sweep(
        edits=edits,
        parking=parking,
        workflow=workflow,
        notices=notices,
        lost_answer=LostAnswer(edits, slots, notices, announcer, quiet),
        circuit=circuit,
        budget=budget,
        unpaired=Unpaired(inbox, files, drops, notices, announcer, quiet, quiet),
        dead_letters=letters,
        slots=Slots(table, environment.slots),
        deadline_seconds=DEADLINE,
        logger=quiet,
        metrics=quiet,
        clock=fakes.clock,
    )
    return UseCases(submit, poll, finalize, sweep, edits, drops)
