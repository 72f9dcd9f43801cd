"""What the watcher sees from one look to the next, of records that the real code writes."""

from tests.unit.page.served import Browser
from tests.unit.scripted import PICTURE, refused
from tests.unit.use_cases.acts import finish


def _states(browser: Browser) -> list[tuple[str, str]]:
    return [(one.key, one.state) for one in browser.app.watcher.look()[0]]


def test_an_edit_is_told_through_all_its_states(browser: Browser) -> None:
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


def test_a_refusal_that_was_over_between_two_looks_is_told(browser: Browser) -> None:
    browser.app.watcher.expect(["photo.jpg"])
    browser.stack.deliver(browser.stack.drop(prompt="x" * 10_001))

    assert _states(browser) == [("photo.jpg", "refused")]


def test_a_notification_has_its_record_looked_at(browser: Browser) -> None:
    browser.stack.deliver(browser.stack.drop())
    finish(browser.stack)
    browser.stack.deliver(browser.stack.drop("other", prompt="x" * 10_001))
    assert _states(browser) == []

    for event in browser.stack.events():
        browser.app.watcher.heard(event)

    assert sorted(_states(browser)) == [("other.jpg", "refused"), ("photo.jpg", "succeeded")]


def test_a_parked_drop_and_a_half_are_told_and_go(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(429))
    browser.stack.deliver(browser.stack.drop())
    browser.stack.put("alone.jpg", PICTURE)
    browser.stack.deliver("alone.jpg")
    assert sorted(_states(browser)) == [("alone.jpg", "waiting"), ("photo.jpg", "parked")]

    browser.stack.table.delete("file#alone.jpg", "attribute_exists(pk)")
    changed, gone = browser.app.watcher.look()

    assert changed == []
    assert len(gone) == 1


def test_what_is_expected_is_forgotten_in_time_and_in_number(browser: Browser) -> None:
    browser.app.watcher.expect(f"{number}.jpg" for number in range(400))
    assert len(browser.app.watcher.uploaded()) == 300

    browser.stack.clock.now += 901
    for _ in range(40):
        browser.app.watcher.look()

    assert browser.app.watcher.uploaded() == []
