"""Events in an SQLite file: a row each, written in the same transaction as the work."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from depthdrop_webhook import CloudEvent

from .receiver import Work

_TABLE = """
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, subject TEXT, received_at TEXT NOT NULL, event TEXT NOT NULL
) WITHOUT ROWID
"""
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
_PATIENCE_SECONDS = 10.0  # to wait for another event's work; SNS waits 15 for an answer


class SqliteInbox:
    """Handles one event at a time. Raises sqlite3.Error when the file cannot be used: SNS then sends it again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with closing(self._connection()) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(_TABLE)

    def take(self, event: CloudEvent, work: Work) -> bool:
        received_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = (event["id"], event["type"], event.get("subject"), received_at, json.dumps(event))
        with closing(self._connection()) as database:
            database.execute("BEGIN IMMEDIATE")
            with database:  # commits, or rolls back when the block raises
                is_new = database.execute(_INSERT, row).rowcount == 1
                if is_new:
                    work(event)
        return is_new

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=_PATIENCE_SECONDS, isolation_level=None)
