"""The key is rotated, or the model withdrawn, before any call of a drop's way."""

from collections.abc import Callable

import pytest

from depthdrop.inbox.message import Settled
from depthdrop.upstream.post_outcome import Refused
from depthdrop.use_cases.settlement import Attempt, Settlement
from tests.protocol.faults.way import Call, Way
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.protocol.schedules.upstream import Asked, FakeKey
from tests.support.fates import Fate

Record = Callable[[str, object], None]
Change = Callable[[Way], object]


def rotate(way: Way) -> None:
    """At the upstream and in the secret; warm processes still have the old one."""
    way.world.upstream.valid_key = way.world.upstream.secret = "k2"


def withdraw(way: Way) -> None:
    way.world.upstream.posts.extend(["model withdrawn"] * 9)


def changed_before(number: int, change: Change) -> Way:
    """Two drops; before this call of the second one something changes."""
    way = Way()
    way.go("warm")
    before = len(way.calls)

    def choose(call: Call) -> Fate:
        if call.number == before + number:
            change(way)
        return Fate.WELL

    way.choose = choose
    way.go("a")
    return way


def moments() -> range:
    way = changed_before(-1, lambda _: None)
    return range(len(way.calls) // 2 + 1)


def charges(way: Way) -> dict[Asked, int]:
    return dict(way.world.upstream.charges)


def parked(way: Way) -> list[str]:
    """Drops that were ever parked."""
    return [drop["drop_id"] for drop in way.world.records("drop") if "parked_times" in drop]


def test_a_key_rotated_at_any_moment_costs_one_more_post_at_most(record_property: Record) -> None:
    ways = [changed_before(number, rotate) for number in moments()]
    posts, looks = ({way.count(name) - 2 for way in ways} for name in ("POST", "GET"))
    record_property("moments_of_rotation", len(ways))
    record_property("most_extra_posts", max(posts))
    record_property("most_extra_looks", max(looks))

    assert posts == looks == {0, 1}
    for way in ways:
        assert way.states() == ["SUCCEEDED", "SUCCEEDED"]
        assert set(charges(way).values()) == {1}
        assert (way.world.queues.dead, parked(way)) == ([], [])


def test_a_model_withdrawn_at_any_moment_ends_the_drop_at_once_and_charges_nothing(record_property: Record) -> None:
    ways = [changed_before(number, withdraw) for number in moments()]
    too_late = [way for way in ways if len(way.published("succeeded")) == 2]
    withdrawn = [way for way in ways if way not in too_late]
    record_property("moments_of_withdrawal", len(ways))
    record_property("charged_though_withdrawn", sum(len(charges(way)) - 1 for way in withdrawn))

    assert len(too_late) > 0 < len(withdrawn)
    for way in withdrawn:
        [rejected] = [event for event in way.world.topic.events if event["type"].endswith("rejected.v1")]
        assert rejected["data"]["error"]["code"] == "model_withdrawn"
        assert rejected["data"]["spend"]["state"] == "none"
        assert (len(charges(way)), way.count("POST")) == (1, 2)
        assert parked(way) == []


def test_a_key_that_is_not_fetched_again_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeKey, "refetched", lambda _: "k1")

    with pytest.raises(BrokenPromiseError, match="left to do for ever"):
        changed_before(0, rotate)


def test_waiting_for_a_withdrawn_model_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(self: Settlement, attempt: Attempt, message: str) -> Settled:
        self.free(attempt)
        return self.break_circuit(attempt.drop, Refused.MODEL, message)

    monkeypatch.setattr(Settlement, "_withdrawn", waits)
    way = changed_before(0, withdraw)

    assert way.count("POST") > 2
    assert not way.published("rejected")
