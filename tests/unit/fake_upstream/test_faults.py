"""Directives, the queue of `/admin/faults`, and how often each fault strikes."""

import pytest

from local.fake_upstream.catalogue import CATALOGUE
from local.fake_upstream.faults import BadFaultError, parse_directives, without_directives
from tests.unit.fake_upstream.talk import Talk, base64_of, drawing, encoded


def test_a_directive_is_read_with_its_parameters() -> None:
    first, second = parse_directives(
        CATALOGUE, "snow [[fault post.429 retry_after=2 times=3]] [[ fault poll.not_found seconds=7.5 ]]"
    )

    assert (first.fault.name, dict(first.params), first.times) == ("post.429", {"retry_after": 2}, 3)
    assert (second.fault.name, dict(second.params), second.times) == ("poll.not_found", {"seconds": 7.5}, None)


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        ("[[fault post.492]]", "post.429"),
        ("[[fault poll.moderated]]", "poll.content_moderated"),
        ("[[fault zzz]]", "post.400"),
        ("[[fault post.429 retry_afer=2]]", "retry_after"),
        ("[[fault post.429 time=2]]", "times"),
        ("[[fault post.429 retry_after=soon]]", "not a valid int"),
        ("[[fault post.429 times=0]]", "times must be"),
        ("[[fault post.429 retry_after=-1]]", "between 0"),
        ("[[fault poll.slow delay=nan]]", "between 0"),
        ("[[fault post.429 twice]]", "key=value"),
        ("[[fault]]", "needs a name"),
    ],
)
def test_a_wrong_directive_is_refused_with_the_nearest_valid_name(directive: str, message: str) -> None:
    with pytest.raises(BadFaultError, match=message):
        parse_directives(CATALOGUE, f"snow {directive}")


def test_a_wrong_directive_is_a_422_that_is_not_charged(talk: Talk) -> None:
    answer = talk.post("snow [[fault post.492]]")

    assert answer.status_code == 422
    assert "post.429" in answer.json()["detail"][0]["msg"]
    assert talk.upstream.ledger.count == 0


def test_the_painter_reads_the_prompt_without_directives() -> None:
    assert without_directives("a [[fault post.429]]\n snowy   garden") == "a snowy garden"


def test_a_fault_with_one_strike_lets_the_retry_succeed(talk: Talk) -> None:
    answers = [talk.post("snow [[fault post.429]]").status_code for _ in range(3)]

    assert answers == [429, 200, 200]


def test_strikes_are_counted_per_prompt_and_picture(talk: Talk) -> None:
    other = base64_of(encoded(drawing(300, 300)))

    first = talk.post("snow [[fault post.429]]")
    same_prompt = talk.post("snow [[fault post.429]]", control_image=other)
    same_picture = talk.post("ice [[fault post.429]]")

    assert [one.status_code for one in (first, same_prompt, same_picture)] == [429, 429, 429]


def test_directives_for_one_stage_strike_one_after_the_other(talk: Talk) -> None:
    prompt = "snow [[fault post.429]] [[fault post.503 times=2]] [[fault post.500_charged]]"

    answers = [talk.post(prompt).status_code for _ in range(5)]

    assert answers == [429, 503, 503, 500, 200]
    assert [charge.answer for charge in talk.upstream.ledger.charges] == ["unclear", "sent"]


def test_times_always_never_ends(talk: Talk) -> None:
    answers = {talk.post("snow [[fault post.503 times=always]]").status_code for _ in range(4)}

    assert answers == {503}


def test_an_armed_fault_strikes_only_prompts_that_match(talk: Talk) -> None:
    body = {"fault": "post.402", "times": None, "match": "garden"}

    assert talk.admin("POST", "faults", body).status_code == 201
    assert talk.post("a street").status_code == 200
    assert talk.post("a garden").status_code == 402


def test_an_armed_fault_without_times_has_the_catalogues_strikes(talk: Talk) -> None:
    armed = talk.admin("POST", "faults", {"fault": "poll.500"}).json()

    assert armed == {
        "fault": "poll.500",
        "times": 2,
        "used": 0,
        "match": "",
        "params": {"seconds": 0.0},
    }


def test_armed_faults_are_listed_with_their_use_and_can_be_cleared(talk: Talk) -> None:
    talk.admin("POST", "faults", {"fault": "post.429", "times": 5, "params": {"retry_after": 3}})
    refused = talk.post()

    listed = talk.admin("GET", "faults").json()
    talk.admin("DELETE", "faults")

    assert refused.headers["Retry-After"] == "3"
    assert [(one["fault"], one["used"]) for one in listed["armed"]] == [("post.429", 1)]
    assert {one["name"] for one in listed["catalogue"]} == set(CATALOGUE)
    assert talk.post().status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"fault": "nope"}, {"fault": "post.429", "params": {"x": 1}}, {"fault": "post.429", "times": 0}, "x"],
)
def test_a_wrong_request_to_arm_a_fault_is_a_422(talk: Talk, body: object) -> None:
    assert talk.admin("POST", "faults", body).status_code == 422
    assert talk.upstream.fault_queue.armed == []


