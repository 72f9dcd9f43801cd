"""What the types of records promise: writers write every required field, and a type checker sees a slip."""

import os
import subprocess
import sys
from typing import Any

import pytest

from depthdrop.drop.pairing import InboxObject
from depthdrop.records import types
from depthdrop.records.budget import Budget
from depthdrop.records.circuit import Circuit
from depthdrop.records.slots import Slots
from local.stack.bundle import ROOT
from tests.support.aws import Stack

_PROGRAM = """
from depthdrop.records.types import DropRecord, EditRecord, FileRecord

def read(edit: EditRecord, drop: DropRecord, file: FileRecord) -> object:
    return {line}
"""
_SLIPS = {
    "a misspelled field": ("edit['image_kye']", 'has no key "image_kye"'),
    "a wrong type": ("edit['lease_until'] + edit['token']", 'Unsupported operand types for + ("int" and "str")'),
    "a field that may be missing": ("edit.get('task_id') + ''", "Unsupported left operand type for +"),
    "a field of another record": ("file['edit_id']", 'has no key "edit_id"'),
}


def complaints(line: str) -> str:
    """What mypy says of a function that returns this."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "-c", _PROGRAM.format(line=line)],
        env={**os.environ, "MYPYPATH": str(ROOT / "layers/depthdrop")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_a_type_checker_takes_what_is_right() -> None:
    right = "(edit['image_key'] + drop['image_key'], file.get('half'), edit['lease_until'] + 1)"

    assert complaints(right).startswith("Success")


@pytest.mark.parametrize("slip", _SLIPS)
def test_a_type_checker_refuses(slip: str) -> None:
    line, said = _SLIPS[slip]

    assert said in complaints(line)


def written(stack: Stack) -> dict[str, tuple[Any, type]]:
    """One record of each kind by its writer, with nothing that may be missing, and its type."""
    stack.deliver(stack.drop())
    stack.submit().arrivals.files.wait(InboxObject("lone.jpg", "e", 1, 1), 2)
    Slots(stack.table, 1).take("holder", 1, 2)
    Circuit(stack.table, 60).open("key_refused", "No.", 1)
    stack.submit().purchase.latencies.learn(stack.edit()["model"], 9.0)
    stack.drops.mark_dead_letter_reported("d", 1, 2)
    reservation = Budget(stack.table, stack.edit()["usd"]).reservation(stack.edit()["usd"], 1)
    assert reservation is not None
    stack.table.together("token", reservation.change())
    return {
        "edit": (stack.records("edit")[0], types.EditRecord),
        "drop": (stack.records("drop")[0], types.DropRecord),
        "file": (stack.records("file")[0], types.FileRecord),
        "slot": (stack.records("slot")[0], types.SlotRecord),
        "circuit": (stack.records("circuit")[0], types.CircuitRecord),
        "latency": (stack.records("latency")[0], types.LatencyRecord),
        "dead": (stack.records("dead")[0], types.DeadLetterRecord),
        "budget": (stack.records("budget")[0], types.BudgetRecord),
    }


def test_writers_write_every_required_field_and_none_that_has_no_type(stack: Stack) -> None:
    for record, kind in written(stack).values():
        known: Any = kind
        assert known.__required_keys__ <= set(record) <= known.__required_keys__ | known.__optional_keys__
