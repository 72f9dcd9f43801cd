"""The result's link expires before finalize fetches it, so many times: a fresh link, or a report; paid once."""

from collections.abc import Callable

import pytest

from depthdrop.use_cases import download_and_store
from tests.protocol.faults.way import Call, Way
from tests.protocol.schedules.world import World
from tests.support.fates import Fate

TRIES = 3
MOST = 8
_MANY = 99

Record = Callable[[str, object], None]


def after_expiries(count: int, plan: Callable[[Way], object] | None = None) -> Way:
    """A drop whose link has expired so many times when it is followed."""
    way = Way(plan={9: plan} if plan else {})
    way.world.upstream.next_tasks.append("link expired")
    way.plan[1] = lambda way: _expire(way.world, count)
    way.go()
    return way


def _expire(world: World, count: int) -> None:
    for task in world.upstream.tasks.values():
        task.expired_links = count


def charges(way: Way) -> int:
    return sum(way.world.upstream.charges.values())


@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_an_expired_link_is_recovered_or_reported_and_paid_once(count: int, record_property: Record) -> None:
    way = after_expiries(count)
    [edit], [event] = way.world.records("edit"), way.world.topic.events
    recovered = count < TRIES
    record_property("recovered" if recovered else "reported", 1)
    record_property("most_expiries", count)
    record_property("most_charges", charges(way))

    assert edit["state"] == ("SUCCEEDED" if recovered else "FAILED")
    assert event["type"] == f"depthdrop.edit.{'succeeded' if recovered else 'failed'}.v1"
    assert recovered or event["data"]["error"]["code"] == "link_expired"
    assert event["data"]["task_id"] == edit["task_id"]
    assert (charges(way), way.count("POST")) == (1, 1)


def test_what_was_reported_is_fetched_later_by_one_call_and_not_paid_again() -> None:
    def resume(way: Way) -> None:
        _expire(way.world, 0)
        [edit] = way.world.records("edit")
        way.invoke("sweep", lambda: way.world.sweep.resume(edit["edit_id"]))

    way = after_expiries(_MANY, resume)

    assert (way.states(), len(way.published("failed")), len(way.published("succeeded"))) == (["SUCCEEDED"], 1, 1)
    assert (charges(way), way.count("POST")) == (1, 1)


def test_a_crash_on_the_way_to_the_fresh_link_changes_nothing() -> None:
    """Finalize is killed at the first download, before or after the link was found expired."""
    for fate in (Fate.KILLED_BEFORE, Fate.KILLED_AFTER):
        seen: list[Call] = []

        def choose(call: Call, fate: Fate = fate, seen: list[Call] = seen) -> Fate:
            if call.name == "DOWNLOAD":
                seen.append(call)
            return fate if call.name == "DOWNLOAD" and len(seen) == 1 else Fate.WELL

        way = Way(choose)
        way.world.upstream.next_tasks.append("link expired")
        way.go()

        assert (way.states(), charges(way)) == (["SUCCEEDED"], 1)


def test_a_finalize_that_asks_for_no_fresh_link_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_and_store, "AGAIN_SECONDS", ())

    assert after_expiries(1).states() == ["FAILED"]
