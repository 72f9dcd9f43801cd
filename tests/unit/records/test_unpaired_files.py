"""Exactly what is recorded about an unpaired file, and what a write that comes too late leaves unchanged."""

from typing import Any

import pytest

from depthdrop.drop.pairing import InboxObject
from depthdrop.records.files import Files, last_reported
from depthdrop.records.table import KEPT_SECONDS
from tests.support.aws import Stack
from tests.support.records import part
from tests.support.scripted import NOW

KEY = "trip/room.jpg"
VERSION = f"e1 {NOW}"
NOTED = {"pk": f"file#{KEY}", "half": VERSION, "half_modified": NOW, "expires_at": NOW + 9 + KEPT_SECONDS}
LISTED = {"listed": "all", "created_at": NOW}
WAITING = {**NOTED, **LISTED, "open": "half", "look_at": NOW + 9}
REPORT = '{"id": "event"}'
TELLING = {"telling": REPORT, "telling_at": NOW + 10}
REPORTED = {"told": "event", "told_at": NOW + 10}


@pytest.fixture
def files(stack: Stack) -> Files:
    files = Files(stack.table)
    files.wait(InboxObject(KEY, "e1", NOW, 5), NOW + 9)
    assert files.get(KEY) == WAITING
    return files


def test_an_unpaired_file_is_due_at_its_time_under_its_key(files: Files) -> None:
    files.wait(InboxObject("b.txt", "e2", NOW, 5), NOW + 8)

    assert files.due(NOW + 7, 9) == []
    assert files.due(NOW + 8, 9) == ["b.txt"]
    assert files.due(NOW + 9, 9) == ["b.txt", KEY]
    assert files.due(NOW + 9, 1) == ["b.txt"]


def test_an_unpaired_file_that_waits_is_due_when_it_was_put_off_to(files: Files) -> None:
    files.look_again(KEY, NOW + 60)

    assert files.get(KEY) == {**WAITING, "look_at": NOW + 60}


def test_a_file_that_no_longer_waits_is_not_due_again(files: Files) -> None:
    files.close(KEY, VERSION)
    files.look_again(KEY, NOW + 60)

    assert files.get(KEY) == NOTED


def test_pairing_up_creates_no_record_for_a_file_that_was_never_noted(files: Files) -> None:
    files.look_again("b.txt", NOW)
    files.close("b.txt", VERSION)
    files.pair_up([{"pk": "file#b.txt", "half": VERSION}])

    assert files.about_to_report("b.txt", VERSION, REPORT, NOW) is False
    assert files.get("b.txt") == {"pk": "file#b.txt"}


def report_unpaired(files: Files) -> None:
    """Report the file as sweep does when nothing interferes."""
    files.about_to_report(KEY, VERSION, REPORT, NOW + 10)
    files.mark_notified(files.get(KEY), "event")
    files.close(KEY, VERSION)


def test_a_report_is_written_down_before_it_is_published(files: Files) -> None:
    assert files.about_to_report(KEY, VERSION, REPORT, NOW + 10) is True
    assert files.get(KEY) == {**WAITING, **TELLING}


def test_a_recorded_report_is_not_overwritten(files: Files) -> None:
    files.about_to_report(KEY, VERSION, REPORT, NOW + 10)

    assert files.about_to_report(KEY, VERSION, '{"id": "another"}', NOW + 20) is False
    assert files.get(KEY) == {**WAITING, **TELLING}


@pytest.mark.parametrize("why", ["another version waits", "it was closed"])
def test_an_unpaired_file_that_no_longer_waits_is_not_reported(files: Files, why: str) -> None:
    if why == "it was closed":
        files.close(KEY, VERSION)
    before = files.get(KEY)

    asked = VERSION if why == "it was closed" else "e0 0"
    assert files.about_to_report(KEY, asked, REPORT, NOW + 10) is False
    assert files.get(KEY) == before


def test_a_reported_file_leaves_the_index_and_keeps_the_id_of_its_report(files: Files) -> None:
    report_unpaired(files)

    assert files.get(KEY) == {**NOTED, **LISTED, **REPORTED}


