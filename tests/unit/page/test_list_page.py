"""A page of cards: what is read for it, where it ends, and which of a drop's records has the card."""

from typing import Any

import pytest

from depthdrop_cli.page import cards
from depthdrop_cli.page.cards import ENDS
from depthdrop_cli.page.list_page import Wanted, list_page, place_from
from depthdrop_cli.terminal.errors import CliError
from tests.support.acts import finish
from tests.support.operator_cloud import Cloud
from tests.support.scripted import NOW, accepted, refused
from tests.system.page.stock import troubles
from tests.unit.page.served import Browser
from tests.unit.page.stocked import edited, stock, write


def test_a_page_reads_what_it_shows_and_not_the_table(browser: Browser) -> None:
    stock(browser, 200)
    calls = browser.stack.table.client.meta.events
    asked: list[str] = []
    calls.register("before-call.dynamodb", lambda model, **_: asked.append(model.name), unique_id="asked")
    try:
        found, _ = list_page(browser.app.stack, Wanted(), 10)
    finally:
        calls.unregister("before-call.dynamodb", unique_id="asked")

    assert len(found) == 10
    assert asked == ["Query", "BatchGetItem"]


def test_edits_of_one_second_are_each_on_one_page(browser: Browser) -> None:
    stock(browser, 23)
    for record in browser.stack.records("edit") + browser.stack.records("drop"):
        browser.stack.table.update(record["pk"], {"created_at": NOW}, "attribute_exists(pk)")
    seen: list[str] = []
    wanted = Wanted()
    for _ in range(4):
        found, next_page = list_page(browser.app.stack, wanted, 7)
        seen += [card.id for card in found]
        wanted = Wanted(before=place_from(next_page)) if next_page else wanted

    assert next_page is None
    assert sorted(seen) == sorted(f"d-{edit['drop_id']}" for edit in browser.stack.records("edit"))


def test_a_filter_that_finds_little_stops_after_a_while_and_the_next_page_continues_there(browser: Browser) -> None:
    stock(browser, 40)
    oldest = min(browser.stack.records("edit"), key=lambda edit: int(edit["created_at"]))
    browser.stack.table.update(oldest["pk"], {"image_key": "rare/a.jpg"}, "attribute_exists(pk)")
    found, next_page = list_page(browser.app.stack, Wanted(folder="rare"), 3, 20)
    pages = [found]
    while next_page:
        wanted = Wanted(folder="rare", before=place_from(next_page))
        found, next_page = list_page(browser.app.stack, wanted, 3, 20)
        pages.append(found)

    assert [card.key for page in pages for card in page] == ["rare/a.jpg"]
    assert len(pages) == 3  # 41 records


@pytest.mark.parametrize(("size", "more"), [(3, False), (2, True)])
def test_no_link_leads_to_an_empty_page(browser: Browser, size: int, *, more: bool) -> None:
    stock(browser, 20)
    edits = sorted(browser.stack.records("edit"), key=lambda edit: int(edit["created_at"]))
    for edit in edits[-3:]:
        browser.stack.table.update(edit["pk"], {"image_key": "rare/a.jpg"}, "attribute_exists(pk)")
    found, next_page = list_page(browser.app.stack, Wanted(folder="rare"), size)
    assert len(found) == size
    assert (next_page is not None) is more

    if next_page:
        rest, after = list_page(browser.app.stack, Wanted(folder="rare", before=place_from(next_page)), size)
        assert len(rest) == 3 - size
        assert after is None


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([refused(422)], ["Refused"]),
        ([refused(404), accepted("t")], ["Checked", "Running"]),
        ([refused(429)], ["Parked"]),
    ],
    ids=["refused", "fell back", "parked"],
)
def test_a_drop_has_one_card_whatever_its_requests_returned(
    browser: Browser, answers: list[Any], words: list[str]
) -> None:
    browser.stack.names["FallbackModel"] = "flux-kontext-pro"
    browser.stack.upstream.post_answers.extend(answers)
    key = browser.stack.drop()
    for word in words:
        browser.stack.deliver(key)
        browser.app.watcher.expect([key])

        assert [card.word for card in list_page(browser.app.stack, Wanted())[0]] == [word]
        assert [card.word for card in browser.app.watcher.look()[0]] == [word]