def test_a_charging_fault_does_not_strike_past_the_cap_and_is_not_used_up(talk: Talk) -> None:
    talk.upstream.configure(active_cap=0)
    refused = talk.post("snow [[fault post.500_charged]]")
    talk.upstream.configure(active_cap=1)
    struck = talk.post("snow [[fault post.500_charged]]")

    assert (refused.status_code, struck.status_code) == (429, 500)
    assert talk.upstream.ledger.count == 1


def test_an_invalid_body_is_refused_before_any_fault_strikes(talk: Talk) -> None:
    assert talk.post("snow [[fault post.500]]", steps=1).status_code == 422
    assert talk.post("snow [[fault post.500]]").status_code == 500


def test_not_found_lasts_for_its_seconds(talk: Talk) -> None:
    task_id = talk.task("snow [[fault poll.not_found seconds=4]]")

    early = talk.poll(task_id)
    talk.wait(4)
    later = talk.poll(task_id)

    assert (early.status_code, early.json()["status"]) == (200, "Task not found")
    assert later.json()["status"] == "Pending"


def test_a_task_that_is_pending_for_ever_stays_active_for_an_hour(talk: Talk) -> None:
    task_id = talk.task("snow [[fault poll.pending]]")
    talk.wait(3599)
    before = talk.upstream.tasks.active(talk.clock.now())
    talk.wait(1)

    assert before == 1
    assert talk.upstream.tasks.active(talk.clock.now()) == 0
    assert talk.poll(task_id).json()["status"] == "Pending"


def test_pending_with_seconds_is_a_task_that_takes_at_least_that_long(talk: Talk) -> None:
    task_id = talk.task("snow [[fault poll.pending seconds=404]]")
    talk.wait(403)
    late = talk.poll(task_id).json()["status"]
    talk.wait(1)

    assert (late, talk.poll(task_id).json()["status"]) == ("Pending", "Ready")


def test_a_task_is_no_longer_active_once_a_poll_has_shown_its_failure(talk: Talk) -> None:
    task_id = talk.task("snow [[fault poll.request_moderated]]")

    assert talk.poll(task_id).json()["status"] == "Request Moderated"
    assert talk.upstream.tasks.active(talk.clock.now()) == 0


def test_a_fault_of_a_ready_task_strikes_only_when_it_is_ready(talk: Talk) -> None:
    task_id = talk.task("snow [[fault poll.result_null times=1]]")
    pending = talk.poll(task_id).json()["status"]
    talk.wait(10)
    struck = talk.poll(task_id).json()
    well = talk.poll(task_id).json()

    assert (pending, struck["status"], struck["result"]) == ("Pending", "Ready", None)
    assert well["result"]["sample"]


def test_an_expired_download_fault_leads_to_a_fresh_link_that_works(talk: Talk) -> None:
    task_id = talk.task("snow [[fault download.expired]]")
    first = talk.sample(task_id)
    status = talk.get(first).status_code
    second = talk.poll(task_id).json()["result"]["sample"]

    assert (status, talk.get(first).status_code) == (403, 403)
    assert talk.get(second).status_code == 200


def test_with_stale_links_and_an_expired_download_a_charged_sample_cannot_be_fetched(talk: Talk) -> None:
    task_id = talk.task("snow [[fault link.stale]] [[fault download.expired]]")
    first = talk.sample(task_id)
    talk.get(first)

    assert talk.poll(task_id).json()["result"]["sample"] == first
    assert talk.get(first).status_code == 403


def test_a_slow_answer_takes_its_time_divided_by_the_speed(talk: Talk) -> None:
    talk.upstream.configure(speed=10)
    before = talk.clock.now()

    assert talk.post("snow [[fault post.slow seconds=50]]").status_code == 200
    assert talk.clock.now() - before == 5


def test_the_state_counts_the_strikes_of_each_fault(talk: Talk) -> None:
    talk.poll(talk.task("snow [[fault post.extra_keys]] [[fault poll.500]] [[fault poll.queued]]"))
    talk.task("ice [[fault post.extra_keys]]")

    assert talk.admin("GET", "state").json()["strikes"] == {"poll.500": 1, "post.extra_keys": 2}
    talk.admin("POST", "reset")
    assert talk.admin("GET", "state").json()["strikes"] == {}
