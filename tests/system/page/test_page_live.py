"""What an open page does with each push: where a card goes, and when nobody looks."""

import pytest
from playwright.sync_api import expect

from tests.system.page.conftest import Open
from tests.system.page.stock import many, troubles
from tests.system.page.upped import Stocked

pytestmark = pytest.mark.sockets

# A browser without a window takes every page for seen.
_SEEN = """(seen) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: !seen });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_what_is_pushed_has_its_place_in_time(visit: Open, stocked: Stocked) -> None:
    """The first look pushes everything that is open, however old."""
    stocked.write(many(stocked.drop, stocked.edit, 70))
    [parked] = [one for one in troubles(stocked.drop, stocked.edit) if "parked" in one]
    now = int(stocked.edit["created_at"])
    page = visit(stocked.url).page
    expect(page.locator(".card")).to_have_count(60)
    for name, at in (("old", now - 10**6), ("between", now - 90), ("new", now + 60)):
        stocked.write([{**parked, "pk": f"drop#{name}", "drop_id": name, "created_at": at}])

    expect(page.locator(".card").first).to_have_id("d-new")
    expect(page.locator("#d-between")).to_have_count(1)
    expect(page.locator("#d-old")).to_have_count(0)
    order = page.locator(".card").evaluate_all("cards => cards.map((card) => Number(card.dataset.made))")
    assert order == sorted(order, reverse=True)


def test_a_page_that_nobody_sees_holds_no_connection_and_catches_up_when_it_is_seen(
    visit: Open, stocked: Stocked
) -> None:
    """A browser keeps six to one host: with as many tabs open, no other would load."""
    [parked] = [one for one in troubles(stocked.drop, stocked.edit) if "parked" in one]
    hidden, witness = (visit(stocked.url).page for _ in range(2))
    for page in (hidden, witness):
        expect(page.locator(".card")).to_have_count(1)
    expect(hidden.locator("[data-totals]")).not_to_have_attribute("aria-busy", "true")  # it listens
    hidden.evaluate(_SEEN, False)  # noqa: FBT003  # the script's only argument
    stocked.write([{**parked, "pk": "drop#new", "drop_id": "new", "created_at": stocked.edit["created_at"]}])
    expect(witness.locator("#d-new")).to_have_count(1)
    assert hidden.locator("#d-new").count() == 0

    hidden.evaluate(_SEEN, True)  # noqa: FBT003  # the script's only argument
    expect(hidden.locator("#d-new")).to_have_count(1)
