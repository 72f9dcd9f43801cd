"""How long a file waits alone."""

from depthdrop.inbox.waiting import report_at


def test_a_file_is_reported_so_many_minutes_after_it_came() -> None:
    assert report_at(1_000.9, 15) == 1_000 + 15 * 60
