"""Files on their way to the server: so many, so large, each under its own name, and none anywhere else."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from depthdrop_cli.page import uploads
from depthdrop_cli.page.errors import TooLargeError
from tests.support.scripted import PICTURE
from tests.unit.page.served import Browser


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte a file, two a draft."""
    monkeypatch.setattr(uploads, "FILE_MAX_BYTES", 1024 * 1024)
    monkeypatch.setattr(uploads, "DRAFT_MAX_BYTES", 2 * 1024 * 1024)


def _files(browser: Browser) -> list[str]:
    return sorted(path.name for path in browser.folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("small")
def test_a_file_that_says_it_is_too_large_is_refused_before_it_is_read(browser: Browser) -> None:
    draft = browser.draft({})
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"x"

    with pytest.raises(TooLargeError, match="at most 1 MB"):
        asyncio.run(browser.app.drafts.add(draft, "a.jpg", 1024 * 1024 + 1, body()))

    assert read == []
    assert _files(browser) == []


@pytest.mark.usefixtures("small")
def test_a_file_that_does_not_say_is_counted_as_it_comes(browser: Browser) -> None:
    draft = browser.draft({})
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"x" * 500_000

    with pytest.raises(TooLargeError):
        asyncio.run(browser.app.drafts.add(draft, "a.jpg", None, body()))

    assert len(read) == 3
    assert _files(browser) == []


@pytest.mark.usefixtures("small")
def test_all_files_of_a_drop_count_together(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": b"x" * 900_000, "b.jpg": b"x" * 900_000})
    answer = browser.post(f"/drafts/{draft}/files", b"x" * 900_000, params={"name": "c.jpg"})

    assert answer.status_code == 413
    assert answer.json()["error"] == "c.jpg is too large: at most 2 MB are accepted together."
    assert _files(browser) == ["a.jpg", "b.jpg"]


def test_so_many_files_are_taken_and_no_more(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FILES_MAX", 2)
    draft = browser.draft({"a.jpg": PICTURE, "a.txt": b"x"})
    answer = browser.post(f"/drafts/{draft}/files", PICTURE, params={"name": "c.jpg"})

    assert (answer.status_code, answer.json()["error"]) == (413, "At most 2 files are accepted at once.")


def test_two_files_of_one_name_are_not_mixed_up(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    answer = browser.post(f"/drafts/{draft}/files", b"other", params={"name": "b/../a.jpg"})

    assert answer.status_code == 400
    assert "two files named a.jpg" in answer.json()["error"]
    assert next(browser.folder.rglob("a.jpg")).read_bytes() == PICTURE


def test_a_name_leads_nowhere_but_into_its_draft(browser: Browser) -> None:
    draft = browser.draft({"../../../escaped.jpg": PICTURE, "/etc/hosts.txt": b"x"})
    [folder] = browser.folder.iterdir()

    assert sorted(path.name for path in folder.iterdir()) == ["escaped.jpg", "hosts.txt"]
    assert browser.post("/drafts/../files", b"", params={"name": "x"}).status_code in {404, 405}
    assert draft not in folder.name


def test_a_file_that_breaks_off_leaves_nothing(browser: Browser) -> None:
    draft = browser.draft({})

    async def body() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(browser.app.drafts.add(draft, "a.jpg", None, body()))

    assert _files(browser) == []
    assert browser.post(f"/drafts/{draft}/files", PICTURE, params={"name": "a.jpg"}).status_code == 201


def test_pages_that_are_left_open_leave_only_so_many_drafts(browser: Browser) -> None:
    first = browser.draft({"a.jpg": PICTURE})
    for _ in range(8):
        browser.draft({})

    assert len(list(browser.folder.iterdir())) == 8
    assert _files(browser) == []
    assert browser.post(f"/drafts/{first}/look", {"prompt": "x"}).status_code == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"no", b'{"prompt": 1}', b"\xff"])
def test_a_request_that_is_not_understood_is_an_error(browser: Browser, body: bytes) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    answer = browser.post(f"/drafts/{draft}/look", body)

    assert (answer.status_code, answer.json()["error"]) == (400, "The request was not understood.")


def test_a_prompt_without_end_is_not_read_to_its_end(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})

    assert browser.post(f"/drafts/{draft}/look", {"prompt": "x" * 200_000}).status_code == 413
