"""The whole system in memory: the real use cases on fakes, and the invocations that may run."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from depthdrop.inbox.message import ComeBack, read_messages
from depthdrop.records.table import Item, from_item
from depthdrop.settings.model import Model
from depthdrop.use_cases.poll import watch_of
from tests.protocol.schedules.baton import Baton, Worker
from tests.protocol.schedules.cloud import Buckets, Execution, Executions, Queued, Queues, Topic
from tests.protocol.schedules.store import Store
from tests.protocol.schedules.upstream import FakeUpstream
from tests.protocol.schedules.wiring import DEADLINE, ENVIRONMENT, wire
from tests.support.fates import Caller, Fate
from tests.support.scripted import NOW, PICTURE

SLOTS = ENVIRONMENT.slots
LEASE = 150  # submit's 90 s and the margin of a lease
LANES = 3
_INVOCATION_SECONDS = 85.0
_RETRIES = 6  # of a step, as in the state machine


class World:
    """`broken` names each promise that was seen not to hold."""

    def __init__(
        self,
        fallback: Model | None = None,
        slots: int = SLOTS,
        baton: Baton | None = None,
        budget: Decimal = Decimal(0),
    ) -> None:
        self.budget = budget
        self.fallback = fallback
        self.time = float(NOW)
        self.counts: Counter[str] = Counter()
        self.broken: list[str] = []
        self.excused: set[str] = set()  # pairs whose POST may have gone unanswered
        self.skewed = False
        self.put_at: dict[str, float] = {}
        self.baton = baton or Baton()
        self.baton.used = self._fate_used
        around = self.baton.around
        self.store = Store(around)
        self.buckets = Buckets(around)
        self.queues = Queues(around, lambda: self.time)
        self.executions = Executions(around, lambda: self.time)
        self.topic = Topic(around)
        self.upstream = FakeUpstream(self.baton, lambda: self.time, self.used, deadline_seconds=DEADLINE)
        self.upstream.broken = self.broken
        self.lanes: list[Worker | None] = [None] * LANES
        self.after: dict[int, Callable[[Worker], None]] = {}
        made = wire(self, replace(ENVIRONMENT, slots=slots, daily_budget_usd=budget), fallback)
        self.submit, self.poll, self.finalize, self.sweep, self.edits, self.drops = made

    # ---- time, and what happened

    def clock(self) -> float:
        holder = self.baton.holder
        return self.time + (holder.skew if holder else 0.0)

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def used(self, name: str) -> None:
        self.counts[name] += 1

    def _fate_used(self, fate: Fate, worker: Caller) -> None:
        self.used(str(fate))
        self.used(f"{fate}: {worker.next_call}")
        if worker.kind == "submit" and fate is not Fate.SDK_RETRY:
            self.excused.add(worker.subject)

    # ---- what people do

    def drop(self, name: str, prompt: str) -> None:
        """A picture and its sidecar appear."""
        self.put(name, ".jpg", PICTURE)
        self.put(name, ".txt", prompt.encode())

    def put(self, name: str, suffix: str, content: bytes) -> None:
        """One file appears, which is an event. Every put is a second later than the last."""
        key = name + suffix
        at = max(self.time, self.put_at.get(name, 0.0) + 1)
        self.put_at[name] = at
        self.buckets.put("inbox", key, content, at)
        detail = {"bucket": {"name": "inbox"}, "object": {"key": key}}
        body = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
        self.queues.enqueue(json.dumps(body))

    def remove(self, name: str, suffix: str) -> None:
        self.buckets.objects.pop(("inbox", name + suffix), None)

    # ---- invocations

    def start(
        self,
        lane: int,
        kind: str,
        subject: str,
        job: Callable[[], Any],
        after: Callable[[Worker], None],
        skew: float,
    ) -> None:
        worker = Worker(kind, subject, job, skew, self.time)
        self.lanes[lane] = worker
        self.after[lane] = after
        if skew:
            self.skewed = True
            self.used("clock skew")
            self.excused.add(subject)
        self.go_on(lane)

    def go_on(self, lane: int, fate: Fate = Fate.WELL) -> None:
        worker = self.lanes[lane]
        if worker is None:
            return
        self.baton.hand_to(worker, fate)
        if worker.ended:
            self.lanes[lane] = None
            self.after.pop(lane)(worker)

    def run(self, job: Callable[[], Any]) -> Any:
        """In one go, undisturbed: the trouble it ends with, or what it returns."""
        try:
            return job()
        except Exception as error:  # noqa: BLE001  # Lambda would log it and try again
            return error

    def deliver(self, message: Queued) -> tuple[Callable[[], Any], Callable[[Worker], None]]:
        started = self.time

        def job() -> bool:
            back = False
            for asked in read_messages(message.body):
                for settled in self.submit.handle(asked, lambda: _INVOCATION_SECONDS - (self.time - started)):
                    if isinstance(settled, ComeBack):
                        back = True
                        message.visible_at = self.time + settled.seconds
            if not back:
                self.queues.remove(message)
            return back

        return job, lambda _: None

    def turn(self, execution: Execution) -> tuple[Callable[[], Any], Callable[[Worker], None]]:
        """One Lambda of the state machine: poll or finalize."""
        execution.busy = True
        state = execution.state

        def job() -> Any:
            if execution.phase == "poll":
                return self.polled(state)
            return self.finalize.handle(state)

        return job, lambda worker: self.turned(execution, worker.trouble or worker.result)

    def polled(self, state: dict[str, Any]) -> dict[str, Any]:
        return self.poll.handle(watch_of(state), lambda: 60.0)

    def turned(self, execution: Execution, answer: Any) -> None:
        """What the definition makes of the answer, or of the trouble."""
        execution.busy = False
        if isinstance(answer, BaseException):
            execution.failures += 1
            execution.next_at = self.time + 2.0**execution.failures
            if execution.failures <= _RETRIES:
                return
            if execution.phase == "finalize":
                execution.status = "FAILED"
                return
            answer = {"status": "expired", "code": "poll_broken", "message": "The task could not be watched."}
        execution.failures = 0
        execution.next_at = self.time + answer.get("wait_seconds", 1)
        if execution.phase == "poll":
            execution.state = {**execution.state, "outcome": answer}
            execution.phase = "poll" if answer["status"] == "pending" else "finalize"
        else:
            execution.status = "SUCCEEDED"

    # ---- looking

    def subject_of(self, body: str) -> str:
        """The pair that a message is about, by its name."""
        detail = json.loads(body)["detail"]
        if "object" in detail:
            return str(detail["object"]["key"].rpartition(".")[0])
        drop = self.store.items.get(f"drop#{detail['drop_id']}")
        return drop["image_key"]["S"].removesuffix(".jpg") if drop else ""

    def records(self, kind: str) -> list[Item]:
        return [from_item(item) for pk, item in self.store.items.items() if pk.startswith(f"{kind}#")]

    def anything_left(self) -> list[str]:
        """What is still to be done: open records, messages and running executions."""
        left = [pk for pk, item in self.store.items.items() if "open" in item]
        left += [message.body for message in self.queues.waiting]
        return left + [name for name, one in self.executions.all.items() if one.status == "RUNNING"]
