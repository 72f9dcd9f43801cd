"""Requests at the same moment: no limit is passed by coming together, and no draft is read while it is filled."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from depthdrop_cli.commands.drop import plan_of
from depthdrop_cli.page import uploads
from depthdrop_cli.page.errors import TooLargeError
from depthdrop_cli.terminal.errors import UsageError
from tests.support.scripted import PICTURE
from tests.unit.page.served import Browser

MEGA = 1024 * 1024


async def _pieces(size: int, each: Callable[[], None] = lambda: None) -> AsyncIterator[bytes]:
    """So many bytes, and others have their turn before each piece."""
    for _ in range(size // 50_000):
        await asyncio.sleep(0)
        each()
        yield b"x" * 50_000


def _on_disk(browser: Browser) -> int:
    return sum(path.stat().st_size for path in browser.folder.rglob("*") if path.is_file())


def test_six_uploads_at_once_do_not_pass_the_size_that_one_by_one_may_have(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FILE_MAX_BYTES", MEGA)
    monkeypatch.setattr(uploads, "DRAFT_MAX_BYTES", 2 * MEGA)
    draft, most = browser.draft({}), 0

    def measure() -> None:
        nonlocal most
        most = max(most, _on_disk(browser))

    async def six() -> list[str | BaseException]:
        files = [browser.app.drafts.add(draft, f"{n}.jpg", 900_000, _pieces(900_000, measure)) for n in range(6)]
        return await asyncio.gather(*files, return_exceptions=True)

    ended = asyncio.run(six())

    assert most <= 2 * MEGA
    assert [type(one) for one in ended].count(TooLargeError) == 4
    assert _on_disk(browser) == 2 * 900_000


def test_a_broken_upload_releases_its_name_and_space(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "DRAFT_MAX_BYTES", MEGA)
    draft = browser.draft({})

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 900_000
        raise ConnectionResetError

    for _ in range(3):
        with pytest.raises(ConnectionResetError):
            asyncio.run(browser.app.drafts.add(draft, "a.jpg", None, broken()))

    assert asyncio.run(browser.app.drafts.add(draft, "a.jpg", None, _pieces(900_000))) == "a.jpg"


def test_files_at_once_are_no_more_than_files_one_by_one(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FILES_MAX", 3)
    draft = browser.draft({})

    async def all_at_once(names: list[str]) -> list[str | BaseException]:
        files = [browser.app.drafts.add(draft, name, None, _pieces(200_000)) for name in names]
        return await asyncio.gather(*files, return_exceptions=True)

    ended = asyncio.run(all_at_once(["a.jpg", "a.jpg", "b.jpg", "c.jpg", "d.jpg"]))

    assert [type(one) for one in ended] == [str, UsageError, str, str, TooLargeError]
    assert len(list(browser.folder.rglob("*.jpg"))) == 3


def test_files_that_are_still_coming_are_neither_priced_nor_dropped(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    sentence: list[str] = []

    async def meanwhile() -> AsyncIterator[bytes]:
        yield PICTURE[:100]
        with pytest.raises(UsageError) as refused:
            browser.app.drafts.look(draft, "x", "")
        sentence.append(str(refused.value))
        with pytest.raises(UsageError) as refused:
            browser.app.drafts.drop(draft, "x")
        sentence.append(str(refused.value))
        yield PICTURE[100:]

    asyncio.run(browser.app.drafts.add(draft, "b.jpg", None, meanwhile()))

    assert sentence == ["Some of these files are still being uploaded; try again when that has ended."] * 2
    assert browser.look(draft, prompt="x")["sent"] == 2


def test_nothing_comes_in_while_files_are_priced_or_dropped(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    sentence: list[str] = []

    def slow(*arguments: object) -> object:
        with pytest.raises(UsageError) as refused:
            asyncio.run(browser.app.drafts.add(draft, "b.jpg", None, _pieces(50_000)))
        sentence.append(str(refused.value))
        return plan_of(*arguments)  # type: ignore[arg-type]  # the same

    monkeypatch.setattr(uploads, "plan_of", slow)
    plan = browser.app.drafts.look(draft, "a watercolour", "")
    dropped = browser.app.drafts.drop(draft, plan.digest)

    assert sentence == ["These files are being read; add more when that has ended."] * 2
    assert dropped == ["a.jpg"]


def test_a_dropped_draft_accepts_no_more_files(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    browser.drop(draft, browser.look(draft, prompt="x")["plan"])
    answer = browser.post(f"/drafts/{draft}/files", PICTURE, params={"name": "b.jpg"})

    assert (answer.status_code, answer.json()["error"]) == (400, "These files were dropped already.")


def test_a_draft_that_is_being_filled_is_not_given_up_for_a_new_one(browser: Browser) -> None:
    draft = browser.draft({})
    made: list[str] = []

    async def meanwhile() -> AsyncIterator[bytes]:
        yield PICTURE[:100]
        made.extend(browser.app.drafts.new() for _ in range(20))
        yield PICTURE[100:]

    asyncio.run(browser.app.drafts.add(draft, "a.jpg", None, meanwhile()))

    assert len(list(browser.folder.iterdir())) == 8
    assert browser.look(draft, prompt="x")["sent"] == 1
    assert browser.app.drafts.new()
    assert browser.post(f"/drafts/{draft}/look", {"prompt": "x"}).status_code == 404  # now it is the oldest


def test_when_all_are_being_filled_there_is_no_new_one(browser: Browser) -> None:
    names = [browser.app.drafts.new() for _ in range(8)]

    async def fill() -> str:
        async def wait() -> AsyncIterator[bytes]:
            yield b"x"
            waiting.release()
            await go_on.wait()

        waiting, go_on = asyncio.Semaphore(0), asyncio.Event()
        files = [asyncio.create_task(browser.app.drafts.add(name, "a.jpg", None, wait())) for name in names]
        for _ in names:
            await waiting.acquire()
        with pytest.raises(TooLargeError) as refused:
            browser.app.drafts.new()
        go_on.set()
        await asyncio.gather(*files)
        return str(refused.value)

    assert asyncio.run(fill()) == "8 drops are being prepared; try again later."
    assert browser.app.drafts.new()


def test_a_disk_that_ignores_case_loses_neither_file(browser: Browser) -> None:
    """As those of macOS and Windows do: `A.jpg` is there already when `a.jpg` comes."""
    draft = browser.draft({})
    [folder] = browser.folder.iterdir()
    (folder / "a.jpg").write_bytes(b"another's")
    answer = browser.post(f"/drafts/{draft}/files", PICTURE, params={"name": "a.jpg"})

    assert answer.status_code == 400
    assert "two files named a.jpg" in answer.json()["error"]
    assert (folder / "a.jpg").read_bytes() == b"another's"
