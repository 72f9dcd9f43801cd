"""A process is distinguished from a later one with its number, and another user's listener is found."""

import os
import sys
from pathlib import Path

import pytest

from depthdrop_cli.stack import processes

STAT = "10746 (a) b) S 10726 10726 3023 0 -1 4194304 102 0 0 0 0 0 0 0 20 0 1 0 160185 3133440 380"
STATUS = "Name:\ta) b\nUid:\t1000\t{uid}\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n"


@pytest.mark.parametrize(
    ("stat", "uid", "shown"), [(STAT, 1000, "160185"), (STAT, 0, None), (STAT.replace(" S ", " Z "), 1000, None)]
)
def test_on_linux_a_process_is_identified_by_its_start_in_ticks(stat: str, uid: int, shown: str | None) -> None:
    assert processes.from_proc(stat, STATUS.format(uid=uid), 1000) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  501 S    Tue Sep 30 10:00:07 2025\n", "Tue Sep 30 10:00:07 2025"),
        ("  502 S    Tue Sep 30 10:00:07 2025\n", None),
        ("  501 Z    Tue Sep 30 10:00:07 2025\n", None),
        ("", None),
    ],
)
def test_elsewhere_a_process_is_identified_by_ps(line: str, shown: str | None) -> None:
    assert processes.from_ps(line, 501) == shown


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="there is no ps here")
def test_ps_finds_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_BOOT", Path("/nowhere"))

    assert len((processes.started_at(os.getpid()) or "").split()) == 5
    assert processes.is_alive(os.getpid())
    assert not processes.is_alive(2**22 + 1)


def test_another_users_process_is_not_alive_to_us(monkeypatch: pytest.MonkeyPatch) -> None:
    assert processes.is_alive(os.getpid())

    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    assert not processes.is_alive(os.getpid())


def _row(address: str, state: str, uid: int) -> str:
    return (
        f"   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {uid}        0 564 1 0 100\n"
    )


LITTLE = "0100007F:11D6"
MAPPED = "0000000000000000FFFF00000100007F:11D6"


@pytest.mark.skipif(sys.byteorder == "big", reason="the rows are of a little-endian machine")
@pytest.mark.parametrize(
    ("rows", "users"),
    [
        ([_row(LITTLE, "0A", 7)], [7]),
        ([_row(LITTLE, "01", 7)], []),
        ([_row("0100007F:11D7", "0A", 7)], []),
        ([_row("00000000:11D6", "0A", 8), _row(LITTLE, "0A", 7)], [7]),
        ([_row("00000000:11D6", "0A", 8)], [8]),
        ([_row(f"{'0' * 32}:11D6", "0A", 9)], [9]),
        ([_row(MAPPED, "0A", 9)], [9]),
        (["  sl  local_address rem_address   st\n"], []),
    ],
)
def test_who_listens_is_read_from_the_systems_table(rows: list[str], users: list[int]) -> None:
    assert processes.listeners("".join(rows), 4566) == users
