"""Every AWS call is applied and its answer lost, in every way that a drop can go: paid once, nothing lost."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from depthdrop.notices import compose
from tests.protocol.faults.way import ALL, Call
from tests.protocol.faults.ways import WAYS, way_of
from tests.protocol.schedules.guard_mutants import MUTANTS
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.support.fates import Fate
from tests.support.template_names import template

SAMPLE = 5  # of the calls, one in so many, unless all are asked for
LOST = (Fate.ANSWER_LOST, Fate.SDK_RETRY)  # an error surfaces; or the SDK sends it again, and meets its own write
ENDS = ("succeeded", "failed", "rejected", "ambiguous")
_UPSTREAM = {"POST", "GET", "DOWNLOAD"}
_NAMES = {"ListBucket": "ListObjects"}  # a permission that is not called like the call
_BY_HANDLER = {"ChangeMessageVisibility"}  # lost, it brings the message back later; the use cases do not make it
_FUNCTIONS = {"submit": "SubmitFunction", "poll": "PollFunction", "finalize": "FinalizeFunction"}

Record = Callable[[str, object], None]


def aws_calls(name: str) -> list[Call]:
    return [call for call in way_of(name).calls if call.name not in _UPSTREAM]


def lost(name: str, number: int, fate: Fate) -> str:
    """What breaks, if anything does, when the answer to this call is lost."""
    try:
        way = way_of(name, lambda call: fate if call.number == number else Fate.WELL)
    except BrokenPromiseError as error:
        return f"{name}: call {number} {fate}: {error}"
    subjects = len(way.world.put_at)
    many = [kind for kind in ENDS if len(way.published(kind)) > subjects]
    return f"{name}: call {number} {fate}: more than one {many[0]} event of a drop" if many else ""


@pytest.mark.parametrize("name", WAYS)
def test_a_lost_answer_breaks_no_promise(name: str, record_property: Record) -> None:
    calls = aws_calls(name)[:: 1 if ALL else SAMPLE]
    broken = [found for call in calls for fate in LOST if (found := lost(name, call.number, fate))]
    record_property("answers_lost", len(calls) * len(LOST))
    record_property("ways", 1)
    record_property("lost_broken", len(broken))

    assert broken == []


def test_every_call_that_a_policy_allows_is_made_in_one_of_these_ways(record_property: Record) -> None:
    made = defaultdict(set)
    for name in WAYS:
        for call in aws_calls(name):
            made[call.kind].add(call.name)
    record_property("kinds_of_call", sum(len(names) for names in made.values()))

    for kind, function in [*_FUNCTIONS.items(), ("sweep", "SweepFunction")]:
        assert made[kind] == set(_allowed(function)) - _BY_HANDLER


def test_a_claim_that_takes_its_own_write_for_anothers_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS["one's own write is taken for another's"](monkeypatch)

    assert any(lost("straight", call.number, Fate.SDK_RETRY) for call in aws_calls("straight"))


def test_an_event_whose_id_is_new_each_time_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()
    monkeypatch.setattr(compose, "event_id", lambda *_: f"event-{next(numbers)}")
    calls = aws_calls("request refused")

    assert any(lost("request refused", call.number, Fate.ANSWER_LOST) for call in calls)


def _allowed(function: str) -> Iterator[str]:
    for policy in template()["Resources"][function]["Properties"]["Policies"]:
        for statement in policy["Statement"]:
            if "Fn::If" in statement:
                continue  # switched off here; its purpose has tests of its own
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                service, _, name = action.partition(":")
                if service != "kms":  # asked by SNS and S3 in the function's name, not by the function
                    yield _NAMES.get(name, name)
