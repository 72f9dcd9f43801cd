"""A list is read once for a moment in which nothing changes."""

from dataclasses import dataclass, field
from decimal import Decimal

from cli.page.remembered import GOOD_SECONDS, Remembered
from cli.page.shelf import Leaf, Sums, Wanted

ALL, FAILED = Wanted(), Wanted(group="failed")
_NOTHING = Sums(0, Decimal(0), Decimal(0), Decimal(0))


@dataclass
class Table:
    now: float = 100.0
    read: list[Wanted] = field(default_factory=list)

    def leaf(self, wanted: Wanted) -> Leaf:
        self.read.append(wanted)
        return Leaf([], None, _NOTHING)

    def lists(self) -> Remembered:
        return Remembered(self.leaf, lambda: self.now)


def test_who_comes_back_waits_for_no_second_reading() -> None:
    table = Table()
    lists = table.lists()
    first = lists.leaf(ALL, "a-1", afresh=False)

    assert lists.leaf(ALL, "a-1", afresh=False) is first
    assert table.read == [ALL]


def test_another_list_is_read_by_itself() -> None:
    table = Table()
    lists = table.lists()
    lists.leaf(ALL, "a-1", afresh=False)
    lists.leaf(FAILED, "a-1", afresh=False)

    assert table.read == [ALL, FAILED]


def test_what_the_watcher_told_makes_it_old() -> None:
    table = Table()
    lists = table.lists()
    lists.leaf(ALL, "a-1", afresh=False)
    lists.leaf(ALL, "a-2", afresh=False)

    assert table.read == [ALL, ALL]


def test_so_does_time() -> None:
    table = Table()
    lists = table.lists()
    lists.leaf(ALL, "a-1", afresh=False)
    table.now += GOOD_SECONDS
    lists.leaf(ALL, "a-1", afresh=False)

    assert table.read == [ALL, ALL]


def test_a_reload_reads_the_table_and_is_remembered() -> None:
    table = Table()
    lists = table.lists()
    lists.leaf(ALL, "a-1", afresh=False)
    again = lists.leaf(ALL, "a-1", afresh=True)

    assert table.read == [ALL, ALL]
    assert lists.leaf(ALL, "a-1", afresh=False) is again


def test_few_lists_are_kept() -> None:
    table = Table()
    lists = table.lists()
    folders = [Wanted(folder=str(number)) for number in range(9)]
    for wanted in folders:
        lists.leaf(wanted, "a-1", afresh=False)
    lists.leaf(folders[0], "a-1", afresh=False)
    lists.leaf(folders[8], "a-1", afresh=False)

    assert table.read == [*folders, folders[0]]
