"""Access needs the printed address. Neither the path nor the cookie that it gives is enough alone."""

import re
import stat
from pathlib import Path

import pytest

from depthdrop_cli.page.guard import CLOSED, Access
from tests.support.scripted import PICTURE
from tests.unit.page.served import HOST, ORIGIN, PORT, Browser
from tests.unit.page.stocked import edited

POSTS = ("/drafts", "/drafts/x/files", "/drafts/x/look", "/drafts/x/drop")


def _gets(edit_id: str) -> list[str]:
    pages = ("/", "/?status=failed", "/events", "/edits/none", "/none", "/assets/page.js", "/assets/icon.svg")
    return [*pages, f"/edits/{edit_id}", *(f"/edits/{edit_id}/{what}" for what in ("before", "after", "manifest"))]


def _cookies(browser: Browser) -> dict[str, str]:
    """By what is wrong with them."""
    name, _, value = browser.cookie.partition("=")
    other = Access(PORT)
    return {
        "none": "",
        "another run's": other.grant().headers["set-cookie"].partition(";")[0],
        "another port's": f"depthdrop-{PORT + 1}={value}",
        "empty": f"{name}=",
        "cut": browser.cookie[:-1],
        "the secret": f"{name}={browser.access.secret}",
        "the path": f"{name}={browser.root[1:]}",
        "the token": f"{name}={browser.access.token}",
        "no ASCII": f"{name}=ü",
    }


def test_the_printed_address_gives_a_cookie_for_this_port_and_leads_on(browser: Browser) -> None:
    answer = browser.plain("GET", browser.access.address.removeprefix(ORIGIN))
    cookie, *attributes = answer.headers["set-cookie"].split("; ")

    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert attributes == [f"Path={browser.root}/", "HttpOnly", "SameSite=Strict"]
    assert cookie.partition("=")[0] == f"depthdrop-{PORT}"
    assert f'<meta http-equiv="refresh" content="0; url={browser.root}/">' in answer.text
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")
    assert browser.access.secret not in answer.text


def test_it_can_be_opened_again_and_from_a_file(browser: Browser) -> None:
    from_a_file = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    cookies = {
        browser.plain("GET", f"/open/{browser.access.secret}", headers=headers).headers["set-cookie"]
        for headers in ({}, from_a_file, {"cookie": browser.cookie})
    }

    assert len(cookies) == 1


@pytest.mark.parametrize("path", ["/open", "/open/", "/open/x", "/open/{secret}x", "/open/{secret}/", "/{secret}"])
def test_an_address_that_is_not_the_printed_one_gives_nothing(browser: Browser, path: str) -> None:
    answer = browser.plain("GET", path.replace("{secret}", browser.access.secret))

    assert (answer.status_code, answer.text) == (403, f"{CLOSED}\n")
    assert "set-cookie" not in answer.headers


def test_without_the_cookie_nothing_is_read(browser: Browser) -> None:
    edit_id = edited(browser)
    for wrong, cookie in _cookies(browser).items():
        for path in _gets(edit_id):
            for method in ("GET", "HEAD"):
                answer = browser.ask(method, path, headers={"cookie": cookie.encode()})

                assert (answer.status_code, "location" in answer.headers) == (403, False), (wrong, path)


def test_without_the_path_nothing_is_read(browser: Browser) -> None:
    edit_id = edited(browser)
    other = Access(PORT).root
    for start in ("", "/", other, f"/{browser.cookie.partition('=')[2]}", f"/{browser.access.token}", "/x"):
        for path in _gets(edit_id):
            answer = browser.plain("GET", f"{start}{path}", headers={"cookie": browser.cookie})

            assert (answer.status_code, answer.text) == (403, f"{CLOSED}\n")


def test_without_both_nothing_is_dropped(browser: Browser) -> None:
    own = {"origin": ORIGIN, "x-depthdrop-token": browser.access.token}
    for path in POSTS:
        for cookie in _cookies(browser).values():
            headers = {**own, "cookie": cookie.encode()}
            assert browser.plain("POST", f"{browser.root}{path}", headers=headers).status_code == 403
        assert browser.plain("POST", path, headers={**own, "cookie": browser.cookie}).status_code == 403

    assert list(browser.folder.iterdir()) == []


def test_another_servers_cookie_of_the_same_name_does_not_block_access(browser: Browser) -> None:
    name = browser.cookie.partition("=")[0]
    for cookie in (f"{name}=x; {browser.cookie}", f"{browser.cookie}; {name}=x", f"a=b;{browser.cookie} ;c"):
        assert browser.get("/", {"cookie": cookie}).status_code == 200


def test_none_of_the_three_values_of_a_run_reveals_another(browser: Browser) -> None:
    values = [browser.cookie.partition("=")[2], browser.root[1:], browser.access.token]

    assert len(set(values)) == 3
    assert all(re.fullmatch("[0-9a-f]{40}", value) for value in values)
    assert Access(PORT).secret != Access(PORT).secret


def test_two_pages_have_cookies_of_two_names() -> None:
    names = {Access(port).grant().headers["set-cookie"].partition("=")[0] for port in (1, 2)}

    assert len(names) == 2


def test_no_page_holds_the_secret_or_the_cookie(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    texts = [browser.get(path).text for path in ("/", "/none", "/?status=odd", "/assets/page.js")]
    texts.append(browser.post(f"/drafts/{draft}/look", {"prompt": "x"}).text)

    for text in texts:
        assert browser.access.secret not in text
        assert browser.cookie.partition("=")[2] not in text
    assert browser.access.secret not in repr(browser.access)


def test_the_file_that_is_opened_leads_there_and_is_its_owners_alone(tmp_path: Path) -> None:
    access = Access(PORT)
    opener = access.write_opener(tmp_path)

    assert stat.S_IMODE(opener.stat().st_mode) == 0o600
    assert f'content="0; url=http://{HOST}/open/{access.secret}"' in opener.read_text()
    with pytest.raises(FileExistsError):  # nor into one that another user has put there
        access.write_opener(tmp_path)
