"""A purchase in which something outside fails: what is sent, what stays claimed, what is watched nevertheless."""

import httpx
import pytest

from depthdrop.records.drops import Drops
from depthdrop.records.edits import Edits
from depthdrop.records.slots import Slots
from tests.support.aws import Stack
from tests.support.scripted import refused


def test_a_post_that_could_not_be_recorded_is_not_sent_and_frees_claim_and_slot(stack: Stack) -> None:
    def broken(*_: object) -> bool:
        raise ConnectionError("no table")

    with stack.monkeypatch.context() as patched:
        patched.setattr(Edits, "post", broken)
        key = stack.drop()

        with pytest.raises(ConnectionError, match="no table"):
            stack.deliver(key)
    assert (stack.upstream.posts, stack.records("slot"), stack.edit()["state"]) == ([], [], "RELEASED")


def test_the_claim_is_released_even_if_its_slot_cannot_be_given_back(stack: Stack) -> None:
    def broken(*_: object) -> None:
        raise ConnectionError("no table")

    stack.monkeypatch.setattr(Slots, "give_back", broken)
    stack.upstream.post_answers.append(refused(429))
    key = stack.drop()

    with pytest.raises(ConnectionError, match="no table"):
        stack.deliver(key)
    assert stack.edit()["state"] == "RELEASED"


@pytest.mark.parametrize("step", ["accepted", "extend"])
def test_a_task_that_could_not_be_recorded_is_watched_nevertheless(stack: Stack, step: str) -> None:
    def broken(*_: object) -> bool:
        raise ConnectionError("no table")

    stack.monkeypatch.setattr(Edits if step == "accepted" else Slots, step, broken)
    key = stack.drop()

    with pytest.raises(ConnectionError, match="no table"):
        stack.deliver(key)
    assert stack.executions() == {f"{stack.edit()['edit_id']}-1": "RUNNING"}


def test_a_refused_request_whose_drop_cannot_be_ended_frees_its_claim(stack: Stack) -> None:
    def broken(*_: object) -> None:
        raise ConnectionError("no table")

    stack.upstream.post_answers.append(refused(422))
    key = stack.drop()
    with stack.monkeypatch.context() as patched:
        patched.setattr(Drops, "refuse", broken)
        with pytest.raises(ConnectionError, match="no table"):
            stack.deliver(key)

    assert (stack.edit()["state"], stack.records("slot")) == ("RELEASED", [])


def test_a_lost_answer_whose_record_is_gone_raises_an_error(stack: Stack) -> None:
    gone: list[str] = []

    def lost(_: httpx.Request) -> httpx.Response:
        gone.append(stack.edit()["edit_id"])
        stack.table.delete(stack.edit()["pk"], "attribute_exists(pk)")
        raise httpx.ReadError("lost")

    stack.upstream.post_answers.append(lost)
    key = stack.drop()

    with pytest.raises(LookupError) as failed:
        stack.deliver(key)
    assert str(failed.value) == f"the record of edit {gone[0]} is gone"
    assert stack.events() == []
