"""Parked drops wait in the table, not in the queue; the worker that frees their cause sends the oldest back.

An enabled event source never lets messages wait: waiting there would burn receive counts into the dead letters.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from depthdrop.records.drops import Drops

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

RELEASE_SOURCE = "depthdrop"
RELEASE_DETAIL_TYPE = "Parked Drop Released"
_RETRY_SECONDS = 300  # a release whose message got lost is sent again
_SPARE = 25  # others may be releasing the same oldest drops at this moment


@dataclass(frozen=True, slots=True)
class Parking:
    drops: Drops
    sqs: "SQSClient"
    queue_url: str

    def release_due(self, now: int, limit: int) -> int:
        """Send the oldest due drops to submit again; how many were sent."""
        sent = 0
        for drop in self.drops.due(now, limit + _SPARE):
            if sent == limit:
                break
            if self.drops.look_again(drop["drop_id"], now, now + _RETRY_SECONDS):
                self.send_again(drop["drop_id"])
                sent += 1
        return sent

    def resume_budgeted(self, now: int, limit: int) -> int:
        """The budget has room: make the oldest of those who wait for it due; how many."""
        return sum(self.drops.may_go_on(drop["drop_id"], now) for drop in self.drops.over_budget(now, limit))

    def send_again(self, drop_id: str) -> None:
        """Put a recorded drop back into the queue."""
        body = json.dumps(release_message(drop_id))
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body, DelaySeconds=0)


def release_message(drop_id: str) -> dict[str, object]:
    """What brings a recorded drop back to submit, in the form of an EventBridge event."""
    return {"source": RELEASE_SOURCE, "detail-type": RELEASE_DETAIL_TYPE, "detail": {"drop_id": drop_id}}
