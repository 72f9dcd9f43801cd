"""The store in memory answers like the emulator's table, call for call, and holds the same afterwards."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from depthdrop.drop.pairing import InboxObject
from depthdrop.records.budget import Budget, OverBudgetError, Reservation, day_of
from depthdrop.records.circuit import Circuit
from depthdrop.records.drops import BUDGET, Drops
from depthdrop.records.edits import Edits, State
from depthdrop.records.files import Files, version_of
from depthdrop.records.slots import Slots
from depthdrop.records.table import Item, Table, from_item
from local.stack.emulator import Emulator
from tests.protocol.schedules.expressions import condition
from tests.protocol.schedules.store import Store
from tests.support.records import part
from tests.support.template_names import table_properties
from tests.unit.records.edit_states import new_edit

SEQUENCES, CALLS = 12, 60
NOW = 1_000_000


@dataclass
class Both:
    """The same calls to both tables, whose names differ."""

    stores: tuple[Any, Any]
    name: str

    def do(self, call: Callable[[Table], object]) -> None:
        ours, theirs = (self._answer(call, client) for client in self.stores)
        assert ours == theirs

    def _answer(self, call: Callable[[Table], object], client: Any) -> object:
        try:
            return call(Table(self.name, client))
        except ClientError as error:  # such as another transaction under a token that was used
            return error.response["Error"]["Code"]

    def compare(self) -> None:
        """The emulator may write the same number in other digits: 0.5 for 0.500."""
        found = self.stores[1].scan(TableName=self.name, ConsistentRead=True)["Items"]
        ours = self.stores[0].items
        assert {item["pk"]["S"]: from_item(item) for item in found} == {pk: from_item(ours[pk]) for pk in ours}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


def in_order(found: list[Item]) -> list[Item]:
    """Records that are due at the same moment come in any order."""
    return sorted(found, key=lambda item: (item["look_at"], item["pk"]))


def _calls(chance: random.Random, seed: int) -> Iterator[Callable[[Table], object]]:
    """The writes and reads of the code, in any order, on few records, tokens and moments."""
    edit, drop, token = chance.choice("ab"), chance.choice("de"), chance.choice([f"{seed}t1", f"{seed}t2"])
    task, now = chance.choice(["k1", "k2"]), NOW + chance.randrange(0, 400, 50)
    slot = f"slot#0{chance.randrange(2)}"
    new = new_edit(edit, drop)
    end = chance.choice([State.SUCCEEDED, State.FAILED])
    yield lambda table: Edits(table).claim(new, token, now, 150)
    yield lambda table: Edits(table).post(edit, token, now, slot, now + 1050)
    yield lambda table: Edits(table).accepted(edit, token, task, now + 0.5, now + 900, None)
    yield lambda table: Edits(table).release(edit, token, now)
    yield lambda table: Edits(table).ambiguous(edit, token, now, '{"id": "1"}')
    yield lambda table: Edits(table).end(edit, task, end, now, '{"id": "2"}')
    yield lambda table: Edits(table).notified(edit, State.SUCCEEDED, now)
    yield lambda table: Edits(table).raise_attempt(edit, 1)
    yield lambda table: Edits(table).resume(edit, task, 1, now)
    yield lambda table: Edits(table).look_again(edit, now + 600)
    yield lambda table: Edits(table).get(edit)
    yield lambda table: in_order(part(Edits(table).due(now, 10)))
    yield lambda table: Drops(table).record(drop, now, part({"edit_id": edit}))
    yield lambda table: Drops(table).park(drop, "no_slot", "full", now)
    yield lambda table: Drops(table).unpark(drop)
    yield lambda table: Drops(table).give_up(drop)
    yield lambda table: Drops(table).look_again(drop, now, now + 300)
    yield lambda table: Drops(table).mark_notified(drop, now)
    yield lambda table: Drops(table).refuse(drop, "{}")
    yield lambda table: Drops(table).mark(drop, "notified_at", now)
    yield lambda table: Drops(table).mark_dead_letter_reported(drop, now, now + 9)
    yield lambda table: in_order(part(Drops(table).due(now + 400, 10)))
    yield lambda table: Slots(table, 2, lambda _: None).take(edit, now, now + 150)
    yield lambda table: Slots(table, 2).extend(slot, edit, now + 900)
    yield lambda table: Slots(table, 2).give_back(slot, edit)
    yield from _calls_about_unpaired_files(edit, drop, token, now)
    yield lambda table: Circuit(table, 60).open("key_refused", "no", now)
    yield lambda table: Circuit(table, 60).ask(now)
    yield lambda table: Circuit(table, 60).close()
    yield from _calls_within_a_budget(edit, token, now, Decimal(chance.choice(["0.06", "0.04"])))
    yield lambda table: Drops(table).park(drop, BUDGET, "nothing left", now)
    yield lambda table: Drops(table).may_go_on(drop, now)
    yield lambda table: in_order(part(Drops(table).over_budget(now + 400, 10)))


def _calls_about_unpaired_files(edit: str, drop: str, token: str, now: int) -> Iterator[Callable[[Table], object]]:
    file = InboxObject(f"{drop}.png", token, now, 1)
    yield lambda table: Files(table).wait(file, now)
    yield lambda table: Files(table).wait_even_if_named(file, now)
    yield lambda table: Files(table).name(file.key, f"{edit}.jpg")
    yield lambda table: Files(table).get(file.key)
    yield lambda table: Files(table).receipt_left(file.key)
    yield lambda table: Files(table).receipt_gone(file.key)
    yield lambda table: Files(table).due(now, 5)
    yield lambda table: Files(table).look_again(file.key, now + 600)
    report = json.dumps({"id": edit})
    yield lambda table: Files(table).about_to_report(file.key, version_of(file), report, now)
    yield lambda table: Files(table).close(file.key, version_of(file))
    yield lambda table: Files(table).take_back(file.key, report)
    reported = {"pk": f"file#{file.key}", "telling": report, "telling_at": now}
    yield lambda table: Files(table).mark_notified(part(reported), edit)
    yield lambda table: Files(table).pair_up(Files(table).met_by([file.key, f"{drop}.jpg"]))


def _calls_within_a_budget(edit: str, token: str, now: int, usd: Decimal) -> Iterator[Callable[[Table], object]]:
    limit = Decimal("0.10")
    reservation = Reservation(day_of(now), usd, limit, now + 9)

    def post(table: Table) -> object:
        try:
            return Edits(table).post(edit, token, now, "slot#00", now + 1050, reservation)
        except OverBudgetError:
            return "over budget"

    yield post
    yield post
    yield lambda table: Budget(table, limit).room(now)
    yield lambda table: Budget(table, limit).reach(now, "{}")
    yield lambda table: Budget(table, limit).unnotified(now + 400)
    yield lambda table: Budget(table, limit).mark_notified(reservation.day)


@pytest.mark.sockets
@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_both_tables_answer_alike(emulator: Emulator, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    client, name = emulator.client("dynamodb"), f"edits-{seed}"
    client.create_table(TableName=name, **table_properties())
    both = Both((cast("Any", Store()), client), name)
    for _ in range(CALLS):
        both.do(chance.choice(list(_calls(chance, seed))))

    both.compare()


@pytest.mark.parametrize("text", ["size(#a) > :b", "NOT #a = :b", "#a = :b extra", "#a > :b"])
def test_what_the_store_cannot_read_it_refuses(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        condition(text)
