"""What the bench runs against: an emulator and an upstream outside the measured process, the template's names."""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from depthdrop.records.slots import slot_pk
from depthdrop.records.table import from_item
from local.stack.emulator import REGION, Emulator
from tests.bench.bench_upstream import Upstream
from tests.support.template_names import table_properties, variables_of

ROOT = Path(__file__).resolve().parents[2]
INBOX, OUTBOX, TABLE, SECRET = "depthdrop-inbox", "depthdrop-outbox", "depthdrop-edits", "depthdrop-upstream-key"
_KEY = "bench-key"
_SLOTS = 20  # the template's default


@dataclass(frozen=True, slots=True)
class Measure:
    """What one event took. Peaks are of all events so far."""

    peak_mib: float
    seconds: float
    cpu_seconds: float
    answer: Any
    counts: dict[str, Any] | None = None


class Job:
    """A handler in a fresh process; it is warm from the second event on."""

    def __init__(self, file: Path, handler: str, environment: Mapping[str, str]) -> None:
        command = [sys.executable, str(ROOT / "tests/bench/job.py"), str(file), handler]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # goes with the process
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def handle(self, event: object) -> Measure:
        """Raises RuntimeError when the handler does."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("it has no pipes")
        self._process.stdin.write(json.dumps(event) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            self._log.seek(0)
            raise RuntimeError(f"{self._process.args!r} ended with {code}: {self._log.read()[-2000:].decode()}")
        return Measure(**json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()


@dataclass(frozen=True, slots=True)
class Here:
    emulator: Emulator
    upstream: Upstream
    names: Mapping[str, str]

    def ours(self, function: str, **more: str) -> Job:
        """One of the four functions, with the template's variables."""
        variables = variables_of(f"{function.capitalize()}Function", self.names)
        path = f"{ROOT / 'layers/depthdrop'}"
        local = {"PYTHONPATH": path, "DEPTHDROP_ALLOW_LOOPBACK_LINKS": "1", "BENCH_BASE64_BYTES": str(64 << 20)}
        return Job(
            ROOT / "functions" / function / "app.py", "handler", {**self._aws(), **variables, **local, **more}
        )

    def peer(self, name: str, handler: str = "handler", **more: str) -> Job:
        variables = {
            "UPSTREAM_BASE_URL": self.upstream.url,
            "OUTBOX_BUCKET": OUTBOX,
            "COMETAPI_API_KEY": _KEY,
        }
        return Job(ROOT / f"tests/bench/peers/{name}.py", handler, {**self._aws(), **variables, **more})

    def drop(self, key: str, image: bytes, prompt: str = "a watercolour") -> None:
        """A picture and its sidecar; every slot is free."""
        slots = [{"DeleteRequest": {"Key": {"pk": {"S": slot_pk(number)}}}} for number in range(_SLOTS)]
        self.emulator.client("dynamodb").batch_write_item(RequestItems={TABLE: slots})
        self.put(f"{key.rpartition('.')[0]}.txt", prompt.encode())
        self.put(key, image)

    def put(self, key: str, content: bytes) -> None:
        self.emulator.client("s3").put_object(Bucket=INBOX, Key=key, Body=content)

    def stored(self) -> dict[str, int]:
        """The outbox: keys and sizes."""
        pages = self.emulator.client("s3").get_paginator("list_objects_v2").paginate(Bucket=OUTBOX)
        return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", [])}

    def edits(self) -> dict[str, dict[str, Any]]:
        """Every edit's record, by its picture's key."""
        pages = self.emulator.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
        found = [from_item(item) for page in pages for item in page["Items"]]
        return {one["image_key"]: one for one in found if one["pk"].startswith("edit#")}

    def _aws(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_ACCESS_KEY_ID": self.emulator.keys.access_key,
            "AWS_SECRET_ACCESS_KEY": self.emulator.keys.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def dropped(key: str) -> dict[str, Any]:
    """What submit gets of it."""
    detail = {"bucket": {"name": INBOX}, "object": {"key": key}}
    body = {"detail-type": "Object Created", "source": "aws.s3", "detail": detail}
    record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(body), "eventSource": "aws:sqs"}
    return {"Records": [record]}


@contextlib.contextmanager
def here() -> Iterator[Here]:
    """An empty account; nothing is left of it."""
    with tempfile.TemporaryDirectory() as folder, Upstream() as upstream, Emulator(Path(folder)) as emulator:
        yield Here(emulator, upstream, {**_made(emulator), "UpstreamBaseUrl": upstream.url})


def _made(emulator: Emulator) -> dict[str, str]:
    for bucket in (INBOX, OUTBOX):
        emulator.client("s3").create_bucket(Bucket=bucket)
    emulator.client("dynamodb").create_table(TableName=TABLE, **table_properties())
    machine = emulator.client("stepfunctions").create_state_machine(
        name="depthdrop-edit-workflow",
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::000000000000:role/workflow",
    )
    return {
        "InboxBucket": INBOX,
        "OutboxBucket": OUTBOX,
        "Edits": TABLE,
        "InboxQueue": emulator.client("sqs").create_queue(QueueName="InboxQueue")["QueueUrl"],
        "Notifications": emulator.client("sns").create_topic(Name="notifications")["TopicArn"],
        "UpstreamKey": emulator.client("secretsmanager").create_secret(Name=SECRET, SecretString=_KEY)["ARN"],
        "EditWorkflow": machine["stateMachineArn"],
        "PollFunction": "poll",
        "AWS::StackName": "depthdrop",
    }
