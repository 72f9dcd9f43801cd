"""Notifies the owner of a refused drop once, with a receipt in the outbox and an event."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Metrics

from depthdrop.drop.refusal import Refusal
from depthdrop.notices import events
from depthdrop.notices.compose import Announcer
from depthdrop.notices.publish import Notices
from depthdrop.observe import count
from depthdrop.outbox import Outbox
from depthdrop.records.drops import Drops
from depthdrop.records.files import Files

if TYPE_CHECKING:
    from depthdrop.records.types import DropRecord


def refusal_text(refusal: Refusal) -> str:
    """A refusal as it is stored in a drop record."""
    return json.dumps(asdict(refusal), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Rejection:
    outbox: Outbox
    drops: Drops
    files: Files
    notices: Notices
    announcer: Announcer
    metrics: Metrics

    def notify(self, drop: "DropRecord", now: int) -> str:
        """Write a refused drop's receipt, publish its event; a repeat is the same. Returns the action, for logs."""
        if "notified_at" in drop:
            return "refused before"
        refusal = Refusal(**json.loads(drop["refusal"]))
        receipt = events.ObjectRef(
            bucket=self.outbox.bucket, key=self.outbox.put_receipt(drop["image_key"], refusal)
        )
        self.files.receipt_left(drop["image_key"])
        self.notices.publish(self.announcer.rejected(drop, refusal, receipt, drop["created_at"]))
        if self.drops.mark_notified(drop["drop_id"], now):
            count(self.metrics, "rejected")
        return f"refused: {refusal.code}"

    def withdraw(self, image_key: str) -> None:
        """Remove the receipt of an earlier drop of this picture: beside a result it would mislead the owner."""
        self.outbox.remove_receipt(image_key)
        self.files.receipt_gone(image_key)
