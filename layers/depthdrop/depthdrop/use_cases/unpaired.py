"""Reports files whose counterpart never came, each version once. It lists the inbox and reads nothing.

the listing shows the file                  then
(a report is written down already)          it is published, whatever is there now
alone                                       the report is written down, the listing made again, the report published
with its counterpart, as a drop             closed: the drop reports both, or its dead letter did
with its counterpart, which came just now   put off: it may be removed before its event is processed
replaced, removed, named as a depth map     closed in silence
"""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aws_lambda_powertools import Logger, Metrics

from depthdrop.drop import identities
from depthdrop.drop.inbox_keys import sibling_prefix
from depthdrop.drop.pairing import InboxObject, UnpairedFile, pair
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.depth_maps import is_depth_map
from depthdrop.inbox.waiting import EVENT_SECONDS, LOOK_AGAIN_SECONDS
from depthdrop.notices import events
from depthdrop.notices.compose import Announcer
from depthdrop.notices.missing_counterpart import missing_counterpart
from depthdrop.notices.publish import Notices
from depthdrop.observe import count
from depthdrop.records.drops import Drops
from depthdrop.records.files import Files, version_of

if TYPE_CHECKING:
    from depthdrop.notices.events import Event
    from depthdrop.records.types import FileRecord

_BATCH = 100
_Alone = tuple[InboxObject, tuple[InboxObject, ...]]  # a file, and the listing that shows it alone
_Seen = Literal["halves_settled", "halves_put_off"]


@dataclass(frozen=True, slots=True)
class Unpaired:
    inbox: Inbox
    files: Files
    drops: Drops
    notices: Notices
    announcer: Announcer
    logger: Logger
    metrics: Metrics

    def report(self, now: int) -> Counter[str]:
        """One round over the unpaired files that are due: how many were reported, settled or could not be read."""
        return Counter(self._alone(key, now) for key in self.files.due(now, _BATCH))

    def _alone(self, key: str, now: int) -> str:
        """One record that cannot be looked at holds up no other."""
        try:
            return self._look(key, now)
        except Exception:
            self.logger.exception("this half could not be looked at", extra={"key": key})
            self.files.look_again(key, now + LOOK_AGAIN_SECONDS)
            return "halves_broken"

    def _look(self, key: str, now: int) -> str:
        """The index is eventually consistent: the record itself is read before anything is done."""
        record = self.files.get(key)
        if record.get("look_at", now + 1) > now:
            return "nothing"
        if "telling" in record:
            return self._publish(record, events.read_event(record["telling"]))
        found = self._seen(key, record, now)
        if found == "halves_settled":
            self.files.close(key, record["half"])
            return found
        if found == "halves_put_off":
            self.files.look_again(key, now + LOOK_AGAIN_SECONDS)
            return found
        file, siblings = found
        event = self.announcer.unpaired(file, missing_counterpart(key, siblings), now, record.get("told"))
        report = event.to_json()
        if not self.files.about_to_report(key, record["half"], report, now):
            return "nothing"
        if isinstance(self._seen(key, record, now), str):
            self.files.take_back(key, report)
            return "halves_put_off"  # to the next round
        done = self._publish({**record, "telling": report, "telling_at": now}, event)
        self.files.close(key, record["half"])
        return done

    def _publish(self, record: "FileRecord", event: "Event") -> str:
        """Publish what was written down. The version that waits by then has its turn in the next round."""
        self.notices.publish(event)
        self.files.mark_notified(record, event.id)
        count(self.metrics, "unpaired")
        return "halves_told"

    def _seen(self, key: str, record: "FileRecord", now: int) -> _Alone | _Seen:
        """What the inbox shows of the noted version now."""
        # A version that came without a prompt of its own never gets one: submit has looked, and sweep need not.
        listed = self.inbox.siblings(sibling_prefix(key))
        pairings = pair(key, listed.objects, whole=listed.whole)
        if not pairings:
            return "halves_settled"
        for found in pairings:
            if isinstance(found, UnpairedFile):
                is_other = version_of(found.file) != record["half"]
                if is_other or ("named_by" in record and is_depth_map(self.inbox, self.files, self.drops, key)):
                    return "halves_settled"
                return found.file, listed.objects
            drop_id = identities.id_of(self.inbox.bucket, found)
            if self.drops.get(drop_id) is not None or self.drops.dead_letter_reported(drop_id):
                return "halves_settled"
        is_old = now - record["half_modified"] > EVENT_SECONDS
        return "halves_settled" if is_old else "halves_put_off"