def test_a_drop_waits_in_sight_when_another_of_the_same_edit_was_refused(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(429))
    browser.stack.deliver(browser.stack.drop())
    [drop] = browser.stack.records("drop")
    other = {**drop, "pk": "drop#other", "drop_id": "other", "created_at": int(drop["created_at"]) + 1}
    write(browser, [other])
    browser.stack.drops.refuse(drop["drop_id"], '{"code": "cancelled", "message": "m", "hint": "h"}')

    assert [card.word for card in list_page(browser.app.stack, Wanted())[0]] == ["Parked", "Refused"]


def test_a_table_without_the_index_by_time_is_an_error_with_a_hint(browser: Browser, cloud: Cloud) -> None:
    cloud.refused["Query"] = "ValidationException"  # DynamoDB's answer for an index that is not there

    with pytest.raises(CliError, match="has no index by time"):
        list_page(browser.app.stack, Wanted())
    assert "Deploy this version, or use depthdrop list." in browser.get("/").text


def test_any_other_error_of_the_index_is_shown_by_its_code(browser: Browser, cloud: Cloud) -> None:
    cloud.refused["Query"] = "AccessDeniedException"

    assert "AWS refused Query: AccessDeniedException." in browser.get("/").text


def test_cards_are_the_same_as_of_whole_records(browser: Browser) -> None:
    """What a card is made of is asked for by name: here is one of each kind."""
    browser.stack.names["FallbackModel"] = "flux-kontext-pro"
    stock(browser, 2)
    [drop], [edit] = browser.stack.records("drop")[:1], browser.stack.records("edit")[:1]
    write(browser, troubles(drop, edit))
    browser.stack.upstream.post_answers.extend([refused(404), refused(422)])
    key = browser.stack.drop("falls")
    browser.stack.deliver(key)
    browser.stack.deliver(key)
    found = list_page(browser.app.stack, Wanted())[0]

    browser.stack.monkeypatch.setattr(cards, "_SHOWN", ())
    assert list_page(browser.app.stack, Wanted())[0] == found
    assert {card.state for card in found} >= {*ENDS, "parked", "waiting"}


def test_a_refused_drop_whose_claim_is_not_freed_yet_has_one_card(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(422))
    browser.stack.deliver(browser.stack.drop())
    [drop], edit = browser.stack.records("drop"), browser.stack.edit()
    assert drop["refusal_token"] == edit["token"]
    browser.stack.table.update(edit["pk"], {"state": "POSTING"}, "attribute_exists(pk)")
    assert [card.state for card in list_page(browser.app.stack, Wanted())[0]] == ["refused"]


def test_a_folder_is_found_however_its_keys_begin(browser: Browser) -> None:
    edited(browser, "/lead/a.jpg")

    assert [card.key for card in list_page(browser.app.stack, Wanted(folder="lead"))[0]] == ["/lead/a.jpg"]
    assert list_page(browser.app.stack, Wanted(folder="ead"))[0] == []


def _without_a_list(browser: Browser) -> None:
    """As a version that kept no list left it."""
    for kind in ("drop", "edit"):
        for record in browser.stack.records(kind):
            browser.stack.table.update(record["pk"], {}, "attribute_exists(pk)", remove=("listed",))


def test_an_edit_begun_by_a_version_without_a_list_is_listed_when_it_ends(browser: Browser) -> None:
    browser.stack.deliver(browser.stack.drop())
    _without_a_list(browser)
    finish(browser.stack)

    assert [card.state for card in list_page(browser.app.stack, Wanted())[0]] == ["succeeded"]


def test_a_drop_recorded_by_a_version_without_a_list_is_listed_when_it_is_refused(browser: Browser) -> None:
    browser.stack.upstream.post_answers.extend([refused(429), refused(422)])
    key = browser.stack.drop()
    browser.stack.deliver(key)
    _without_a_list(browser)
    browser.stack.clock.now += 60
    browser.stack.deliver(key)

    assert [card.state for card in list_page(browser.app.stack, Wanted())[0]] == ["refused"]


def test_a_drop_that_was_released_and_then_bought_is_listed_once(browser: Browser) -> None:
    browser.stack.upstream.post_answers.append(refused(429))
    key = browser.stack.drop()
    browser.stack.deliver(key)
    [drop] = browser.stack.records("drop")
    browser.stack.drops.give_up(drop["drop_id"])
    assert [card.state for card in list_page(browser.app.stack, Wanted())[0]] == ["released"]

    browser.stack.deliver(key)
    assert "listed" not in browser.stack.records("drop")[0]
    assert browser.stack.edit()["listed"] == "all"
