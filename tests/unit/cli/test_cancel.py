"""cancel: before the POST nothing is charged, even if a worker is running; afterwards the cost is shown."""

import pytest

from depthdrop.inbox.message import DropReleased
from depthdrop.records.edits import State
from depthdrop.use_cases.purchase import Purchase
from depthdrop_cli.commands import cancel as cancelling
from tests.support.acts import created, finish
from tests.support.aws import PLENTY, Stack
from tests.support.operator_cloud import Cloud
from tests.support.scripted import refused


def _parked(stack: Stack) -> str:
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(key := stack.drop())
    stack.upstream.posts.clear()
    return key


def test_a_parked_drop_is_cancelled_and_never_bought_afterwards(cloud: Cloud) -> None:
    stack = cloud.stack
    key = _parked(stack)

    [shown] = cloud.json("cancel", key)
    [drop] = stack.records("drop")
    stack.clock.now += 3600
    stack.deliver(DropReleased(drop["drop_id"]))
    stack.deliver(key)
    stack.sweep().handle()

    assert shown["cancelled"] is True
    assert shown["spend"] == {"state": "none", "usd": 0}
    assert stack.upstream.posts == []
    assert stack.edit()["state"] == State.RELEASED
    assert stack.receipt(key)["code"] == "cancelled"
    assert [event["data"]["error"]["code"] for event in stack.events()] == ["cancelled"]


