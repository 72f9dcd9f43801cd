"""The unfinished states in which an upgrade may find a stack, each reached by this version's own code.

What is named here is recorded once for each released version, see record.py; what follows, test_upgrade.py has.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from depthdrop.records.drops import Drops
from depthdrop.records.edits import Edits
from depthdrop.records.parking import release_message
from depthdrop.upstream.client import Upstream
from depthdrop.watch.workflow import Workflow
from local.written.sample_events import FOLDER
from local.written.sample_events import INBOX as SAMPLES_INBOX
from tests.support.acts import ENDS, finish, state_of
from tests.support.aws import INBOX, Stack
from tests.support.fates import Killed
from tests.support.scripted import NOW, picture, refused
from tests.template.definition import Definition, evaluate, substituted

SLOTS = 20
_SAMPLE = "summer/café + garden"  # the key in the sample events


@dataclass(frozen=True)
class Left:
    """What is on its way besides what is stored in the stack."""

    messages: list[str] = field(default_factory=list)
    state: dict[str, Any] | None = None


def _nothing_yet(stack: Stack, event: str) -> Left:
    """The pair is stored and its message is in the queue."""
    stack.drop(_SAMPLE)
    [record] = json.loads((FOLDER / f"{event}.json").read_text())["Records"]
    return Left([record["body"].replace(SAMPLES_INBOX, INBOX)])


def _submitted(stack: Stack) -> Left:
    stack.put("photo.json", json.dumps({"prompt": "an etching", "seed": 7, "metadata": {"album": "w"}}).encode())
    stack.put("photo.jpg", picture())
    stack.deliver("photo.jpg")
    return Left()


def _between_states(stack: Stack, end: str) -> Left:
    _submitted(stack)
    [given] = [stack.execution_input(name) for name in stack.executions()]
    return Left(state=after_poll(given, ENDS[end], Definition.read()))


def after_poll(given: Mapping[str, Any], outcome: Mapping[str, Any], definition: Definition) -> dict[str, Any]:
    """As this definition merges what poll returned into what it was given."""
    poll = Definition(substituted(definition.text)).states["Poll"]
    merged: dict[str, Any] = evaluate(poll["Output"], dict(given), result={"Payload": dict(outcome)})
    return merged


def _pending(stack: Stack) -> Left:
    _submitted(stack)
    [given] = [stack.execution_input(name) for name in stack.executions()]
    return Left(state=after_poll(given, {"status": "pending", "wait_seconds": 4}, Definition.read()))


def _parked_without_a_slot(stack: Stack) -> Left:
    for number in range(SLOTS):
        stack.slots(SLOTS).take(f"other-{number}:token", NOW, NOW + 300)
    stack.deliver(stack.drop())
    return _released(stack)


def _parked_by_the_circuit(stack: Stack) -> Left:
    stack.upstream.post_answers.append(refused(402))
    stack.deliver(stack.drop())
    return _released(stack)


def _released(stack: Stack) -> Left:
    [drop] = stack.records("drop")
    return Left([json.dumps(release_message(drop["drop_id"]))])


def _killed(stack: Stack, owner: type, method: str, act: Callable[[], object]) -> Left:
    """The state that a worker leaves that dies at this call."""

    def gone(*_: object, **__: object) -> None:
        raise Killed

    with stack.monkeypatch.context() as patched:
        patched.setattr(owner, method, gone)
        try:
            act()
        except Killed:
            return Left()
    raise RuntimeError(f"{method} was not called")


def _ended(stack: Stack, word: str = "ready") -> Left:
    stack.deliver(stack.drop())
    finish(stack, word)
    [name] = stack.executions()
    stack.close_execution(name)
    return Left()


def _ended_but_not_notified(stack: Stack) -> Left:
    return _killed(stack, Edits, "notified", lambda: _ended(stack))


def _ambiguous(stack: Stack) -> Left:
    stack.upstream.post_answers.append(httpx.ReadTimeout("no answer"))
    stack.deliver(stack.drop())
    return Left()


def _refused_but_not_notified(stack: Stack) -> Left:
    stack.drop(prompt=" ")
    return _killed(stack, Drops, "mark_notified", lambda: stack.deliver("photo.jpg"))


def _unpaired(stack: Stack) -> Left:
    stack.put("photo.jpg", picture())
    stack.deliver("photo.jpg")
    return Left()


def _again(stack: Stack) -> Left:
    stack.upstream.download_answers.append(httpx.ReadTimeout("slow"))
    _submitted(stack)
    given = state_of(stack, ENDS["ready"])
    answer = stack.finalize().handle(given)
    finalize = Definition(substituted(Definition.read().text)).states["Finalize"]
    return Left(state=evaluate(finalize["Output"], given, result={"Payload": answer}))


SCENES: Mapping[str, Callable[[Stack], Left]] = {
    "message_eventbridge": lambda stack: _nothing_yet(stack, "submit_eventbridge"),
    "message_s3_notification": lambda stack: _nothing_yet(stack, "submit_s3_notification"),
    "execution_started": _submitted,
    "execution_after_poll_pending": _pending,
    "execution_after_poll_ready": lambda stack: _between_states(stack, "ready"),
    "execution_after_poll_failed": lambda stack: _between_states(stack, "failed"),
    "execution_after_poll_expired": lambda stack: _between_states(stack, "expired"),
    "execution_after_finalize_again": _again,
    "parked_no_slot": _parked_without_a_slot,
    "parked_circuit": _parked_by_the_circuit,
    "claimed": lambda stack: _killed(stack, Edits, "post", lambda: stack.deliver(stack.drop())),
    "posting": lambda stack: _killed(stack, Upstream, "post", lambda: stack.deliver(stack.drop())),
    "posting_with_execution": lambda stack: _killed(stack, Edits, "accepted", lambda: stack.deliver(stack.drop())),
    "submitted_without_execution": lambda stack: _killed(
        stack, Workflow, "start", lambda: stack.deliver(stack.drop())
    ),
    "ambiguous": _ambiguous,
    "ended_untold": _ended_but_not_notified,
    "succeeded": _ended,
    "failed_by_deadline": lambda stack: _ended(stack, "expired"),
    "refused_untold": _refused_but_not_notified,
    "half": _unpaired,
}
