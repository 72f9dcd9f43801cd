"""The answers to polls over time."""

import statistics

import pytest

from local.fake_upstream.settings import Tuning
from local.fake_upstream.tasks import TaskBook
from tests.unit.fake_upstream.talk import API, KEY, Talk, base64_of, bearer, drawing, encoded


def test_a_task_is_pending_until_its_latency_has_passed_and_then_ready(talk: Talk) -> None:
    task_id = talk.task()

    before = talk.poll(task_id).json()
    talk.wait(9.9)
    nearly = talk.poll(task_id).json()
    talk.wait(0.1)
    after = talk.poll(task_id).json()

    assert (before["status"], before["result"], before["progress"]) == ("Pending", None, 0.0)
    assert (nearly["status"], nearly["progress"]) == ("Pending", 0.99)
    assert after["status"] == "Ready"


def test_a_result_has_the_fields_of_the_contract(talk: Talk) -> None:
    started = talk.clock.now()
    task_id = talk.task("a garden", seed=42)
    link = talk.sample(task_id)

    result = talk.poll(task_id).json()["result"]

    assert result == {
        "sample": link,
        "prompt": "a garden",
        "seed": 42,
        "duration": 10.0,
        "start_time": started,
        "end_time": started + 10,
    }


def test_a_request_without_a_seed_always_gets_the_same_seed(talk: Talk) -> None:
    talk.post("one")
    talk.post("one")
    talk.post("two")

    first, second, other = [charge.seed for charge in talk.upstream.ledger.charges]
    assert first == second != other


def test_speed_divides_the_latency(talk: Talk) -> None:
    talk.upstream.configure(speed=10)
    task_id = talk.task()
    talk.wait(1)

    assert talk.poll(task_id).json()["status"] == "Ready"


def test_an_unknown_task_is_a_404_that_says_task_not_found(talk: Talk) -> None:
    answer = talk.poll("nobody")

    assert answer.status_code == 404
    assert answer.json()["status"] == "Task not found"


def test_a_poll_without_an_id_is_a_422(talk: Talk) -> None:
    answer = talk.call("GET", f"{API}/flux/v1/get_result", headers=bearer(KEY))

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "id"]


def test_a_poll_with_a_wrong_key_is_a_401(talk: Talk) -> None:
    assert talk.poll(talk.task(), key="wrong").status_code == 401


def test_polls_give_the_same_link_until_it_expires_and_then_a_new_one(talk: Talk) -> None:
    task_id = talk.task()
    first = talk.sample(task_id)
    talk.wait(599)
    same = talk.poll(task_id).json()["result"]["sample"]
    talk.wait(1)
    fresh = talk.poll(task_id).json()["result"]["sample"]

    assert first == same != fresh


@pytest.mark.parametrize("stale", ["setting", "directive"])
def test_new_links_can_be_switched_off(talk: Talk, stale: str) -> None:
    talk.upstream.configure(fresh_links=stale != "setting")
    task_id = talk.task("a garden [[fault link.stale]]" if stale == "directive" else "a garden")
    first = talk.sample(task_id)
    talk.wait(601)

    assert talk.poll(task_id).json()["result"]["sample"] == first


def test_a_picture_that_cannot_be_decoded_ends_in_error_though_it_was_charged(talk: Talk) -> None:
    whole = encoded(drawing(400, 300), "JPEG")
    task_id = talk.task(control_image=base64_of(whole[: len(whole) // 2]))
    talk.wait(10)

    assert talk.poll(task_id).json()["status"] == "Error"
    assert talk.upstream.ledger.count == 1


def test_the_latencies_have_the_configured_median_and_mean() -> None:
    book, tuning = TaskBook(random_seed=1), Tuning(speed=2)

    drawn = [book.latency(tuning) * 2 for _ in range(20_000)]

    assert statistics.median(drawn) == pytest.approx(15, rel=0.03)
    assert statistics.mean(drawn) == pytest.approx(19, rel=0.03)


def test_a_random_seed_makes_the_latencies_repeatable_but_never_the_ids() -> None:
    one, two = Talk(random_seed=5, mean=20), Talk(random_seed=5, mean=20)

    ids = [one.task(), two.task()]
    first, second = (talk.upstream.tasks.tasks[task_id] for talk, task_id in zip((one, two), ids, strict=True))

    assert first.ready_at == second.ready_at
    assert ids[0] != ids[1]
    one.upstream.painter.close()
    two.upstream.painter.close()
