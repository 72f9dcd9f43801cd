"""The stack on buckets that existed before it: nothing is made in their place, nothing of theirs is changed."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.fake_upstream import Settings
from local.stack.processes import LocalStackError
from local.stack.stack import LocalStack, Options, local_stack
from tests.system.e2e.commands import ROOT
from tests.system.e2e.remembered import eventually

pytestmark = pytest.mark.sockets

INBOX, OUTBOX = "my-photos", "my-edits"
PARAMETERS = {
    "ExistingInboxBucket": INBOX,
    "InboxPrefix": "drops/",
    "InboxKmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "ExistingOutboxBucket": OUTBOX,
    "OutboxPrefix": "edited/",
}
TEMPLE = (ROOT / "samples" / "temple.jpg").read_bytes()


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    options = Options(upstream=Settings(speed=30), parameters=PARAMETERS, buckets=(INBOX, OUTBOX))
    with local_stack(options) as running:
        yield running


def test_no_bucket_is_made_in_their_place(stack: LocalStack) -> None:
    made = {bucket["Name"] for bucket in stack.emulator.client("s3").list_buckets()["Buckets"]}

    assert made - {"depthdrop-local-artifacts"} == {INBOX, OUTBOX}
    assert (stack.outputs["InboxBucketName"], stack.outputs["OutboxBucketName"]) == (INBOX, OUTBOX)


def test_once_events_are_switched_on_drops_below_the_prefix_are_edited(stack: LocalStack) -> None:
    _switch_on_events(stack.emulator.client("s3"))
    for folder in ("elsewhere/", "drops/"):
        stack.put(f"{folder}temple.jpg", TEMPLE)
        stack.put(f"{folder}temple.txt", b"a watercolour")
    received: list[dict[str, Any]] = []

    def is_notified() -> bool:
        received.extend(stack.notices())
        return bool(received)

    assert eventually(is_notified)
    [event] = {notice["event"]["id"]: notice["event"] for notice in received}.values()  # each once
    assert (event["subject"], event["type"]) == ("drops/temple.jpg", "depthdrop.edit.succeeded.v1")
    assert event["data"]["result"]["bucket"] == OUTBOX
    assert event["data"]["result"]["key"].startswith("edited/drops/temple-")
    assert all(key.startswith("edited/drops/temple-") for key in stack.outbox())


def test_one_bucket_for_both_is_refused_before_anything_is_made() -> None:
    parameters = {"ExistingInboxBucket": INBOX, "ExistingOutboxBucket": INBOX}
    options = Options(upstream=Settings(speed=30), parameters=parameters, buckets=(INBOX,))

    with pytest.raises(LocalStackError, match="must be two buckets"), local_stack(options):
        pass


def _switch_on_events(s3: Any) -> None:
    """As the command in the stack's outputs does."""
    found = s3.get_bucket_notification_configuration(Bucket=INBOX)
    del found["ResponseMetadata"]
    s3.put_bucket_notification_configuration(
        Bucket=INBOX,
        NotificationConfiguration={**found, "EventBridgeConfiguration": {}},
        SkipDestinationValidation=True,
    )
