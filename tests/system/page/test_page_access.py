"""Who gets in, in a real browser: from the private file, by the printed address, and nobody by the cookie alone."""

import pytest
from playwright.sync_api import Page, expect

from depthdrop_cli.page.guard import CLOSED
from depthdrop_cli.page.server import Served, bound, served
from depthdrop_cli.stack.stacks import find_stack
from tests.support.operator_cloud import NAME, Cloud
from tests.system.page.conftest import Open
from tests.system.page.served_page import _no_real_account, _resources, cloud, page, stack, upstream

__all__ = ["_no_real_account", "_resources", "cloud", "page", "stack", "upstream"]

pytestmark = pytest.mark.sockets


def _home(page: Served) -> str:
    return f"{page.access.origin}{page.access.root}/"


def _is_in(tab: Page) -> None:
    """It has its style and its script, and receives news."""
    expect(tab.locator("[data-totals]")).to_be_visible()
    expect(tab.locator("[data-totals]")).not_to_have_attribute("aria-busy", "true")
    assert tab.evaluate("getComputedStyle(document.querySelector('.card, [data-cards]')).listStyleType") == "none"


@pytest.mark.parametrize("by", ["file", "address"])
def test_it_leads_in_and_reload_links_and_back_work(visit: Open, page: Served, by: str) -> None:
    tab = visit(page.opener.as_uri() if by == "file" else page.url).page
    tab.wait_for_url(_home(page))
    _is_in(tab)

    tab.reload()
    _is_in(tab)
    tab.get_by_role("link", name="Failed").click()
    expect(tab.get_by_role("link", name="Failed")).to_have_attribute("aria-current", "page")
    tab.go_back()
    assert tab.url == _home(page)
    _is_in(tab)
    tab.go_back()
    assert tab.url == "about:blank"  # neither the file nor the address that it leads by is in between
    tab.go_forward()
    _is_in(tab)


def test_bookmarks_and_tabs_work_and_a_browser_that_was_closed_is_let_in_again(visit: Open, page: Served) -> None:
    first = visit(page.url).page
    for address in (page.url, _home(page), page.opener.as_uri()):
        tab = first.context.new_page()
        tab.goto(address)
        tab.wait_for_url(_home(page))
        _is_in(tab)
        tab.close()
    _is_in(visit(page.url).page)


def test_two_pages_are_open_beside_each_other(visit: Open, page: Served) -> None:
    with served(find_stack(NAME), bound(0), allow_drop=True) as other:
        first = visit(page.url).page
        second = first.context.new_page()
        second.goto(other.url)
        second.wait_for_url(_home(other))
        for tab in (first, second, first):
            tab.reload()
            _is_in(tab)

        names = {cookie["name"] for cookie in first.context.cookies([_home(page), _home(other)])}
        assert names == {f"depthdrop-{one.access.port}" for one in (page, other)}


def test_no_script_reads_the_cookie_and_no_page_sends_a_referrer(visit: Open, page: Served) -> None:
    tab = visit(page.url).page
    [cookie] = tab.context.cookies(_home(page))

    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", f"{page.access.root}/")
    assert tab.evaluate("[document.cookie, document.referrer]") == ["", ""]
    assert page.access.secret not in tab.content()


def test_without_the_printed_address_there_is_a_sentence(visit: Open, page: Served) -> None:
    seen = visit(page.access.origin)
    for address in (page.access.origin, _home(page), f"{page.access.origin}/open/guessed"):
        seen.page.goto(address)
        expect(seen.page.locator("body")).to_have_text(CLOSED)
    seen.complaints.clear()  # the browser reports the refusals


@pytest.mark.parametrize("to", ["open", "home"])
def test_the_name_localhost_leads_to_the_same_page(visit: Open, page: Served, to: str) -> None:
    tab = visit(page.url).page
    address = page.url if to == "open" else f"{_home(page)}?status=failed"
    tab.goto(address.replace("127.0.0.1", "localhost"))
    tab.wait_for_url(_home(page) if to == "open" else address)

    _is_in(tab)


def test_a_page_of_an_earlier_run_says_what_to_do(visit: Open, cloud: Cloud) -> None:
    """Its server is another one by now, at the same port."""
    assert cloud.stack
    with served(find_stack(NAME), bound(0), allow_drop=True) as page:
        seen = visit(page.url)
        _is_in(seen.page)
    with served(find_stack(NAME), bound(page.access.port), allow_drop=True) as later:
        expect(seen.page.locator("[data-lost]")).to_contain_text(CLOSED)
        seen.page.goto(later.url)
        seen.page.wait_for_url(_home(later))
        _is_in(seen.page)
        seen.complaints.clear()  # the browser reports the connection that broke off, and the refusals