def test_a_drop_that_waits_for_the_budget_is_cancelled_and_never_bought_afterwards(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.names["DailyBudgetUsd"] = "0.01"
    stack.deliver(key := stack.drop())
    stack.events()

    assert cloud.json("cancel", key)[0]["cancelled"] is True
    [drop] = stack.records("drop")
    assert ("open" in drop, "parked" in drop) == (False, False)
    stack.names["DailyBudgetUsd"] = "5"
    stack.clock.now += 3600
    stack.sweep().handle()
    for body in stack.sent_back():
        stack.deliver(DropReleased(body["detail"]["drop_id"]))

    assert (stack.edit()["state"], stack.upstream.posts) == (State.RELEASED, [])
    assert [event["data"]["error"]["code"] for event in stack.events()] == ["cancelled"]


def test_an_older_drop_of_the_same_picture_that_waits_for_the_budget_is_cancelled_too(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.names["DailyBudgetUsd"] = "0.01"
    stack.deliver(key := stack.drop())
    stack.clock.now += 60
    stack.deliver(stack.drop(prompt="an oil painting", at=stack.clock.now))

    assert [one["cancelled"] for one in cloud.json("cancel", key)] == [True, True]
    assert [drop for drop in stack.records("drop") if "open" in drop] == []


def test_a_pair_that_submit_has_not_seen_yet_is_never_bought(cloud: Cloud) -> None:
    key = cloud.stack.drop()

    assert cloud.json("cancel", "photo.txt")[0]["cancelled"] is True
    cloud.stack.deliver(key)
    cloud.stack.deliver("photo.txt")

    assert cloud.stack.upstream.posts == []
    assert cloud.stack.receipt(key)["code"] == "cancelled"


def test_a_picture_that_carries_its_prompt_is_cancelled_too(cloud: Cloud) -> None:
    cloud.stack.put("own.jpg", b"\xff\xd8\xff", prompt="a watercolour")

    assert cloud.json("cancel", "own.jpg")[0]["cancelled"] is True


def test_a_worker_that_had_read_the_drop_before_cannot_pay_after_the_cancel(cloud: Cloud) -> None:
    """A worker between reading the drop and its claim, while the drop is cancelled."""
    stack = cloud.stack
    key = stack.drop()
    claim = Purchase._claim
    shown: list[object] = []

    def slow(*arguments: object) -> object:
        shown.extend(cloud.json("cancel", key))
        return claim(*arguments)  # type: ignore[arg-type]  # as they came

    stack.monkeypatch.setattr(Purchase, "_claim", slow)
    stack.deliver(key)
    stack.monkeypatch.setattr(Purchase, "_claim", claim)

    assert len(shown) == 1
    assert stack.upstream.posts == []
    stack.deliver(key)
    assert stack.upstream.posts == []


def test_a_parked_drop_of_an_earlier_upload_is_cancelled_too(cloud: Cloud) -> None:
    stack = cloud.stack
    _parked(stack)
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop(at=stack.clock.now - 5))
    stack.upstream.posts.clear()

    shown = cloud.json("cancel", "photo.jpg")
    stack.clock.now += 3600
    for drop in stack.records("drop"):
        stack.deliver(DropReleased(drop["drop_id"]))

    assert [one["cancelled"] for one in shown] == [True, True]
    assert stack.upstream.posts == []


def test_after_the_post_it_is_too_late_and_the_cost_is_shown(cloud: Cloud) -> None:
    cloud.stack.deliver(key := cloud.stack.drop())

    [shown] = cloud.json("cancel", key, code=3)

    assert shown["cancelled"] is False
    assert shown["spend"] == {"state": "charged", "usd": 0.06}
    assert "Too late: it was paid for, $0.06." in shown["message"]
    finish(cloud.stack)
    assert cloud.stack.edit()["state"] == State.SUCCEEDED
    assert "its edit is SUCCEEDED" in cloud.run("cancel", key).stdout


@pytest.mark.parametrize(
    ("state", "sentence"), [("CLAIMED", "about to pay $0.06"), ("POSTING", "may have been charged")]
)
def test_a_worker_at_work_is_not_disturbed(cloud: Cloud, state: str, sentence: str) -> None:
    stack = cloud.stack
    key = _parked(stack)
    edit = stack.edit()
    changes = {"state": state, "lease_until": int(stack.clock.now) + 60}
    stack.table.update(edit["pk"], changes, "attribute_exists(pk)")

    ended = cloud.run("cancel", key)

    assert ended.exit_code == 3
    assert sentence in ended.stdout
    assert "refusal" not in stack.records("drop")[0]
    assert stack.edit()["token"] == edit["token"]


def test_a_refused_drop_stays_refused(cloud: Cloud) -> None:
    cloud.stack.deliver(key := cloud.stack.drop(prompt="x" * 10_001))

    assert "refused before" in cloud.json("cancel", key)[0]["message"]
    assert cloud.stack.receipt(key)["code"] != "cancelled"


def test_cancelling_twice_publishes_the_same_event_once(cloud: Cloud) -> None:
    key = _parked(cloud.stack)

    cloud.json("cancel", key)
    cloud.json("cancel", key)

    assert len(cloud.stack.events()) == 1


@pytest.mark.parametrize("key", ["nowhere.jpg", "alone.jpg", "alone.txt"])
def test_where_no_drop_is_there_is_nothing_to_cancel(cloud: Cloud, key: str) -> None:
    if key != "nowhere.jpg":
        cloud.stack.put(key, b"something")

    ended = cloud.run("cancel", key)

    assert ended.exit_code == 4
    assert cloud.stack.records("drop") == []


def test_a_depth_map_of_another_picture_is_left_alone(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.put("photo.json", b'{"prompt": "x", "depth_map": "depth.png"}')
    stack.put("photo.jpg", b"\xff\xd8\xff")
    stack.put("depth.png", b"x", prompt="never mind")
    stack.deliver("photo.jpg")

    assert cloud.run("cancel", "depth.png").exit_code == 4


def test_cancelled_and_dropped_again_it_is_bought(cloud: Cloud) -> None:
    stack = cloud.stack
    key = _parked(stack)
    cloud.json("cancel", key)
    stack.clock.now += 3600
    stack.drop(at=stack.clock.now - 60)
    stack.deliver(key)

    assert len(stack.upstream.posts) == 1


def test_the_claim_outlives_every_invocation_that_may_have_begun_before(cloud: Cloud) -> None:
    key = _parked(cloud.stack)
    cloud.json("cancel", key)

    assert cloud.stack.edit()["lease_until"] - cloud.stack.clock.now > PLENTY + 5
    assert cancelling.CANCELLED.code == "cancelled"
    assert [*cloud.stack.submit().handle(created(key), lambda: PLENTY)]
