"""What the runner says of each file, from the records and the notices that it finds."""

import uuid
from typing import TYPE_CHECKING, Any, cast

import pytest

from depthdrop_cli.terminal.output import PlainConsole
from local.runs import show
from local.runs.journal import Journal

if TYPE_CHECKING:
    from local.stack.stack import LocalStack


class Heard:
    """A stack of which only the notices are looked at."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []

    def records(self, _prefix: str) -> list[dict[str, Any]]:
        return []

    def notices(self) -> list[dict[str, Any]]:
        heard, self.waiting = self.waiting, []
        return heard

    def hear(self, status: str, subject: str, state: str, **data: object) -> dict[str, Any]:
        kind = "drop" if status == "unpaired" else "edit"
        usd = 0.06 if state == "charged" else 0.0
        event = {
            "id": f"{subject} {status}",
            "type": f"depthdrop.{kind}.{status}.v1",
            "subject": subject,
            "data": {"spend": {"state": state, "usd": usd}, **data},
        }
        notice = {"MessageId": str(uuid.uuid4()), "event": event}
        self.waiting.append(notice)
        return notice


@pytest.fixture
def stack() -> Heard:
    return Heard()


MISSING = {"code": "no_sidecar", "message": "room.jpg came without a prompt.", "hint": "Drop room.txt."}


@pytest.mark.parametrize("dropped", ["room.jpg", "hall.jpg"], ids=["the picture alone", "a sidecar alone"])
def test_an_unpaired_file_is_printed_with_what_it_lacks(
    stack: Heard, dropped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(cast("LocalStack", stack), [dropped])
    stack.hear("unpaired", "room.jpg", "none", error=MISSING)
    [entry] = journal.refresh()
    show.line(PlainConsole(), entry)
    show.explain(PlainConsole(), [entry])

    assert (entry.key, entry.ended, entry.succeeded, entry.usd) == ("room.jpg", True, False, 0.0)
    printed = ["room.jpg: unpaired", "room.jpg: room.jpg came without a prompt. Drop room.txt."]
    assert capsys.readouterr().out.splitlines() == printed
    assert journal.refresh() == []


def test_a_pair_that_forms_after_all_is_printed_as_any_other(stack: Heard) -> None:
    journal = Journal(cast("LocalStack", stack), ["room.jpg"])
    stack.hear("unpaired", "room.jpg", "none", error=MISSING)
    journal.refresh()
    stack.hear("succeeded", "room.jpg", "charged")
    [entry] = journal.refresh()

    assert (entry.status, entry.detail, entry.usd) == ("succeeded", "", 0.06)
    assert journal.finished


def test_an_event_that_was_published_twice_is_counted_once(stack: Heard) -> None:
    journal = Journal(cast("LocalStack", stack), ["room.jpg", "hall.jpg"])
    first = stack.hear("succeeded", "room.jpg", "charged")
    journal.refresh()
    seconds = journal.entries["room.jpg"].seconds
    stack.hear("succeeded", "room.jpg", "charged")
    other = stack.hear("succeeded", "hall.jpg", "charged")
    journal.refresh()

    assert journal.notices == [first, other]
    assert journal.entries["room.jpg"].seconds == seconds


def test_a_repeated_report_of_a_missing_counterpart_does_not_undo_the_edit(stack: Heard) -> None:
    journal = Journal(cast("LocalStack", stack), ["room.jpg"])
    for status, state in (("unpaired", "none"), ("succeeded", "charged"), ("unpaired", "none")):
        stack.hear(status, "room.jpg", state)

    assert [entry.status for entry in journal.refresh()] == ["succeeded"]


def test_a_later_drop_ends_with_the_event_that_is_published_again_for_it(stack: Heard) -> None:
    journal = Journal(cast("LocalStack", stack), ["room.jpg"])
    stack.hear("succeeded", "room.jpg", "charged")
    journal.refresh()
    journal.dropped("room.jpg")
    assert not journal.entries["room.jpg"].ended
    stack.hear("succeeded", "room.jpg", "charged")
    journal.refresh()

    assert journal.finished
    assert len(journal.notices) == 2
