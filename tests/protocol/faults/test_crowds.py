"""Two hundred drops at once: a storm of 429, an empty balance, a refused key. All finish, and nothing is lost.

`make test` has fewer of them.
"""

from collections.abc import Callable

import pytest

from depthdrop.inbox.message import ComeBack
from depthdrop.records.circuit import Circuit, Passage
from depthdrop.records.slots import Slots
from depthdrop.use_cases.settlement import Settlement
from tests.protocol.faults.way import ALL, Way
from tests.protocol.schedules.world import World

DROPS = 200 if ALL else 60
FEW = 40  # enough to see a guard missed
SLOTS = 20  # the template's default
LASTS = 12  # rounds until the owner has put it right: an hour, as sweep comes every five minutes
BUSY = DROPS * 3 // 2  # answers of 429, whatever is free
PLENTY = 400  # rounds

Record = Callable[[str, object], None]


def crowd(plan: dict[int, Callable[[Way], object]] | None = None) -> Way:
    return Way(plan=plan or {}, world=World(slots=SLOTS), rounds=PLENTY)


def drop_all(way: Way, count: int = DROPS) -> None:
    way.go(*(f"picture{number:03}" for number in range(count)))


def all_finished(way: Way) -> bool:
    return way.states() == ["SUCCEEDED"] * DROPS and set(way.world.upstream.charges.values()) == {1}


def test_a_storm_of_429_is_outlasted_and_no_more_are_active_than_there_are_slots(record_property: Record) -> None:
    way = crowd()
    way.world.upstream.posts.extend(["busy"] * BUSY)
    drop_all(way)
    record_property("crowd_finished", len(way.published("succeeded")))
    record_property("most_active_in_memory", way.world.upstream.peak)

    assert all_finished(way)
    assert way.world.upstream.peak <= SLOTS
    assert way.world.queues.dead == []


def test_an_account_that_other_programs_use_too_is_shared_without_a_loss() -> None:
    """The upstream takes five at a time, so that most of our twenty slots only meet 429."""
    way = crowd()
    way.world.upstream.cap = 5
    drop_all(way)

    assert all_finished(way)
    assert way.count("POST") > DROPS


def test_slots_that_are_not_held_are_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slots, "take", lambda *_: "slot#00")
    way = crowd()
    drop_all(way, FEW)

    assert way.world.upstream.peak > SLOTS


def no_balance(way: Way) -> None:
    way.world.upstream.funded = False


def no_key(way: Way) -> None:
    way.world.upstream.valid_key = "k2"


def put_right(way: Way) -> None:
    way.world.upstream.funded = True
    way.world.upstream.secret = way.world.upstream.valid_key


CAUSES = {"balance empty": no_balance, "key refused": no_key}


@pytest.mark.parametrize("cause", CAUSES)
def test_while_the_owner_must_act_one_probe_at_a_time_is_sent_and_then_all_finish(
    cause: str, record_property: Record
) -> None:
    probes: list[int] = []

    def act(way: Way) -> None:
        probes.append(way.count("POST"))
        put_right(way)

    way = crowd({0: CAUSES[cause], LASTS: act})
    drop_all(way)
    record_property("crowd_waiting_finished", len(way.published("succeeded")))
    record_property("most_probes", probes[0])
    record_property("dead_letters", len(way.world.queues.dead))

    assert probes[0] <= 1 + LASTS
    assert all_finished(way)
    assert way.world.queues.dead == []


def test_a_circuit_that_lets_every_request_through_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Circuit, "ask", lambda *_: Passage(blocked=False))
    way = crowd({0: no_balance, LASTS: put_right})
    drop_all(way, FEW)

    assert way.count("POST") >= 2 * FEW  # all refused, and all accepted


def test_drops_that_wait_in_the_queue_are_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settlement, "park", lambda *_: ComeBack(30, "later"))
    way = crowd({0: no_balance, LASTS: put_right})
    drop_all(way, FEW)

    assert way.world.queues.dead
