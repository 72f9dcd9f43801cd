"""The model that the owner opted in to replaces a withdrawn one: an edit of its own, paid once, named as such."""

import json
from unittest.mock import patch

import httpx
import pytest

from depthdrop.drop.refusal import RefusedError
from depthdrop.inbox.message import ComeBack, Done, DropReleased
from depthdrop.records.drops import Drops
from tests.support.acts import finish
from tests.support.aws import Stack
from tests.support.scripted import BASE_URL, NOW, PICTURE, Scripted, refused

GONE: list[Scripted] = [refused(404, "no such model"), refused(410), refused(503, "none", "model_not_found")]
FELL_BACK = ComeBack(1, "flux-pro-1.0-depth was withdrawn; the fallback takes its place")


def fall_back(stack: Stack, key: str = "photo.jpg", answer: Scripted = GONE[0]) -> None:
    """The first delivery meets the refusal, the second buys the fallback's edit."""
    stack.upstream.post_answers.append(answer)
    assert stack.deliver(key) == [FELL_BACK]
    assert stack.deliver(key) == [Done("submitted")]


def edit_of(stack: Stack, model: str) -> dict[str, object]:
    [edit] = [edit for edit in stack.records("edit") if edit["model"] == model]
    return edit


@pytest.mark.parametrize("answer", GONE)
def test_the_fallback_is_bought_once_as_an_edit_of_its_own(opted_in: Stack, answer: Scripted) -> None:
    opted_in.drop()
    fall_back(opted_in, answer=answer)

    asked, bought = edit_of(opted_in, "flux-pro-1.0-depth"), edit_of(opted_in, "flux-kontext-pro")
    assert [str(post.url) for post in opted_in.upstream.posts] == [
        f"{BASE_URL}/flux/v1/flux-pro-1-0-depth",
        f"{BASE_URL}/flux/v1/flux-kontext-pro",
    ]
    assert (asked["state"], bought["state"]) == ("RELEASED", "SUBMITTED")
    assert asked["edit_id"] != bought["edit_id"]
    assert bought["asked_model"] == "flux-pro-1.0-depth"
    assert set(opted_in.upstream.posted(1)) == {
        "prompt",
        "input_image",
        "output_format",
        "prompt_upsampling",
        "safety_tolerance",
    }
    assert [event["type"] for event in opted_in.events()] == []


def test_event_and_manifest_name_the_model_asked_for_the_model_used_and_the_price(opted_in: Stack) -> None:
    opted_in.drop()
    fall_back(opted_in)
    finish(opted_in)

    [event] = opted_in.events()
    data = event["data"]
    assert (data["model"], data["asked_model"]) == ("flux-kontext-pro", "flux-pro-1.0-depth")
    assert data["warnings"] == ["flux-pro-1.0-depth was withdrawn; flux-kontext-pro took its place."]
    assert data["spend"] == {"state": "charged", "usd": 0.04}
    manifest = json.loads(opted_in.outbox()[data["manifest"]["key"]])
    assert manifest["asked_model"] == "flux-pro-1.0-depth"
    assert manifest["warnings"] == data["warnings"]
    assert (manifest["settings"]["model"], manifest["origins"]["model"]) == ("flux-kontext-pro", "fallback")


def test_an_edit_without_a_fallback_names_no_other_model(opted_in: Stack) -> None:
    opted_in.deliver(opted_in.drop())
    finish(opted_in)

    [event] = opted_in.events()
    assert "asked_model" not in event["data"]


def test_an_owner_who_did_not_opt_in_gets_a_refusal(stack: Stack) -> None:
    stack.upstream.post_answers.append(GONE[0])

    assert stack.deliver(stack.drop()) == [Done("refused: model_withdrawn")]
    assert stack.receipt("photo.jpg")["hint"] == "Its successor is flux-kontext-pro."
    assert len(stack.upstream.posts) == 1


def test_a_redelivery_before_and_after_the_end_pays_nothing_more(opted_in: Stack) -> None:
    opted_in.drop()
    fall_back(opted_in)
    opted_in.deliver("photo.txt")
    finish(opted_in)
    opted_in.deliver("photo.jpg")

    assert len(opted_in.upstream.posts) == 2
    assert len(opted_in.events()) == 1


def test_a_parked_drop_that_is_released_falls_back_too(opted_in: Stack) -> None:
    opted_in.upstream.post_answers.append(refused(429))
    opted_in.deliver(opted_in.drop())
    [drop] = opted_in.records("drop")
    opted_in.upstream.post_answers.append(GONE[0])

    assert opted_in.deliver(DropReleased(drop["drop_id"])) == [FELL_BACK]
    assert "parked" not in opted_in.records("drop")[0]
    assert opted_in.deliver(DropReleased(drop["drop_id"])) == [Done("submitted")]
    assert len(opted_in.upstream.posts) == 3


def test_a_later_drop_asks_the_asked_model_again_and_gets_it_once_it_is_back(opted_in: Stack) -> None:
    opted_in.drop()
    fall_back(opted_in)
    finish(opted_in)
    opted_in.drop(at=NOW)

    assert opted_in.deliver("photo.jpg") == [Done("submitted")]
    depth = edit_of(opted_in, "flux-pro-1.0-depth")
    assert (depth["state"], depth.get("asked_model")) == ("SUBMITTED", None)
    assert str(opted_in.upstream.posts[2].url).endswith("flux-pro-1-0-depth")