def test_a_report_that_a_drop_has_superseded_is_forgotten_with_what_it_superseded(files: Files) -> None:
    report_unpaired(files)
    files.wait(InboxObject(KEY, "e2", NOW + 50, 5), NOW + 60)
    files.about_to_report(KEY, f"e2 {NOW + 50}", '{"id": "another"}', NOW + 70)
    files.pair_up([files.get(KEY)])
    files.mark_notified(files.get(KEY), "another")
    assert files.get(KEY).keys() == WAITING.keys()
    files.close(KEY, f"e2 {NOW + 50}")

    assert files.get(KEY).keys() == NOTED.keys()


def test_a_newer_version_that_waits_stays_listed_when_the_older_one_was_superseded(files: Files) -> None:
    files.about_to_report(KEY, VERSION, REPORT, NOW + 10)
    files.pair_up([files.get(KEY)])
    files.wait(InboxObject(KEY, "e2", NOW + 20, 5), NOW + 30)
    files.mark_notified(files.get(KEY), "event")
    files.close(KEY, VERSION)

    assert LISTED.keys() <= files.get(KEY).keys()
    assert "open" in files.get(KEY)


def test_an_unpaired_file_noted_before_there_was_a_list_is_listed_when_it_is_reported(
    files: Files, stack: Stack
) -> None:
    stack.table.update(f"file#{KEY}", {}, "attribute_exists(pk)", remove=tuple(LISTED))
    report_unpaired(files)

    assert files.get(KEY) == {**NOTED, **REPORTED, "listed": "all", "created_at": NOW + 10}


def test_a_report_that_is_no_longer_recorded_is_not_marked_as_published(files: Files) -> None:
    files.mark_notified(part({**WAITING, **TELLING}), "event")

    assert files.get(KEY) == WAITING


def test_a_newer_version_is_not_closed_with_the_older(files: Files) -> None:
    files.close(KEY, "e0 0")

    assert files.get(KEY) == WAITING


def test_a_report_that_was_about_to_be_published_is_taken_back_completely(files: Files) -> None:
    files.about_to_report(KEY, VERSION, REPORT, NOW + 10)
    files.take_back(KEY, REPORT)

    assert files.get(KEY) == WAITING


def test_another_report_is_not_taken_back(files: Files) -> None:
    files.about_to_report(KEY, VERSION, REPORT, NOW + 10)
    files.take_back(KEY, '{"id": "another"}')

    assert files.get(KEY) == {**WAITING, **TELLING}


def test_a_report_that_a_drop_supersedes_is_not_taken_back(files: Files) -> None:
    files.about_to_report(KEY, VERSION, REPORT, NOW + 10)
    files.pair_up([files.get(KEY)])
    files.take_back(KEY, REPORT)

    assert files.get(KEY) == {**WAITING, **TELLING, "paired": True}


def test_a_pair_finds_the_records_of_files_that_wait_or_were_reported(files: Files) -> None:
    assert files.met_by([KEY, "b.txt"]) == (WAITING,)
    report_unpaired(files)
    assert files.met_by([KEY]) == ({**NOTED, **LISTED, **REPORTED},)
    files.pair_up([files.get(KEY)])
    assert files.met_by([KEY]) == ()


def test_a_pair_reads_the_records_of_its_files_consistently(files: Files, stack: Stack) -> None:
    asked: list[bool] = []

    def get_many(_: object, pks: list[str], *, consistent: bool = False) -> dict[str, dict[str, Any]]:
        asked.append(consistent)
        return {pk: part(files.get(KEY)) for pk in pks}

    stack.monkeypatch.setattr(type(files.table), "get_many", get_many)

    assert files.met_by([KEY]) == (WAITING,)
    assert asked == [True]


def test_a_waiting_file_that_became_part_of_a_drop_is_on_no_index(files: Files) -> None:
    files.pair_up([files.get(KEY)])

    assert files.get(KEY) == NOTED


def test_a_reported_file_that_became_part_of_a_drop_no_longer_waits_and_keeps_no_report(files: Files) -> None:
    report_unpaired(files)
    files.pair_up([files.get(KEY)])

    assert files.get(KEY) == NOTED


