"""replay: free without --pay-again, and with it paid for once."""

import pytest

from depthdrop.inbox.message import DropReleased
from tests.support.acts import finish
from tests.support.operator_cloud import Cloud
from tests.support.scripted import refused


def _ended(cloud: Cloud, word: str) -> str:
    cloud.stack.deliver(cloud.stack.drop())
    finish(cloud.stack, word)
    edit_id: str = cloud.stack.edit()["edit_id"]
    cloud.stack.close_execution(f"{edit_id}-1")
    cloud.stack.clock.now += 7200
    return edit_id


def test_a_failed_edits_task_is_watched_again_for_free(cloud: Cloud) -> None:
    edit_id = _ended(cloud, "expired")

    shown = cloud.json("replay", edit_id[:12])
    finish(cloud.stack)

    assert shown["did"] == "resumed"
    assert "Task task-1 is watched again" in shown["message"]
    assert cloud.stack.edit()["state"] == "SUCCEEDED"
    assert len(cloud.stack.upstream.posts) == 1


def test_a_succeeded_edits_event_is_published_again_under_the_same_id(cloud: Cloud) -> None:
    edit_id = _ended(cloud, "ready")
    [before] = cloud.stack.events()

    assert cloud.json("replay", edit_id)["did"] == "notified"
    assert [event["id"] for event in cloud.stack.events()] == [before["id"]]
    assert len(cloud.stack.upstream.posts) == 1


@pytest.mark.parametrize("arguments", [("--yes",), ()])
def test_paying_again_buys_one_new_edit_of_the_same_picture(cloud: Cloud, arguments: tuple[str, ...]) -> None:
    stack = cloud.stack
    edit_id = _ended(cloud, "ready")

    ended = cloud.run("replay", edit_id, "--pay-again", "--json", *arguments, answer="y\n")
    drops = [drop for drop in stack.records("drop") if "replay" in drop["settings"]]
    for _ in range(2):
        stack.deliver(DropReleased(drops[0]["drop_id"]))

    assert ended.exit_code == 0
    assert len(drops) == 1
    assert stack.sent_back()[0]["detail"]["drop_id"] == drops[0]["drop_id"]
    assert len(stack.upstream.posts) == 2
    assert stack.upstream.posted(0) == stack.upstream.posted(1)
    assert {edit["edit_id"] for edit in stack.records("edit")} == {edit_id, drops[0]["edit_id"]}


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_nothing_is_paid_without_a_yes(cloud: Cloud, answer: str) -> None:
    edit_id = _ended(cloud, "ready")

    ended = cloud.run("replay", edit_id, "--pay-again", answer=answer)

    assert ended.exit_code == 3
    assert "It was paid for once. Pay $0.06 again?" in ended.stderr
    assert len(cloud.stack.records("drop")) == 1


def test_a_picture_that_was_replaced_cannot_be_bought_again_so(cloud: Cloud) -> None:
    edit_id = _ended(cloud, "ready")
    cloud.stack.put("photo.jpg", b"\xff\xd8\xff another")

    ended = cloud.run("replay", edit_id, "--pay-again", "--yes")

    assert ended.exit_code == 1
    assert "photo.jpg or its depth map was replaced or removed since" in ended.stderr
    assert len(cloud.stack.records("drop")) == 1


@pytest.mark.parametrize("arguments", [(), ("--pay-again", "--yes")])
def test_an_edit_that_has_not_ended_is_not_replayed(cloud: Cloud, arguments: tuple[str, ...]) -> None:
    cloud.stack.deliver(cloud.stack.drop())

    ended = cloud.run("replay", cloud.stack.edit()["edit_id"], *arguments)

    assert ended.exit_code == 3
    assert "There is nothing to replay: its task is paid for and running." in ended.stdout
    assert len(cloud.stack.records("drop")) == 1


def test_an_edit_that_was_never_paid_for_continues_by_itself(cloud: Cloud) -> None:
    cloud.stack.upstream.post_answers.append(refused(429))
    cloud.stack.deliver(cloud.stack.drop())

    assert "nothing has been paid for yet" in cloud.run("replay", cloud.stack.edit()["edit_id"]).stdout


def test_an_unknown_edit_ends_with_code_4(cloud: Cloud) -> None:
    assert cloud.run("replay", "0" * 64).exit_code == 4
    assert cloud.run("replay", "photo.jpg").exit_code == 4
