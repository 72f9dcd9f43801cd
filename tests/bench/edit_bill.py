"""What one usual edit uses: its two object events, its wait and its end, by the real handlers on the emulator.

Both events come at once, as they do when a picture and its sidecar are uploaded together. So the second one meets
the first at its POST, comes back after 30 s and finds the edit submitted: three invocations of submit.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.bench_pictures import MIB, jpeg
from tests.bench.figures import PAIRS
from tests.bench.here import ROOT, Here, Job, Measure, dropped
from tests.bench.network import CALL_SECONDS, DOWNLOAD_SECONDS, POST_SECONDS, REPORT_BYTES, VCPU_MB
from tests.bench.wait_simulation import STATES_OF_A_TURN, Summary
from tests.support.template_names import template

Event = dict[str, Any]
Use = Counter[str]  # by the names of prices.PRICES; of one edit
_COUNTS = {"BENCH_COUNTS": "1", "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/depthdrop'}"}
_BYTES_OF_GB = 10**9


@dataclass(slots=True)
class Step:
    """One handler at one event: what it was counted to ask for, and the processor seconds of several runs."""

    counts: dict[str, Any] = field(default_factory=dict)
    cpu_seconds: list[float] = field(default_factory=list)

    def add(self, measure: Measure) -> None:
        if measure.counts is None:
            self.cpu_seconds.append(measure.cpu_seconds)
        else:
            self.counts = measure.counts

    def billed_seconds(self, memory_mb: int) -> float:
        """Its processor time at the share that this memory gets, and what it waits for."""
        waited = sum(CALL_SECONDS[service] * count for service, count in self.counts["calls"].items())
        return float(median(self.cpu_seconds) * VCPU_MB / min(memory_mb, VCPU_MB) + waited)

    def use(self, memory_mb: int, waiting_seconds: float = 0.0) -> Use:
        """Of one invocation. `waiting_seconds` is what it waits for the upstream."""
        billed = self.billed_seconds(memory_mb) + waiting_seconds
        return Counter(
            {
                **self.counts["usage"],
                "invocation": 1,
                "gb_second": billed * memory_mb / 1024,
                "log_gb": (self.counts["log_bytes"] + REPORT_BYTES) / _BYTES_OF_GB,
            }
        )


def transitions(way: tuple[str, ...], definition: Path = ROOT / "functions/edit_workflow.asl.json") -> int:
    """Of an execution that enters these states, its start counted. Raises ValueError when it cannot go this way."""
    machine = json.loads(definition.read_text())
    states = machine["States"]
    if way[0] != machine["StartAt"] or not _ends(states[way[-1]]):
        raise ValueError(f"{way} is not from start to end")
    for state, after in pairwise(way):
        if after not in _next_of(states[state]):
            raise ValueError(f"{state} is not followed by {after}")
    return 1 + len(way)


def _ends(state: Mapping[str, Any]) -> bool:
    return state["Type"] == "Succeed" or bool(state.get("End"))


def _next_of(state: Mapping[str, Any]) -> set[str]:
    targets = [state, *state.get("Choices", ())]
    return {one["Next"] for one in targets if "Next" in one} | {state.get("Default", "")} - {""}


def memory_of(function: str) -> int:
    return int(template()["Resources"][f"{function.capitalize()}Function"]["Properties"]["MemorySize"])


def ours(place: Here, wait: Summary, pairs: int = PAIRS) -> Use:
    """A picture with its sidecar, both events at once, one result; `wait` is what the simulation says."""
    steps = {name: Step() for name in ("purchase", "meets", "again", "poll", "finalize")}
    for counting in (False, True):
        more = _COUNTS if counting else {}
        jobs = {name: place.ours(name, **more) for name in ("submit", "poll", "finalize")}
        other = place.ours("submit", **more)
        for number in range(1 + (1 if counting else pairs)):  # the first only warms up
            found = _one_edit(place, jobs, other, f"{'counted' if counting else 'timed'}{number}")
            if number:
                for name, measure in found.items():
                    steps[name].add(measure)
        for job in (*jobs.values(), other):
            job.__exit__()
    memory = {name: memory_of(name) for name in ("submit", "poll", "finalize")}
    polls = steps["poll"].use(memory["poll"])
    turns = wait.transitions / STATES_OF_A_TURN
    return _sum(
        steps["purchase"].use(memory["submit"], POST_SECONDS),
        steps["meets"].use(memory["submit"]),
        steps["again"].use(memory["submit"]),
        Counter({name: turns * count for name, count in polls.items()}),
        Counter({"gb_second": wait.lambda_seconds * memory["poll"] / 1024}),
        steps["finalize"].use(memory["finalize"], DOWNLOAD_SECONDS),
        Counter(
            {
                "transition": wait.transitions
                + transitions(("Wait", "Poll", "IsPending", "Finalize"))
                - STATES_OF_A_TURN,
                "s3_write": 2,  # the drop itself
                "s3_event": 2,
                "sqs": 2 + 3 + 2,  # EventBridge sends two; they are received three times, and deleted
                "trace": 4,  # each delivery and the execution, were every one sampled
            }
        ),
    )


def _one_edit(place: Here, jobs: Mapping[str, Job], other: Job, stem: str) -> dict[str, Measure]:
    """Raises RuntimeError when it did not end with one picture, paid for once."""
    place.upstream.result_bytes = MIB
    place.drop(f"{stem}.jpg", jpeg(MIB, len(place.upstream.seen)), prompt=stem)
    paid = len(place.upstream.seen)
    found: dict[str, Measure] = {}

    def meet() -> None:
        found["meets"] = other.handle(_received(place, f"{stem}.txt"))

    place.upstream.during_post = meet
    found["purchase"] = jobs["submit"].handle(dropped(f"{stem}.jpg"))
    place.upstream.during_post = lambda: None
    found["again"] = other.handle(dropped(f"{stem}.txt"))
    state = state_of(place.edits()[f"{stem}.jpg"])
    found["poll"] = jobs["poll"].handle(state)
    found["finalize"] = jobs["finalize"].handle({**state, "outcome": found["poll"].answer})
    came_back, went = (found[name].answer["batchItemFailures"] for name in ("meets", "again"))
    stored = [key for key in place.stored() if key.startswith(stem)]
    if len(place.upstream.seen) != paid + 1 or not came_back or went or len(stored) != 2:
        raise RuntimeError(f"{stem} was no usual edit: {found}, {stored}")
    return found


def _received(place: Here, key: str) -> Event:
    """As from the queue: what comes back names its receipt."""
    sqs, url = place.emulator.client("sqs"), place.names["InboxQueue"]
    event = dropped(key)
    sqs.send_message(QueueUrl=url, MessageBody=event["Records"][0]["body"])
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    event["Records"][0]["receiptHandle"] = message["ReceiptHandle"]
    return event


def state_of(edit: Event) -> Event:
    """The execution's, as far as poll and finalize read it."""
    kept = {name: edit[name] for name in ("edit_id", "task_id", "attempt", "deadline_at")}
    return {**kept, "submitted_at": float(edit["submitted_at"]), "wait_seconds": 1}


