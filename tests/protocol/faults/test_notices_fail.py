"""SNS fails several times after the picture is stored: published at least once, always as one event, paid once."""

from collections.abc import Callable
from itertools import count

import pytest

from depthdrop.notices.events import Event
from depthdrop.records.edits import Edits, State
from depthdrop.records.table import Item
from depthdrop.use_cases.download_and_store import Outcome
from depthdrop.use_cases.finalize import Finalize
from tests.protocol.faults.way import Call, Way
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.support.fates import Fate
from tests.support.records import part

BY_WORKFLOW = 7  # tries of finalize: the first and the six retries of its state
MOST = 24  # sweep tries in between, and when the workflow has given up
HOW = (Fate.NEVER_ARRIVED, Fate.ANSWER_LOST, Fate.KILLED_AFTER)

Record = Callable[[str, object], None]


def way_with_failures(failures: int, how: Fate) -> Way:
    """A way whose first so many notices fail."""
    failed: list[Call] = []

    def choose(call: Call) -> Fate:
        if call.name != "Publish" or len(failed) == failures:
            return Fate.WELL
        failed.append(call)
        return how

    way = Way(choose)
    way.go()
    assert len(failed) == failures
    return way


@pytest.mark.parametrize("how", HOW)
def test_a_notice_that_fails_is_finally_published_as_the_same_event(how: Fate, record_property: Record) -> None:
    least = most = 1
    ends: set[str] = set()
    for failures in range(1, MOST + 1):
        way = way_with_failures(failures, how)
        pictures = [key for bucket, key in way.world.buckets.objects if bucket == "outbox"]
        least, most = min(least, len(way.world.topic.events)), max(most, len(way.published("succeeded")))

        assert (len(pictures), way.states(), sum(way.world.upstream.charges.values())) == (2, ["SUCCEEDED"], 1)
        assert "notified_at" in way.world.records("edit")[0]
        ends |= {execution.status for execution in way.world.executions.all.values()}
    record_property("most_failures", MOST)
    record_property("ways_to_fail", 1)
    record_property("fewest_notices", least)
    record_property("most_event_ids", most)

    assert (least, most) == (1, 1)
    assert ends == {"SUCCEEDED", "FAILED"}  # published by finalize; and by sweep, when the workflow has given up


def test_a_record_that_is_closed_before_its_notice_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    end = Edits.end

    def closing(self: Edits, edit_id: str, task_id: str, state: State, now: int, event: str) -> object:
        refused = end(self, edit_id, task_id, state, now, event)
        self.notified(edit_id, state, now)
        return refused

    monkeypatch.setattr(Edits, "end", closing)

    assert way_with_failures(BY_WORKFLOW - 1, Fate.NEVER_ARRIVED).published("succeeded")
    with pytest.raises(BrokenPromiseError, match="no event of it was published"):
        way_with_failures(BY_WORKFLOW, Fate.NEVER_ARRIVED)


def test_an_event_that_gets_a_new_id_each_time_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    close, numbers = Finalize._close, count()

    def closing(self: Finalize, edit: Item, event: Event, *, frees_slot: bool) -> Outcome:
        again = event.model_copy(update={"id": f"event-{next(numbers)}"})
        return close(self, part(edit), again, frees_slot=frees_slot)

    monkeypatch.setattr(Finalize, "_close", closing)

    assert len(way_with_failures(3, Fate.ANSWER_LOST).published("succeeded")) == 4
