"""Simulated time goes in order, and a backlog is processed by the real code."""

import pytest

from depthdrop.use_cases import download_and_store
from tests.bench import throughput
from tests.bench.agenda import SECONDS, Agenda
from tests.bench.backlog import SLOTS, Worked, processed


def test_the_worker_whose_time_comes_first_runs_first() -> None:
    agenda = Agenda(100.0)
    seen: list[tuple[str, float]] = []

    def worker(name: str, seconds: float) -> None:
        for _ in range(2):
            agenda.pass_time(seconds)
            seen.append((name, agenda.now))

    agenda.begin(lambda: worker("slow", 3.0))
    agenda.begin(lambda: worker("quick", 2.0))
    agenda.run(lambda: False)

    assert seen == [("quick", 102.0), ("slow", 103.0), ("quick", 104.0), ("slow", 106.0)]


def test_a_call_takes_its_time_and_is_counted() -> None:
    agenda = Agenda(0.0)
    agenda.begin(lambda: agenda.around("GetItem", lambda: None))
    agenda.begin(lambda: agenda.fate_of("POST"))
    agenda.run(lambda: False)

    assert (agenda.now, agenda.calls) == (SECONDS["POST"], {"GetItem": 1, "POST": 1})


def test_trouble_in_a_worker_is_not_lost() -> None:
    agenda = Agenda(0.0)
    agenda.begin(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        agenda.run(lambda: False)


def test_the_share_is_of_the_slots_that_are_at_work_between_two_completions() -> None:
    worked = Worked([10.0, 20.0, 30.0], [(0.0, 15.0), (12.0, 40.0), (29.0, 60.0)], 1.0, 2)

    assert worked.share_of_ideal(1, 3) == pytest.approx((5 + 18 + 1) / 20 / SLOTS)


def test_a_backlog_is_completed_within_the_slots_and_the_code_is_put_back() -> None:
    download = vars(download_and_store)["download"]
    worked = processed(40)

    assert len(worked.completed) == len(worked.at_work) == 40
    assert worked.most_active == SLOTS
    assert worked.completed == sorted(worked.completed)
    assert vars(download_and_store)["download"] is download


def test_a_poller_of_five_seconds_keeps_slots_from_work() -> None:
    ours, theirs = processed(60), processed(60, throughput.by_job_poller)

    assert theirs.share_of_ideal(6, 40) < 0.95 * ours.share_of_ideal(6, 40)
