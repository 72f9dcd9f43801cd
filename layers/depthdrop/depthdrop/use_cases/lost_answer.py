"""A lost answer: the request may have been charged, so it is never sent again automatically.

submit settles it so when a POST ends without an answer, sweep when a worker never reported the result of its POST.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Metrics

from depthdrop.notices.compose import Announcer
from depthdrop.notices.publish import Notices
from depthdrop.observe import count
from depthdrop.records.edits import Edits, State
from depthdrop.records.slots import Slots, holder_of

if TYPE_CHECKING:
    from depthdrop.records.types import EditRecord


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """Its collaborators. Times are epoch seconds."""

    edits: Edits
    slots: Slots
    notices: Notices
    announcer: Announcer
    metrics: Metrics

    def settle(
        self, edit: "EditRecord", token: str, slot: str, message: str, now: float, hold_slot_until: int
    ) -> None:
        """POSTING → AMBIGUOUS and an event of it; none is published if the edit is not POSTING under this token."""
        event = self.announcer.ambiguous(edit, message, now)
        # The slot stays held: the upstream may be at work on a task nobody knows.
        self.slots.extend(slot, holder_of(edit["edit_id"], token), hold_slot_until)
        if self.edits.ambiguous(edit["edit_id"], token, int(now), event.to_json()):
            count(self.metrics, "ambiguous")
            count(self.metrics, "charged_but_lost_usd", edit["usd"])
            self.notices.publish(event)
            self.edits.notified(edit["edit_id"], State.AMBIGUOUS, int(now))
