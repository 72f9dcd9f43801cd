"""S3, SQS, Step Functions, Lambda and SNS in memory, as far as depthdrop calls them."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from tests.protocol.schedules.store import Around

VISIBILITY_SECONDS = 540  # as in template.yaml
MAX_RECEIVES = 10


def aws_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Call")


class Buckets:
    """The inbox is read, the outbox written; both live here."""

    def __init__(self, around: Around) -> None:
        self.objects: dict[tuple[str, str], tuple[bytes, float]] = {}
        self.metadata: dict[tuple[str, str], dict[str, str]] = {}
        self._around = around

    def put(self, bucket: str, key: str, content: bytes, at: float, metadata: dict[str, str] | None = None) -> None:
        self.objects[bucket, key] = content, at
        self.metadata[bucket, key] = metadata or {}

    def list_objects_v2(self, *, Bucket: str, Prefix: str, MaxKeys: int) -> dict[str, Any]:
        def listed() -> dict[str, Any]:
            found = [(key, *self.objects[bucket, key]) for bucket, key in sorted(self.objects) if bucket == Bucket]
            listed = [_listed(*one) for one in found if one[0].startswith(Prefix)]
            return {"Contents": listed[:MaxKeys], "IsTruncated": len(listed) > MaxKeys}

        return self._read("ListObjects", listed)

    def get_object(self, *, Bucket: str, Key: str, IfMatch: str | None = None, **_: Any) -> dict[str, Any]:
        def got() -> dict[str, Any]:
            if (Bucket, Key) not in self.objects:
                raise aws_error("NoSuchKey")
            content, _ = self.objects[Bucket, Key]
            if IfMatch not in {None, _etag(content)}:
                raise aws_error("PreconditionFailed")
            return {"Body": io.BytesIO(content), "ContentLength": len(content)}

        return self._read("GetObject", got)

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        def seen() -> dict[str, Any]:
            if (Bucket, Key) not in self.objects:
                raise aws_error("404")
            content, at = self.objects[Bucket, Key]
            facts = _listed(Key, content, float(int(at)))
            return {**facts, "ContentLength": len(content), "Metadata": self.metadata.get((Bucket, Key), {})}

        return self._read("HeadObject", seen)

    def delete_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        def deleted() -> dict[str, Any]:
            self.objects.pop((Bucket, Key), None)
            return {}

        return self._read("DeleteObject", deleted)

    def put_object(self, *, Bucket: str, Key: str, Body: Any, ContentType: str) -> dict[str, Any]:
        content = Body if isinstance(Body, bytes) else Body.read()

        def put() -> dict[str, Any]:
            assert ContentType
            self.objects[Bucket, Key] = content, 0.0
            return {"ETag": _etag(content)}

        return self._read("PutObject", put)

    def _read(self, name: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = self._around(name, call)
        return answer


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _listed(key: str, content: bytes, at: float) -> dict[str, Any]:
    return {
        "Key": key,
        "ETag": _etag(content),
        "Size": len(content),
        "LastModified": datetime.fromtimestamp(at, UTC),
    }


@dataclass
class Queued:
    """A message; received too often, it goes to the dead letters."""

    body: str
    visible_at: float
    number: int
    receives: int = 0


class Queues:
    """The inbox queue and its dead letters. `now` gives the true time."""

    def __init__(self, around: Around, now: Callable[[], float]) -> None:
        self.waiting: list[Queued] = []
        self.dead: list[Queued] = []
        self._around, self._now, self._count = around, now, 0

    def enqueue(self, body: str) -> None:
        self._count += 1
        self.waiting.append(Queued(body, self._now(), self._count))

    def visible(self) -> list[Queued]:
        return [message for message in self.waiting if message.visible_at <= self._now()]

    def receive(self, message: Queued) -> bool:
        """Hand it to a worker; False when it was received too often."""
        message.receives += 1
        message.visible_at = self._now() + VISIBILITY_SECONDS
        if message.receives > MAX_RECEIVES:
            self.bury(message)
            return False
        return True

    def bury(self, message: Queued) -> None:
        self.remove(message)
        message.visible_at = self._now()
        self.dead.append(message)

    def remove(self, message: Queued) -> None:
        self.waiting = [one for one in self.waiting if one is not message]

    def send_message(self, *, QueueUrl: str, MessageBody: str, DelaySeconds: int) -> dict[str, Any]:
        assert QueueUrl == "inbox"
        assert DelaySeconds == 0
        self._around("SendMessage", lambda: self.enqueue(MessageBody))
        return {}

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int) -> dict[str, Any]:
        def received() -> dict[str, Any]:
            found = [one for one in self.dead if one.visible_at <= self._now()][:MaxNumberOfMessages]
            for one in found:
                one.visible_at = self._now() + 60
            return {"Messages": [{"Body": one.body, "ReceiptHandle": str(one.number)} for one in found]}

        if QueueUrl != "dead":
            return {}
        answer: dict[str, Any] = self._around("ReceiveMessage", received)
        return answer

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        assert QueueUrl == "dead"

        def deleted() -> None:
            self.dead = [one for one in self.dead if str(one.number) != ReceiptHandle]

        self._around("DeleteMessage", deleted)


@dataclass
class Execution:
    """One watched task: the state that its state machine is in."""

    name: str
    text: str
    state: dict[str, Any]
    next_at: float
    status: str = "RUNNING"
    phase: str = "poll"
    failures: int = 0
    busy: bool = False


@dataclass
class Executions:
    around: Around
    now: Callable[[], float]
    all: dict[str, Execution] = field(default_factory=dict)

    def running(self) -> list[Execution]:
        """Those whose wait is over."""
        return [
            one
            for one in self.all.values()
            if one.status == "RUNNING" and not one.busy and one.next_at <= self.now()
        ]

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002
        def started() -> dict[str, Any]:
            found = self.all.get(name)
            if found is not None and (found.status != "RUNNING" or found.text != input):
                raise aws_error("ExecutionAlreadyExists")
            if found is None:
                state = json.loads(input)
                self.all[name] = Execution(name, input, state, self.now() + state["wait_seconds"])
            return {"executionArn": f"{stateMachineArn}:{name}"}

        answer: dict[str, Any] = self.around("StartExecution", started)
        return answer

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        def described() -> dict[str, Any]:
            found = self.all.get(executionArn.rpartition(":")[2])
            if found is None:
                raise aws_error("ExecutionDoesNotExist")
            return {"status": found.status, "input": found.text}

        answer: dict[str, Any] = self.around("DescribeExecution", described)
        return answer


@dataclass
class Functions:
    """Poll, as finalize invokes it; an error that it raises is returned in Lambda's form."""

    around: Around
    poll: Callable[[dict[str, Any]], dict[str, Any]]

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "poll"
        self.around("InvokeFunction", lambda: None)
        try:
            return {"Payload": io.BytesIO(json.dumps(self.poll(json.loads(Payload))).encode())}
        except Exception as error:  # noqa: BLE001  # whatever it is
            said = json.dumps({"errorType": type(error).__name__}).encode()
            return {"Payload": io.BytesIO(said), "FunctionError": "Unhandled"}


@dataclass
class Topic:
    """Every event that was published, repeats included."""

    around: Around
    events: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, **asked: Any) -> dict[str, Any]:
        self.around("Publish", lambda: self.events.append(json.loads(asked["Message"])))
        return {"MessageId": str(len(self.events))}
