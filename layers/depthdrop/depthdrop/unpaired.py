"""Reports files that never got their other half, each version once. It lists the inbox and reads nothing.

wait ──due──> alone? ──> written down ──> still alone? ──> published ──> closed
                no: closed                  no: taken back
"""

from collections import Counter
from dataclasses import dataclass

from aws_lambda_powertools import Logger, Metrics

from depthdrop.announce import Announcer
from depthdrop.depth_maps import DepthMaps
from depthdrop.files import Files, version_of
from depthdrop.halves import Halves
from depthdrop.inbox import Inbox
from depthdrop.missing_half import missing_half
from depthdrop.notices import Notices
from depthdrop.observe import count
from depthdrop.pairing import Half, InboxObject, pair, sibling_prefix
from depthdrop.table import Item

_BATCH = 100
_LOOK_AGAIN_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Unpaired:
    inbox: Inbox
    files: Files
    halves: Halves
    depth_maps: DepthMaps
    notices: Notices
    announcer: Announcer
    logger: Logger
    metrics: Metrics

    def report(self, now: int) -> Counter[str]:
        """One round over the halves that are due: how many were told, were settled or could not be looked at."""
        done: Counter[str] = Counter()
        for key in self.halves.due(now, _BATCH):
            done[self._alone(key, now)] += 1
        return done

    def _alone(self, key: str, now: int) -> str:
        """One record that cannot be looked at holds up no other."""
        try:
            return self._look(key, now)
        except Exception:
            self.logger.exception("this half could not be looked at", extra={"key": key})
            self.halves.look_again(key, now + _LOOK_AGAIN_SECONDS)
            return "halves_broken"

    def _look(self, key: str, now: int) -> str:
        """The index is eventually consistent: the record itself is read before anything is done."""
        record = self.files.get(key)
        if record.get("look_at", now + 1) > now:
            return "nothing"
        half = record["half"]
        found = self._waiting(key, record)
        if found is None:
            self.halves.close(key, half)
            return "halves_settled"
        file, siblings = found
        event = self.announcer.unpaired(file, missing_half(key, siblings), now)
        if not self.halves.about_to_tell(key, half, event.id, now):
            return "nothing"
        if self._waiting(key, record) is None:
            self.halves.take_back(record, event.id)
            return "halves_settled"
        self.notices.publish(event)
        self.halves.close(key, half)
        count(self.metrics, "unpaired")
        return "halves_told"

    def _waiting(self, key: str, record: Item) -> tuple[InboxObject, tuple[InboxObject, ...]] | None:
        """The noted version and its siblings, if it still stands there and nothing has come to pair with it.

        A version that came without a prompt of its own never gets one: submit has looked, and sweep need not.
        """
        listed = self.inbox.siblings(sibling_prefix(key))
        match pair(key, listed.objects, whole=listed.whole):
            case (Half(file),) if version_of(file) == record["half"]:
                if "named_by" in record and self.depth_maps.is_one(key):
                    return None
                return file, listed.objects
            case _:
                return None
