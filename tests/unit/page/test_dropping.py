"""Dropping from the page: priced by the command's own code, paid for once, and only what was shown."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from depthdrop import aws
from tests.support.acts import asked
from tests.support.aws import INBOX
from tests.support.scripted import PICTURE, picture
from tests.unit.page.served import Browser

if TYPE_CHECKING:
    import httpx


def _keys(browser: Browser) -> list[str]:
    s3 = browser.stack.submit().inbox.s3
    return [one["Key"] for one in s3.list_objects_v2(Bucket=INBOX).get("Contents", [])]


def test_a_plan_shows_the_price_and_uploads_nothing(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE, "b.jpg": picture(shade=7)})

    plan = browser.look(draft, prompt="a watercolour")

    assert plan["sent"] == 2
    assert "2 pictures: $0.12" in plan["html"]
    assert "Drop 2 pictures for $0.12" in plan["html"]
    assert _keys(browser) == []


def test_the_dropped_edit_is_the_one_that_was_shown(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    plan = browser.look(draft, prompt="ein Aquarell, größer", folder="my album/#1")
    answer = browser.drop(draft, plan["plan"])
    browser.stack.deliver("my album/#1/a.jpg")

    assert answer.json()["message"] == "1 picture was dropped."
    assert 'data-state="uploaded"' in answer.json()["html"]
    assert browser.stack.upstream.posted()["prompt"] == "ein Aquarell, größer"


def test_pressed_twice_it_is_dropped_once(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    plan = browser.look(draft, prompt="a watercolour", folder="/album//")["plan"]
    answers: list[httpx.Response] = []

    calls = asked(browser.stack, lambda: answers.extend(browser.drop(draft, plan) for _ in range(2)))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert calls.count("PutObject") == 1
    assert _keys(browser) == ["album/a.jpg"]


def test_pressed_twice_at_the_same_moment_it_is_dropped_once(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    plan = browser.look(draft, prompt="a watercolour")["plan"]
    ended: list[list[str]] = []

    def both() -> None:
        with ThreadPoolExecutor(4) as pool:
            ended.extend(pool.map(lambda _: browser.app.drafts.drop(draft, plan), range(4)))

    assert asked(browser.stack, both).count("PutObject") == 1
    assert len({id(one) for one in ended}) == 1


def test_no_other_price_is_paid_than_the_one_that_was_shown(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    plan = browser.look(draft, prompt="a watercolour")["plan"]
    browser.stack.put("_preset.yaml", b"steps: 20\n")

    answer = browser.drop(draft, plan)

    assert answer.status_code == 409
    assert "changed since it was shown" in answer.json()["error"]
    assert _keys(browser) == ["_preset.yaml"]


def test_a_file_that_comes_after_the_look_is_not_dropped_unseen(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    plan = browser.look(draft, prompt="a watercolour")["plan"]
    browser.post(f"/drafts/{draft}/files", picture(shade=9), params={"name": "b.jpg"})

    assert browser.drop(draft, plan).status_code == 409
    assert browser.drop(draft, "").status_code == 409
    assert _keys(browser) == []


def test_nothing_is_dropped_that_was_not_looked_at(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE, "a.txt": b"a watercolour"})

    assert browser.drop(draft, "").status_code == 409
    assert browser.drop("unknown", "").status_code == 404


def test_a_refused_picture_is_shown_and_not_uploaded(browser: Browser) -> None:
    files = {
        "a.jpg": PICTURE,
        "a.txt": b"x",
        "b.jpg": picture(shade=7),
        "b.json": b'{"prompt": "x", "step": 3}',
        "c.png": b"no",
    }
    draft = browser.draft(files)
    plan = browser.look(draft)
    browser.drop(draft, plan["plan"])

    assert plan["sent"] == 1
    assert plan["html"].count('data-verdict="refused"') == 1
    assert "Did you mean" in plan["html"]
    assert plan["html"].count('data-verdict="half"') == 1
    assert _keys(browser) == ["a.jpg", "a.txt"]


def test_one_sidecar_without_a_picture_of_its_name_is_for_all(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE, "b.jpg": picture(shade=7), "style.yaml": b"prompt: an etching\n"})
    plan = browser.look(draft)
    browser.drop(draft, plan["plan"])

    assert plan["sent"] == 2
    assert _keys(browser) == ["a.jpg", "a.jpg.yaml", "b.jpg", "b.jpg.yaml"]


def test_a_prompt_together_with_a_sidecar_is_an_error(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE, "a.txt": b"x"})
    answer = browser.post(f"/drafts/{draft}/look", {"prompt": "y"})

    assert (answer.status_code, answer.json()["error"]) == (400, "Give a prompt or sidecars, not both.")


@pytest.mark.parametrize("files", [{}, {"a.txt": b"x"}, {"notes.pdf": b"x"}])
def test_without_a_picture_there_is_nothing_to_price(browser: Browser, files: dict[str, bytes]) -> None:
    answer = browser.post(f"/drafts/{browser.draft(files)}/look", {})

    assert answer.status_code == 400
    assert "no picture among these" in answer.json()["error"]


def test_an_edit_that_was_paid_for_before_costs_nothing(browser: Browser) -> None:
    browser.stack.put("a.jpg", PICTURE, prompt="a watercolour")
    browser.stack.deliver("a.jpg")

    plan = browser.look(browser.draft({"a.jpg": PICTURE}), prompt="a watercolour")

    assert "1 picture: $0.00" in plan["html"]
    assert "was paid for before" in plan["html"]


def test_an_upload_that_failed_may_be_pressed_again(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = browser.draft({"a.jpg": PICTURE})
    plan = browser.look(draft, prompt="a watercolour")["plan"]
    with monkeypatch.context() as broken:
        broken.setattr(aws, "s3", _Broken)
        answer = browser.drop(draft, plan)

    assert (answer.status_code, answer.json()["error"]) == (500, "Error on this machine: gone")
    assert browser.drop(draft, plan).status_code == 200
    assert _keys(browser) == ["a.jpg"]


class _Broken:
    def put_object(self, **_: object) -> None:
        raise ConnectionError("gone")


def test_the_inbox_prefix_comes_before_every_folder(browser: Browser) -> None:
    draft = browser.draft({"a.jpg": PICTURE})

    assert browser.post(f"/drafts/{draft}/look", {"prompt": "x", "folder": "../up"}).status_code == 400


def test_a_page_to_look_at_only_takes_nothing(read_only: Browser) -> None:
    for path in ("/drafts", "/drafts/x/files", "/drafts/x/look", "/drafts/x/drop"):
        assert read_only.post(path).status_code == 404

    assert "data-drop" not in read_only.html()
    assert "Read-only" in read_only.html()
    assert list(read_only.folder.iterdir()) == []