def peer_b(place: Here, wait: Summary, pairs: int = PAIRS) -> Use:
    """The job poller: the picture's event starts its execution; no claim, no queue, no notice, no trace."""
    steps = {name: Step() for name in ("submit", "poll", "finalize")}
    for counting in (False, True):
        more = _COUNTS if counting else {}
        jobs = {name: place.peer("job_poller", name, **more) for name in steps}
        for number in range(1 + (1 if counting else pairs)):
            stem = f"peer-{'counted' if counting else 'timed'}{number}"
            place.drop(f"{stem}.jpg", jpeg(MIB, number), prompt=stem)
            state: Event = {
                "detail": {"bucket": {"name": place.names["InboxBucket"]}, "object": {"key": f"{stem}.jpg"}}
            }
            for name, job in jobs.items():
                measure = job.handle(state)
                state = measure.answer
                if number:
                    steps[name].add(measure)
        for job in jobs.values():
            job.__exit__()
    memory = {name: memory_of(name) for name in steps}
    polls = steps["poll"].use(memory["poll"])
    turns = wait.transitions / STATES_OF_A_TURN
    return _sum(
        steps["submit"].use(memory["submit"], POST_SECONDS),
        Counter({name: turns * count for name, count in polls.items()}),
        Counter({"gb_second": wait.lambda_seconds * memory["poll"] / 1024}),
        steps["finalize"].use(memory["finalize"], DOWNLOAD_SECONDS),
        Counter(
            {"transition": 1 + 1 + wait.transitions + 1, "s3_write": 2, "s3_event": 2}
        ),  # start, Submit, Finalize
    )


def _sum(*uses: Use) -> Use:
    whole: Use = Counter()
    for use in uses:
        whole.update(use)
    return whole