def test_a_later_drop_of_a_model_that_is_still_gone_gets_the_picture_that_was_bought(opted_in: Stack) -> None:
    opted_in.drop()
    fall_back(opted_in)
    finish(opted_in)
    [first] = opted_in.events()
    opted_in.drop(at=NOW)
    opted_in.upstream.post_answers.append(GONE[0])

    assert opted_in.deliver("photo.jpg") == [FELL_BACK]
    assert opted_in.deliver("photo.jpg") == [Done("the edit stands as SUCCEEDED")]
    assert [event["id"] for event in opted_in.events()] == [first["id"]]
    assert len(opted_in.upstream.posts) == 3


def test_settings_that_the_fallback_does_not_take_end_the_drop(opted_in: Stack) -> None:
    opted_in.put("photo.json", b'{"prompt": "p", "steps": 20, "guidance": 9}')
    opted_in.put("photo.jpg", PICTURE)
    opted_in.upstream.post_answers.append(GONE[0])

    assert opted_in.deliver("photo.jpg") == [Done("refused: model_withdrawn")]
    receipt = opted_in.receipt("photo.jpg")
    assert (
        "The fallback flux-kontext-pro cannot take its place: it takes no steps and takes no guidance."
        in (receipt["message"])
    )
    assert receipt["field"] == "steps"
    assert (opted_in.edit()["state"], opted_in.records("slot")) == ("RELEASED", [])


def test_a_fallback_that_is_withdrawn_as_well_ends_the_drop(opted_in: Stack) -> None:
    opted_in.drop()
    opted_in.upstream.post_answers.extend([GONE[0], refused(404, "neither.")])

    assert opted_in.deliver("photo.jpg") == [FELL_BACK]
    assert opted_in.deliver("photo.jpg") == [Done("refused: model_withdrawn")]
    assert opted_in.receipt("photo.jpg")["message"] == (
        "The upstream offers neither flux-pro-1.0-depth nor its fallback flux-kontext-pro: neither."
    )
    assert [event["type"] for event in opted_in.events()] == ["depthdrop.edit.rejected.v1"]
    assert opted_in.records("slot") == []


def test_a_parked_drop_gets_the_slot_that_a_drop_falling_back_gives_back(opted_in: Stack) -> None:
    opted_in.upstream.post_answers.append(refused(429))
    opted_in.deliver(opted_in.drop("parked"))
    opted_in.clock.now += 60
    opted_in.upstream.post_answers.append(GONE[0])
    opted_in.deliver(opted_in.drop())

    assert [sent["detail-type"] for sent in opted_in.sent_back()] == ["Parked Drop Released"]


def test_other_refusals_do_not_fall_back(opted_in: Stack) -> None:
    opted_in.upstream.post_answers.append(refused(400, "the prompt is not allowed"))

    assert opted_in.deliver(opted_in.drop()) == [Done("refused: request_refused")]
    assert len(opted_in.upstream.posts) == 1


def test_a_slower_worker_that_claims_the_old_edit_finds_that_the_drop_has_left_it(opted_in: Stack) -> None:
    """Both events of a pair are processed at once; the second read the drop before it fell back."""
    opted_in.drop()
    opted_in.deliver("photo.jpg")
    opted_in.table.delete(opted_in.edit()["pk"], "attribute_exists(pk)")
    [stale] = opted_in.records("drop")
    opted_in.upstream.posts.clear()
    opted_in.upstream.post_answers.append(GONE[0])
    assert opted_in.deliver("photo.jpg") == [FELL_BACK]
    [fresh] = opted_in.records("drop")

    with patch.object(Drops, "get", side_effect=[stale, fresh]):
        settled = opted_in.deliver("photo.txt")

    assert settled == [ComeBack(1, "the drop was refused meanwhile, or asks for the fallback")]
    assert edit_of(opted_in, "flux-pro-1.0-depth")["state"] == "RELEASED"
    assert len(opted_in.upstream.posts) == 1
    assert opted_in.deliver("photo.txt") == [Done("submitted")]
    assert len(opted_in.upstream.posts) == 2


def test_a_drop_that_was_refused_meanwhile_does_not_fall_back(opted_in: Stack) -> None:
    def refused_meanwhile(_: httpx.Request) -> httpx.Response:
        opted_in.drops.refuse(opted_in.records("drop")[0]["drop_id"], '{"code": "c", "message": "m", "hint": "h"}')
        return refused(404)

    opted_in.upstream.post_answers.append(refused_meanwhile)

    assert opted_in.deliver(opted_in.drop()) == [FELL_BACK]
    assert opted_in.deliver("photo.jpg") == [Done("refused: c")]
    assert len(opted_in.upstream.posts) == 1
    assert opted_in.edit()["state"] == "RELEASED"


def test_a_fallback_that_does_not_exist_keeps_submit_from_starting(stack: Stack) -> None:
    stack.names["FallbackModel"] = "flux-9"

    with pytest.raises(RefusedError, match="The stack asks for the model 'flux-9', which is not offered here"):
        stack.submit()
