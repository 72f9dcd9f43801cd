"""The whole stack on this machine: emulator, upstream, deployed template, and a queue for its notifications."""

import contextlib
import json
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from depthdrop.records.table import from_item
from depthdrop.settings.models_and_prices import DEPTH
from depthdrop_cli.stack.no_links import replace_below
from depthdrop_cli.stack.notifications import policy_for_topic
from depthdrop_cli.stack.ownership import PRIVATE, private_folder
from depthdrop_cli.stack.processes import is_alive
from local.fake_upstream import FakeUpstream, Settings
from local.stack.deploy import deploy
from local.stack.emulator import Emulator
from local.stack.layer import BUILD, layer_for_run
from local.stack.processes import explained

REAL_UPSTREAM = "https://api.cometapi.com"
LAST_LOG = BUILD / "last-emulator.log"
PRICE_USD = DEPTH.price_usd  # of one request to the default model
_NOTICES_QUEUE = "depthdrop-local-notices"


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of the stack. `upstream` is for the fake one; with `api_key` the real one at `base_url` is used.

    `buckets` are created before the stack. With `containers` every server answers to a container's name for this
    machine.
    """

    upstream: Settings = field(default_factory=lambda: Settings(speed=5))
    api_key: str | None = None
    base_url: str = REAL_UPSTREAM
    parameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    buckets: Sequence[str] = ()
    containers: bool = False

    @property
    def is_real(self) -> bool:
        return bool(self.api_key)


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running stack. `emulator` has its address and the keys of this run, `outputs` are CloudFormation's."""

    emulator: Emulator
    outputs: Mapping[str, str]
    upstream: FakeUpstream | None
    notices_queue_url: str

    def put(self, key: str, content: bytes, prompt: str | None = None) -> None:
        """Put an object into the inbox, with `prompt` as its `x-amz-meta-prompt`."""
        metadata = {} if prompt is None else {"prompt": prompt}
        s3 = self.emulator.client("s3")
        s3.put_object(Bucket=self.outputs["InboxBucketName"], Key=key, Body=content, Metadata=metadata)

    def remove(self, key: str) -> None:
        self.emulator.client("s3").delete_object(Bucket=self.outputs["InboxBucketName"], Key=key)

    def records(self, prefix: str) -> list[dict[str, Any]]:
        """The table's records whose key starts with `prefix`, by a scan: a local table is small."""
        scan = self.emulator.client("dynamodb").get_paginator("scan")
        pages = scan.paginate(TableName=self.outputs["EditsTableName"])
        items = [from_item(item) for page in pages for item in page["Items"]]
        return [item for item in items if item["pk"].startswith(prefix)]

    def notices(self, wait_seconds: int = 0) -> list[dict[str, Any]]:
        """SNS messages published since the last call, each with its parsed event as `event`."""
        sqs = self.emulator.client("sqs")
        answer = sqs.receive_message(
            QueueUrl=self.notices_queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
        )
        found = []
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=self.notices_queue_url, ReceiptHandle=message["ReceiptHandle"])
            notice = json.loads(message["Body"])
            found.append({**notice, "event": json.loads(notice["Message"])})
        return found

    def outbox(self) -> dict[str, str]:
        """Key and ETag of each object in the outbox."""
        listing = self.emulator.client("s3").get_paginator("list_objects_v2")
        pages = listing.paginate(Bucket=self.outputs["OutboxBucketName"])
        return {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", [])}

    def logs(self) -> str:
        """All log messages of the functions and the state machine."""
        logs = self.emulator.client("logs")
        events = logs.get_paginator("filter_log_events")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        pages = [page for group in groups for page in events.paginate(logGroupName=group)]
        return "\n".join(event["message"] for page in pages for event in page["events"])

    def result(self, key: str) -> bytes:
        """An object of the outbox. Raises LookupError when it does not exist: receipts are withdrawn."""
        s3 = self.emulator.client("s3")
        try:
            body: bytes = s3.get_object(Bucket=self.outputs["OutboxBucketName"], Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey as error:
            raise LookupError(key) from error
        return body


@contextlib.contextmanager
def local_stack(options: Options | None = None) -> Iterator[LocalStack]:
    """Start everything on free loopback ports; on exit nothing keeps running. Raises LocalStackError, CliError."""
    options = options or Options()
    with contextlib.ExitStack() as stack:
        stack.enter_context(termination_as_interrupt())
        folder = stack.enter_context(run_folder())
        upstream = None if options.is_real else stack.enter_context(FakeUpstream(options.upstream))
        environment = {
            "DEPTHDROP_ALLOW_LOOPBACK_LINKS": "0" if options.is_real else "1",
            "AUTH": "true",  # every call is checked against the function's own policy
            **options.environment,
        }
        emulator = stack.enter_context(Emulator(folder, environment, containers=options.containers))
        stack.callback(_keep_log, emulator)
        parameters = {
            "UpstreamBaseUrl": upstream.url if upstream else options.base_url,
            "SettleSeconds": "1",
            "FirstWaitSeconds": "1" if upstream else "5",
            "SweepMinutes": "2",
            "UnpairedMinutes": "2",  # instead of a quarter of an hour, for a trial
            **options.parameters,
        }
        for bucket in options.buckets:
            emulator.client("s3").create_bucket(Bucket=bucket)
        key = options.api_key or options.upstream.key.get_secret_value()
        outputs = deploy(emulator, layer_for_run(folder), parameters, key)
        for name in ("InboxBucketName", "OutboxBucketName"):
            # Their policies require TLS, which the emulator enforces, but it serves only HTTP.
            emulator.client("s3").delete_bucket_policy(Bucket=outputs[name])
        yield LocalStack(emulator, outputs, upstream, _notices_queue(emulator, outputs["NotificationsTopicArn"]))


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """A folder for this process, removed on exit. Raises LocalStackError, UntrustedError."""
    with explained(f"{BUILD} cannot be written"):
        private_folder(BUILD)
        for old in (*BUILD.glob("run-*-*"), *BUILD.glob("building-*-*")):
            number = old.name.split("-")[1]
            if number.isdecimal() and not is_alive(int(number)):  # a killed run could not take its folder away
                shutil.rmtree(old, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=BUILD))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep_log(emulator: Emulator) -> None:
    """Keep the log until the next run: the run's folder is removed."""
    with contextlib.suppress(OSError):
        replace_below(LAST_LOG.parent, LAST_LOG.name, emulator.log_path.read_bytes(), PRIVATE)


def _notices_queue(emulator: Emulator, topic_arn: str) -> str:
    """Subscribe a queue through the API: the emulator never confirms an HTTP endpoint of CloudFormation."""
    sqs = emulator.client("sqs")
    url: str = sqs.create_queue(QueueName=_NOTICES_QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy_for_topic(topic_arn, arn)})
    emulator.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
    return url


@contextlib.contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """SIGTERM and SIGHUP clean up like Ctrl-C. Only the main thread can set handlers; elsewhere it does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
