"""Which files and folders are this user's own and closed to others, decided from their stat results."""

import os

import pytest

from depthdrop_cli.stack.ownership import fault_of_file, fault_of_folder


def _stat(mode: int, uid: int) -> os.stat_result:
    return os.stat_result((mode, 1, 1, 1, uid, uid, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (_stat(0o100600, 1000), None),
        (_stat(0o100600, 1001), "it belongs to user 1001"),
        (_stat(0o100600, 0), "it belongs to user 0"),
        (_stat(0o100644, 1000), "its mode is 0644"),
        (_stat(0o120600, 1000), "it is not a regular file"),
        (_stat(0o020600, 1000), "it is not a regular file"),
        (_stat(0o010600, 1000), "it is not a regular file"),
    ],
)
def test_which_file_is_trusted(found: os.stat_result, fault: str | None) -> None:
    shown = fault_of_file(found, 1000)

    assert shown == fault if fault is None else fault in str(shown)


@pytest.mark.parametrize(
    ("found", "private", "fault"),
    [
        (_stat(0o040700, 1000), True, None),
        (_stat(0o040755, 1000), True, "its mode is 0755"),
        (_stat(0o040700, 0), True, "it belongs to user 0"),
        (_stat(0o040755, 1000), False, None),
        (_stat(0o040755, 0), False, None),
        (_stat(0o041777, 0), False, "its mode is 1777"),
        (_stat(0o040700, 1001), False, "it belongs to user 1001"),
        (_stat(0o100700, 1000), False, "it is a link, or not a folder"),
    ],
)
def test_which_folder_is_trusted(found: os.stat_result, private: bool, fault: str | None) -> None:  # noqa: FBT001  # a case
    shown = fault_of_folder(found, 1000, private=private)

    assert shown == fault if fault is None else fault in str(shown)
