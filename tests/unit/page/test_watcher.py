"""What the watcher sees from one look to the next, of records that the real code writes."""

import httpx
import pytest
from botocore.exceptions import ClientError

from depthdrop.records.drops import BUDGET
from depthdrop_cli.page.list_page import Wanted, list_page
from tests.support.acts import finish
from tests.support.operator_cloud import Cloud
from tests.support.scripted import NOW, PICTURE, refused
from tests.unit.page.served import Browser


def _states(browser: Browser) -> list[tuple[str, str]]:
    return [(one.key, one.state) for one in browser.app.watcher.look()[0]]


def test_an_edit_is_followed_through_all_its_states(browser: Browser) -> None:
    browser.stack.put("a.jpg", PICTURE, prompt="x")
    browser.app.watcher.expect(["a.jpg"])
    assert [one.key for one in browser.app.watcher.uploaded()] == ["a.jpg"]
    assert _states(browser) == []

    browser.stack.deliver("a.jpg")
    assert _states(browser) == [("a.jpg", "submitted")]
    assert browser.app.watcher.uploaded() == []
    assert _states(browser) == []

    finish(browser.stack)
    assert _states(browser) == [("a.jpg", "succeeded")]
    assert _states(browser) == []
    assert browser.app.watcher._open == {}


def test_a_refusal_between_two_looks_is_found(browser: Browser) -> None:
    browser.app.watcher.expect(["photo.jpg"])
    browser.stack.deliver(browser.stack.drop(prompt="x" * 10_001))

    assert _states(browser) == [("photo.jpg", "refused")]


def test_a_notification_has_its_record_looked_at(browser: Browser) -> None:
    browser.stack.deliver(browser.stack.drop())
    finish(browser.stack)
    browser.stack.deliver(browser.stack.drop("other", prompt="x" * 10_001))
    assert _states(browser) == []

    for event in browser.stack.events():
        browser.app.watcher.notify(event)

    assert sorted(_states(browser)) == [("other.jpg", "refused"), ("photo.jpg", "succeeded")]


def test_a_parked_drop_and_an_unpaired_file_appear_and_disappear(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(429))
    browser.stack.deliver(browser.stack.drop())
    browser.stack.put("alone.jpg", PICTURE)
    browser.stack.deliver("alone.jpg")
    assert sorted(_states(browser)) == [("alone.jpg", "waiting"), ("photo.jpg", "parked")]

    browser.stack.table.delete("file#alone.jpg", "attribute_exists(pk)")
    changed, gone = browser.app.watcher.look()

    assert changed == []
    assert len(gone) == 1


def test_expected_uploads_are_limited_in_time_and_number(browser: Browser) -> None:
    browser.app.watcher.expect(f"{number}.jpg" for number in range(400))
    assert len(browser.app.watcher.uploaded()) == 300

    browser.stack.clock.now += 901
    for _ in range(40):
        browser.app.watcher.look()

    assert browser.app.watcher.uploaded() == []


def test_a_request_that_is_refused_while_watched_is_found(browser: Browser) -> None:
    seen: list[tuple[str, str]] = []

    def looked_at_meanwhile(_: httpx.Request) -> httpx.Response:
        seen.extend(_states(browser))
        return refused(422)

    browser.stack.upstream.post_answers.append(looked_at_meanwhile)
    browser.stack.deliver(browser.stack.drop())
    changed, gone = browser.app.watcher.look()

    assert seen == [("photo.jpg", "posting")]
    assert ([(one.key, one.state) for one in changed], gone) == ([("photo.jpg", "refused")], [])
    assert browser.app.watcher.look() == ([], [])


def test_a_cancelled_drop_has_one_card_before_and_after_its_claim_is_freed(browser: Browser, cloud: Cloud) -> None:
    browser.stack.upstream.post_answers.append(refused(429))
    browser.stack.deliver(browser.stack.drop())
    assert _states(browser) == [("photo.jpg", "parked")]

    assert cloud.run("cancel", "photo.jpg").exit_code == 0
    assert browser.stack.edit()["state"] == "CLAIMED"
    changed, gone = browser.app.watcher.look()
    assert ([(one.key, one.state) for one in changed], gone) == ([("photo.jpg", "refused")], [])
    assert [card.state for card in list_page(browser.app.stack, Wanted())[0]] == ["refused"]

    browser.stack.edits.give_up(browser.stack.edit()["edit_id"], browser.stack.edit()["token"], NOW)
    assert browser.app.watcher.look() == ([], [])
    assert [card.state for card in list_page(browser.app.stack, Wanted())[0]] == ["refused"]


def test_a_drop_parked_for_the_budget_is_found(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(429))
    browser.stack.deliver(browser.stack.drop())
    browser.stack.drops.park(browser.stack.records("drop")[0]["drop_id"], BUDGET, "m", 0)

    assert _states(browser) == [("photo.jpg", "parked")]


@pytest.mark.parametrize("refused_call", ["BatchGetItem", "ListObjectsV2"])
def test_a_look_that_fails_forgets_nothing(browser: Browser, cloud: Cloud, refused_call: str) -> None:
    browser.stack.put("a.jpg", PICTURE, prompt="x")
    browser.app.watcher.expect(["a.jpg"])
    browser.stack.deliver("a.jpg")
    for event in browser.stack.events():
        browser.app.watcher.notify(event)
    cloud.refused[refused_call] = "ThrottlingException"
    with pytest.raises(ClientError):
        browser.app.watcher.look()
    assert [one.key for one in browser.app.watcher.uploaded()] == ["a.jpg"]

    finish(browser.stack)
    del cloud.refused[refused_call]
    assert _states(browser) == [("a.jpg", "succeeded")]
    assert browser.app.watcher.uploaded() == []
