"""Rows about who is on the same machine as the local stack: pages in its owner's browser, and other users."""

from tests.scorecard.measured import Measured

MEASURED = (
    Measured(
        28,
        "0 state changes, 0 bytes readable in at least 40 requests of foreign pages to every port",
        ("tests/system/e2e/test_foreign_requests.py", "tests/system/page/test_foreign_pages.py"),
        "{requests} requests to {ports} ports over plain sockets: {changes} state changes, {read} answers that "
        "gave anything; {page_requests} from pages in Chromium: {page_changes} state changes, {page_read} readable",
        {"requests": 40, "page_requests": 40, "ports": 7},
        {"changes": 0, "read": 0, "page_changes": 0, "page_read": 0},
    ),
    Measured(
        29,
        "0 dollars, 0 keys, 0 code run for another user of the machine",
        ("tests/system/e2e/test_other_users.py", "tests/system/e2e/test_planted_files.py"),
        "{requests} requests, {files} files, {processes} processes and {tries} commands beside what was planted, "
        "by another user: {changes} state changes, {keys} keys or what opens something, {run} times code run",
        {"requests": 40, "files": 20, "processes": 6, "tries": 40, "by_nobody": 1},
        {"changes": 0, "keys": 0, "run": 0},
    ),
)
