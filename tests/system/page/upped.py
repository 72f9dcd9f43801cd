"""`make up` as a process of its own, with its page, and what is stored in its table."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from depthdrop.records.table import Item, from_item, to_item
from depthdrop_cli.stack.local_stack import running
from tests.system.e2e.commands import environment

_ADDRESS = re.compile(r"^To drop, watch and compare: (\S+)$", re.MULTILINE)
_START_SECONDS = 600.0
_LOOK_SECONDS = 1.5  # the page looks once a second, and may be looking now


@dataclass(frozen=True)
class Upped:
    """`url` is the address that was printed for the page, `folder` where the command runs."""

    url: str
    folder: Path
    table: str
    dynamodb: Any
    sqs: Any
    queue: str
    s3: Any
    inbox: str

    def records(self, kind: str) -> list[Item]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        items = [from_item(item) for page in pages for item in page["Items"]]
        return [item for item in items if item["pk"].startswith(f"{kind}#")]

    def write(self, records: Sequence[Mapping[str, object]]) -> None:
        """As many as a batch takes at a time."""
        for start in range(0, len(records), 25):
            puts = [{"PutRequest": {"Item": to_item(record)}} for record in records[start : start + 25]]
            self.dynamodb.batch_write_item(RequestItems={self.table: puts})

    def forget(self) -> None:
        """Take every drop and edit out of the table, once nobody is at work on them any more."""
        eventually(
            lambda: "nobody" * (self._is_quiet() and all("notified_at" in one for one in self.records("edit")))
        )
        keys = [record["pk"] for kind in ("edit", "drop", "file") for record in self.records(kind)]
        for start in range(0, len(keys), 25):
            deletes = [{"DeleteRequest": {"Key": {"pk": {"S": key}}}} for key in keys[start : start + 25]]
            self.dynamodb.batch_write_item(RequestItems={self.table: deletes})
        time.sleep(_LOOK_SECONDS if keys else 0)

    def _is_quiet(self) -> bool:
        """Both files of a pair bring a message; the later one would buy anew what is forgotten."""
        counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        asked = [*counts, "ApproximateNumberOfMessagesDelayed"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=asked)["Attributes"]
        return all(int(found[name]) == 0 for name in asked)


@dataclass(frozen=True)
class Stocked(Upped):
    """With the records of a real drop and of its edit."""

    drop: Item
    edit: Item


@contextmanager
def upped(folder: Path, **extra: str) -> Iterator[Upped]:
    """Stopped as Ctrl-C stops it."""
    log = folder / "up.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up", "--no-browser"],
            cwd=folder,
            env=environment(**extra) | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _found(folder, eventually(lambda: _address(process, log), _START_SECONDS))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(240)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    assert process.poll() is None, log.read_text()
    said = _ADDRESS.search(log.read_text())
    return said[1] if said else ""


def _found(folder: Path, url: str) -> Upped:
    address = running(folder)
    assert address is not None
    extra: dict[str, Any] = {
        "endpoint_url": address.endpoint,
        "region_name": address.region,
        "aws_access_key_id": address.access_key,
        "aws_secret_access_key": address.secret_key,
    }
    resources = boto3.client("cloudformation", **extra).list_stack_resources(StackName=address.stack)
    names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources["StackResourceSummaries"]}
    dynamodb, sqs, s3 = (boto3.client(service, **extra) for service in ("dynamodb", "sqs", "s3"))
    return Upped(url, folder, names["Edits"], dynamodb, sqs, names["InboxQueue"], s3, names["InboxBucket"])


def eventually(look: Callable[[], str], seconds: float = 300.0) -> str:
    """What it finds once it finds something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing came within {seconds} s")
