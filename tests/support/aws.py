"""The stack in memory: moto's AWS, made from template.yaml, around the real use cases."""

import dataclasses
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import Subscription
from moto.sqs.models import sqs_backends
from moto.stepfunctions.models import stepfunctions_backends

from depthdrop import aws
from depthdrop.inbox.message import Message, ObjectCreated, Settled
from depthdrop.observe import make_logger, make_metrics
from depthdrop.records.drops import Drops
from depthdrop.records.edits import Edits
from depthdrop.records.slots import Slots
from depthdrop.records.table import Item, Table, from_item
from depthdrop.use_cases.download_and_store import Outcome, outcome_of
from depthdrop.use_cases.finalize import Finalize
from depthdrop.use_cases.finalize import from_environment as make_finalize
from depthdrop.use_cases.poll import Poll, watch_of
from depthdrop.use_cases.poll import from_environment as make_poll
from depthdrop.use_cases.submit import Submit
from depthdrop.use_cases.submit import from_environment as make_submit
from depthdrop.use_cases.sweep import Sweep
from depthdrop.use_cases.sweep import from_environment as make_sweep
from tests.support.scripted import KEY, NOW, PICTURE, PUBLIC_ADDRESS, Clock, ScriptedUpstream
from tests.support.template_names import table_properties, variables_of

REGION = "us-east-1"
INBOX = "depthdrop-inbox"
OUTBOX = "depthdrop-outbox"
TABLE = "depthdrop-edits"
WORKFLOW_ARN = f"arn:aws:states:{REGION}:{DEFAULT_ACCOUNT_ID}:stateMachine:depthdrop-edit-workflow"
SECRET = "depthdrop-upstream-key"
FUNCTIONS = ("SubmitFunction", "PollFunction", "FinalizeFunction", "SweepFunction")
QUEUES = ("InboxQueue", "EventsQueue", "InboxDeadLetters", "InboxRuleDeadLetters")
PLENTY = 85.0  # seconds left of submit's 90 when it starts


@dataclass
class Stack:
    """Everything a use case touches, and short ways to look at what it left."""

    clock: Clock
    upstream: ScriptedUpstream
    names: dict[str, str]
    monkeypatch: pytest.MonkeyPatch

    def variables(self, function: str) -> None:
        """This function's environment and no other's, so that a variable missing in the template is missed."""
        for other in FUNCTIONS:
            for name in variables_of(other, self.names):
                self.monkeypatch.delenv(name, raising=False)
        for name, value in variables_of(function, self.names).items():
            self.monkeypatch.setenv(name, value)

    # ---- the use cases, as their handlers make them, on this clock

    def submit(self) -> Submit:
        self.variables("SubmitFunction")
        made = make_submit(make_logger("submit"), make_metrics("submit"))
        settlement = dataclasses.replace(made.purchase.settlement, clock=self.clock, jitter=lambda: 1.0)
        purchase = dataclasses.replace(
            made.purchase, clock=self.clock, sleep=self.clock.sleep, settlement=settlement
        )
        arrivals = dataclasses.replace(made.arrivals, clock=self.clock)
        return dataclasses.replace(made, purchase=purchase, arrivals=arrivals, clock=self.clock)

    def poll(self) -> Poll:
        self.variables("PollFunction")
        made = make_poll(make_logger("poll"))
        return dataclasses.replace(made, clock=self.clock, sleep=self.clock.sleep, chance=lambda: 0.5)

    def finalize(self, look: Callable[[Mapping[str, Any]], Outcome | None] | None = None) -> Finalize:
        self.variables("FinalizeFunction")
        made = make_finalize(make_logger("finalize"), make_metrics("finalize"))
        delivery = dataclasses.replace(made.delivery, sleep=self.clock.sleep, look=look or self.looked)
        return dataclasses.replace(made, clock=self.clock, delivery=delivery)

    def looked(self, state: Mapping[str, Any]) -> Outcome | None:
        """As through Lambda, which moto has only with Docker."""
        return outcome_of(json.loads(json.dumps(self.poll().handle(watch_of(state), lambda: PLENTY))))

    def sweep(self) -> Sweep:
        self.variables("SweepFunction")
        return dataclasses.replace(make_sweep(make_logger("sweep"), make_metrics("sweep")), clock=self.clock)

    def deliver(self, message: Message | str) -> list[Settled]:
        """What submit makes of a message; a text is the key of an object that was created."""
        asked = ObjectCreated(INBOX, message) if isinstance(message, str) else message
        return list(self.submit().handle(asked, lambda: PLENTY))

    # ---- the buckets

    def put(self, key: str, content: bytes, at: float = NOW - 60, prompt: str | None = None) -> None:
        """An object, with its `x-amz-meta-prompt` if there is one."""
        metadata = {} if prompt is None else {"prompt": prompt}
        aws.s3().put_object(Bucket=INBOX, Key=key, Body=content, Metadata=metadata)
        stored = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[INBOX].keys[key]
        stored.last_modified = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)

    def drop(self, name: str = "photo", prompt: str = "a watercolour", at: float = NOW - 60) -> str:
        """A picture and its sidecar; the picture's key."""
        self.put(f"{name}.txt", prompt.encode(), at)
        self.put(f"{name}.jpg", PICTURE, at)
        return f"{name}.jpg"

    def outbox(self) -> dict[str, bytes]:
        listed = aws.s3().list_objects_v2(Bucket=OUTBOX).get("Contents", [])
        return {one["Key"]: aws.s3().get_object(Bucket=OUTBOX, Key=one["Key"])["Body"].read() for one in listed}

    def receipt(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.outbox()[f"{key}.rejected.json"])
        return found

    # ---- the table

    @property
    def table(self) -> Table:
        return Table(TABLE, aws.dynamodb())

    @property
    def edits(self) -> Edits:
        return Edits(self.table)

    @property
    def drops(self) -> Drops:
        return Drops(self.table)

    def slots(self, count: int = 20) -> Slots:
        return Slots(self.table, count)

    def records(self, kind: str) -> list[Item]:
        """Every record of this kind: edit, drop or slot."""
        found = aws.dynamodb().scan(TableName=TABLE)["Items"]
        return [from_item(item) for item in found if item["pk"]["S"].startswith(f"{kind}#")]

    def edit(self) -> Item:
        [edit] = self.records("edit")
        return edit

    # ---- what went out

    def envelopes(self) -> list[dict[str, Any]]:
        """What SNS delivered since the last look, in SNS's own envelope."""
        return [json.loads(body) for body in self._drained(self.names["EventsQueue"])]

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(one["Message"]) for one in self.envelopes()]

    def sent_back(self) -> list[dict[str, Any]]:
        """Messages put into the inbox queue since the last look."""
        return [json.loads(body) for body in self._drained(self.names["InboxQueue"])]

    def executions(self) -> dict[str, str]:
        listed = aws.stepfunctions().list_executions(stateMachineArn=WORKFLOW_ARN)["executions"]
        return {one["name"]: one["status"] for one in listed}

    def execution_input(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            aws.stepfunctions().describe_execution(executionArn=self.execution_arn(name))["input"]
        )
        return found

    def execution_arn(self, name: str) -> str:
        return f"{WORKFLOW_ARN.replace(':stateMachine:', ':execution:')}:{name}"

    def close_execution(self, name: str) -> None:
        aws.stepfunctions().stop_execution(executionArn=self.execution_arn(name))

    def set_key(self, value: str) -> None:
        aws.secretsmanager().put_secret_value(SecretId=SECRET, SecretString=value)

    def _drained(self, queue_url: str) -> Iterator[str]:
        while got := aws.sqs().receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in got:
                aws.sqs().delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                yield message["Body"]