@pytest.mark.parametrize("changed", [{"half": "e0 0"}, {"telling": '{"id": "another"}'}], ids=["version", "report"])
def test_another_version_or_report_is_not_marked_as_paired(files: Files, changed: dict[str, str]) -> None:
    files.about_to_report(KEY, VERSION, REPORT, NOW + 10)
    files.pair_up([{**files.get(KEY), **part(changed)}])

    assert files.get(KEY) == {**WAITING, **TELLING}


def test_a_version_that_came_after_the_pair_still_waits(files: Files) -> None:
    files.pair_up([part({**WAITING, "half": "e0 0"})])

    assert files.get(KEY) == WAITING


def test_the_later_of_two_events_is_the_one_that_is_superseded() -> None:
    earlier, later = {"told": "first", "told_at": NOW}, {"told": "second", "told_at": NOW + 1}

    records = [part(earlier), part(later), part(WAITING)]

    assert last_reported(records) == last_reported(records[1::-1]) == "second"
    about = {**TELLING, "telling_at": NOW + 2, **later}
    assert last_reported([part(later), part(about)]) == "event"
    assert last_reported([part({**about, "paired": True}), part(earlier)]) == "first"
    assert last_reported([part({**about, "paired": True})]) is None
    assert last_reported([part(WAITING)]) is None
    assert last_reported([]) is None


def test_the_dead_letter_event_of_a_picture_without_a_drop_is_recorded_with_its_file(
    stack: Stack, files: Files
) -> None:
    files.dead_letter_reported("lost.jpg", "event", NOW)

    assert stack.table.get("file#lost.jpg") == {
        "pk": "file#lost.jpg",
        "told": "event",
        "told_at": NOW,
        **LISTED,
        "expires_at": NOW + KEPT_SECONDS,
    }


def test_a_dead_letter_event_does_not_make_the_record_of_a_named_depth_map_expire(
    stack: Stack, files: Files
) -> None:
    """Pictures name it: the record stays for as long as they do."""
    named = {"pk": "file#lost.jpg", "named_by": "a.jpg"}
    stack.table.put(named, "attribute_not_exists(pk)")
    files.dead_letter_reported("lost.jpg", "event", NOW)

    assert stack.table.get("file#lost.jpg") == {**named, "told": "event", "told_at": NOW, **LISTED}


def test_a_record_that_is_deleted_during_a_write_does_not_come_back_without_an_expiry(
    stack: Stack, files: Files
) -> None:
    stack.table.put({"pk": "file#lost.jpg", "named_by": "a.jpg"}, "attribute_not_exists(pk)")
    update = type(stack.table).update
    updates: list[Any] = []

    def gone_meanwhile(*arguments: Any, **more: Any) -> Any:
        lost = update(*arguments, **more)
        if not updates:
            stack.table.delete("file#lost.jpg", "attribute_exists(pk)")
        updates.append(lost)
        return lost

    stack.monkeypatch.setattr(type(stack.table), "update", gone_meanwhile)
    files.dead_letter_reported("lost.jpg", "event", NOW)

    assert (len(updates), stack.table.get("file#lost.jpg")) == (2, None)


def test_a_dead_letters_file_that_never_waited_is_paired_up_by_its_event(stack: Stack, files: Files) -> None:
    files.dead_letter_reported("lost.jpg", "event", NOW)
    files.pair_up(files.met_by(["lost.jpg"]))

    assert stack.table.get("file#lost.jpg") == {"pk": "file#lost.jpg", "expires_at": NOW + KEPT_SECONDS}


def test_a_file_that_was_reported_again_meanwhile_keeps_the_newer_report(stack: Stack, files: Files) -> None:
    files.dead_letter_reported("lost.jpg", "event", NOW)
    met = files.met_by(["lost.jpg"])
    files.dead_letter_reported("lost.jpg", "later", NOW + 1)
    files.pair_up(met)

    assert (stack.table.get("file#lost.jpg") or {})["told"] == "later"
