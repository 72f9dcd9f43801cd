"""Dead letters become events: of a drop that could not be processed one is published, after a look at its record.

The letter stays where it is, for a person to read and redrive, unless the record shows that its drop has been
settled after all.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from depthdrop.drop import identities
from depthdrop.drop.inbox_keys import Kind, kind_of
from depthdrop.drop.pairing import InboxObject, Pair, Pairing, UnpairedFile
from depthdrop.drop.refusal import Refusal
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.depth_maps import depth_map_of, names, namings
from depthdrop.inbox.message import DropReleased, ObjectCreated, UnreadableMessageError, read_messages
from depthdrop.notices.compose import Announcer
from depthdrop.notices.publish import Notices
from depthdrop.records.drops import Drops
from depthdrop.records.edits import Edits, State
from depthdrop.records.files import Files, last_reported, version_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from depthdrop.records.types import DropRecord, NamedDrop

    _Found = tuple[NamedDrop, DropRecord | None]  # what its files say, and its record once it has one

_BATCHES = 10  # of ten letters, for each queue and round
_NOTED_SECONDS = 16 * 24 * 3600  # a letter is kept for 14 days
_UNSETTLED = frozenset({State.CLAIMED, State.RELEASED})
_ATTEMPT = 0  # the drop may be refused yet, once its letter is redriven: that is another event, and supersedes this
_NOT_PROCESSED = Refusal(
    "not_worked_off",
    "This drop could not be processed. Nothing was charged.",
    "The stack's operator finds the reason in submit's log; after that the dead letters can be redriven.",
)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Reads the dead-letter queues of the inbox. It never sends anything upstream."""

    sqs: "SQSClient"
    queue_urls: Sequence[str]
    inbox: Inbox
    drops: Drops
    files: Files
    edits: Edits
    notices: Notices
    announcer: Announcer
    logger: Logger

    def settle(self, now: int) -> Counter[str]:
        """One round over all letters that can be seen; how many were notified, settled or could not be read."""
        done: Counter[str] = Counter()
        for url in self.queue_urls:
            for body, receipt in self._letters(url):
                word = self._letter(body, now)
                done[word] += 1
                if word == "letters_settled":
                    self.sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)
        return done

    def _letters(self, url: str) -> Iterator[tuple[str, str]]:
        for _ in range(_BATCHES):
            letters = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not letters:
                return
            yield from ((letter["Body"], letter["ReceiptHandle"]) for letter in letters)

    def _letter(self, body: str, now: int) -> str:
        try:
            drops = [drop for message in read_messages(body) for drop in self._drops_of(message)]
        except UnreadableMessageError:
            self.logger.exception("a dead letter cannot be read; the alarm on its queue stays on")
            return "letters_unreadable"
        unsettled = [(facts, drop) for facts, drop in drops if not self._is_settled(drop)]
        for facts, drop in unsettled:
            self._notify(facts, drop, now)
        return "letters_told" if unsettled else "letters_settled"

    def _drops_of(self, message: object) -> "Iterator[_Found]":
        """The drops that a letter is about, with their records where there are any."""
        if isinstance(message, DropReleased):
            drop = self.drops.get(message.drop_id)
            if drop is not None:
                yield drop, drop
        if isinstance(message, ObjectCreated) and message.bucket == self.inbox.bucket:
            for found in self.inbox.pairings(message.key):
                yield from self._drops_at(found)

    def _drops_at(self, found: Pairing) -> "Iterator[_Found]":
        image = found.file if isinstance(found, UnpairedFile) else found.image
        if kind_of(image.key) is Kind.SIDECAR:
            self.files.wait(image, image.last_modified)  # nobody may have noted it; it has waited for long
            return
        # A picture alone may have been uploaded with its prompt; sweep must not read the inbox to know.
        drop_id = identities.id_of(self.inbox.bucket, found)
        drop, about = self.drops.get(drop_id), self.files.get(image.key)
        of_map = [] if drop else list(self._drops_of_map(image, about.get("named_by", ())))
        waits = isinstance(found, UnpairedFile) and about.get("half") == version_of(image)
        if drop is not None:
            yield drop, drop
        elif of_map:
            yield from of_map
        elif not waits:
            yield _named(drop_id, found if isinstance(found, Pair) else Pair(image, None)), None

    def _drops_of_map(self, file: InboxObject, image_keys: Iterable[str]) -> "Iterator[_Found]":
        """The drops that a depth map makes by arriving."""
        for found, known in namings(self.inbox, self.drops, image_keys):
            if known is None or not names(known, file.key):
                continue
            if depth_map_of(known) == file:
                yield known, known
            else:
                drop_id = identities.drop_id(self.inbox.bucket, found, file)
                drop = self.drops.get(drop_id)
                yield drop or _named(drop_id, found), drop

    def _is_settled(self, drop: "DropRecord | None") -> bool:
        """Notified, parked, or in the hands of an edit that sweep and the workflow bring to its end."""
        if drop is None:
            return False
        if "notified_at" in drop or "parked" in drop:
            return True
        edit = self.edits.get(drop["edit_id"]) if "edit_id" in drop else None
        return edit is not None and State(edit["state"]) not in _UNSETTLED

    def _notify(self, facts: "NamedDrop", drop: "DropRecord | None", now: int) -> None:
        if self.drops.dead_letter_reported(facts["drop_id"]):
            return
        if drop is None:
            keys = [key for key in (facts["image_key"], facts.get("sidecar_key")) if key is not None]
            facts = {**facts, "supersedes": last_reported(map(self.files.get, keys))}
        event = self.announcer.rejected(facts, _NOT_PROCESSED, None, now, _ATTEMPT)
        self.notices.publish(event)
        if drop is None:
            self.files.dead_letter_reported(facts["image_key"], event.id, now)
        else:
            self.drops.supersede(facts["drop_id"], event.id)
        self.drops.mark_dead_letter_reported(facts["drop_id"], now, now + _NOTED_SECONDS)
        self.drops.give_up(facts["drop_id"])  # it would only come back here; its letter can be redriven


def _named(drop_id: str, found: Pair) -> "NamedDrop":
    image, sidecar = found.image, found.sidecar
    sidecar_key = sidecar.key if sidecar is not None else None
    return {"drop_id": drop_id, "image_key": image.key, "image_etag": image.etag, "sidecar_key": sidecar_key}