def made() -> dict[str, str]:
    """The template's resources, as far as the use cases touch them; the name of each."""
    for bucket in (INBOX, OUTBOX):
        aws.s3().create_bucket(Bucket=bucket)
    aws.dynamodb().create_table(TableName=TABLE, **table_properties())
    topic = aws.sns().create_topic(Name="depthdrop-notifications")["TopicArn"]
    queues = {name: aws.sqs().create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
    listener = aws.sqs().get_queue_attributes(QueueUrl=queues["EventsQueue"], AttributeNames=["QueueArn"])
    aws.sns().subscribe(TopicArn=topic, Protocol="sqs", Endpoint=listener["Attributes"]["QueueArn"])
    secret = aws.secretsmanager().create_secret(Name=SECRET, SecretString=KEY)["ARN"]
    role = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/workflow"
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    name = WORKFLOW_ARN.rpartition(":")[2]
    aws.stepfunctions().create_state_machine(name=name, definition=definition, roleArn=role)
    return {
        **queues,
        "InboxBucket": INBOX,
        "OutboxBucket": OUTBOX,
        "Edits": TABLE,
        "Notifications": topic,
        "UpstreamKey": secret,
        "EditWorkflow": WORKFLOW_ARN,
        "PollFunction": "depthdrop-poll",
        "AWS::StackName": "depthdrop",
    }


@pytest.fixture(autouse=True)
def _no_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_account(monkeypatch)


def forget_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's leads to AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_REGION", REGION)
    for name in (
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_SESSION_TOKEN",
        "DEPTHDROP_ALLOW_LOOPBACK_LINKS",
        "DEPTHDROP_ALLOW_CONTAINER_HOST",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> ScriptedUpstream:
    return scripted_for(monkeypatch)


def scripted_for(monkeypatch: pytest.MonkeyPatch) -> ScriptedUpstream:
    """Every connection that the code opens by itself ends here."""
    scripted = ScriptedUpstream()
    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(scripted.handle))
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC_ADDRESS, port))],
    )
    return scripted


@pytest.fixture(scope="module")
def _resources() -> Iterator[dict[str, str]]:
    """Made once for each file of tests, because making them takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patched, mock_aws():
        patched.setenv("AWS_DEFAULT_REGION", REGION)
        patched.setattr(Subscription, "private_key", lambda _: signing_key())  # moto makes one for each message
        yield made()


@cache
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _emptied(names: dict[str, str]) -> dict[str, str]:
    """The same resources without what the last test left in them."""
    dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE].items.clear()
    for bucket in (INBOX, OUTBOX):
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].keys.clear()
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():
        queue._messages.clear()
    [machine] = stepfunctions_backends[DEFAULT_ACCOUNT_ID][REGION].state_machines
    machine.executions.clear()
    dict.clear(secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].secrets)
    return {**names, "UpstreamKey": aws.secretsmanager().create_secret(Name=SECRET, SecretString=KEY)["ARN"]}


@pytest.fixture
def stack(_resources: dict[str, str], upstream: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch) -> Stack:
    return Stack(Clock(), upstream, _emptied(_resources), monkeypatch)
