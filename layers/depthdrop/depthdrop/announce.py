"""Composes each event from a record and what happened. Pure: the same facts give the same event, id included."""

import json
from dataclasses import dataclass
from decimal import Decimal

from depthdrop.events import (
    Event,
    EventData,
    EventType,
    ObjectRef,
    Result,
    Spend,
    Timings,
    Trouble,
    moment,
)
from depthdrop.identities import event_id, half_id
from depthdrop.model_warnings import warnings_of
from depthdrop.pairing import InboxObject
from depthdrop.refusal import Refusal
from depthdrop.table import Item

_NOTHING = Spend(state="none", usd=Decimal(0))


@dataclass(frozen=True, slots=True)
class Announcer:
    """Knows the stack's name and its inbox: what every event says of where it came from."""

    source: str
    inbox_bucket: str

    def rejected(self, drop: Item, refusal: Refusal, receipt: ObjectRef | None, now: float) -> Event:
        error = Trouble(code=refusal.code, message=refusal.message, hint=refusal.hint, field=refusal.field)
        data = EventData(
            drop_id=drop["drop_id"],
            source=self._ref(drop["image_key"], drop.get("image_etag")),
            sidecar=self._sidecar(drop),
            spend=_NOTHING,
            receipt=receipt,
            error=error,
            supersedes=drop.get("supersedes"),
        )
        return self._event(EventType.REJECTED, drop["drop_id"], 1, drop["image_key"], now, data)

    def unpaired(self, half: InboxObject, missing: Trouble, now: float) -> Event:
        data = EventData(source=self._ref(half.key, half.etag), spend=_NOTHING, error=missing)
        return self._event(EventType.UNPAIRED, half_id(self.inbox_bucket, half), 1, half.key, now, data)

    def ambiguous(self, edit: Item, message: str, now: float) -> Event:
        error = Trouble(
            code="answer_lost",
            message=f"{message} This edit may have been charged.",
            hint="Look at the upstream's bill. To pay for another try, add a new rerun value to the sidecar.",
        )
        data = self._data(edit, EventType.AMBIGUOUS, Spend(state="unknown", usd=edit["usd"]), error=error)
        return self._event(EventType.AMBIGUOUS, edit["edit_id"], edit["attempt"], edit["image_key"], now, data)

    def failed(self, edit: Item, trouble: Trouble, now: float) -> Event:
        data = self._data(
            edit, EventType.FAILED, Spend(state="charged", usd=edit["usd"]), error=trouble, finished_at=now
        )
        return self._event(EventType.FAILED, edit["edit_id"], edit["attempt"], edit["image_key"], now, data)

    def succeeded(  # an event has these parts
        self,
        edit: Item,
        result: Result,
        manifest: ObjectRef,
        now: float,
        seed: int | None,
        upstream_seconds: float | None,
    ) -> Event:
        data = self._data(
            edit,
            EventType.SUCCEEDED,
            Spend(state="charged", usd=edit["usd"]),
            result=result,
            manifest=manifest,
            seed=seed,
            finished_at=now,
            upstream_seconds=upstream_seconds,
        )
        return self._event(EventType.SUCCEEDED, edit["edit_id"], edit["attempt"], edit["image_key"], now, data)

    def _data(  # noqa: PLR0913  # see above
        self,
        edit: Item,
        kind: EventType,
        spend: Spend,
        *,
        error: Trouble | None = None,
        result: Result | None = None,
        manifest: ObjectRef | None = None,
        seed: int | None = None,
        finished_at: float | None = None,
        upstream_seconds: float | None = None,
    ) -> EventData:
        submitted = float(edit["submitted_at"]) if "submitted_at" in edit else None
        return EventData(
            edit_id=edit["edit_id"],
            drop_id=edit["drop_id"],
            source=self._ref(edit["image_key"], edit.get("image_etag")),
            sidecar=self._sidecar(edit),
            result=result,
            manifest=manifest,
            model=edit["model"],
            asked_model=edit.get("asked_model"),
            task_id=edit.get("task_id"),
            seed=seed,
            timings=Timings(
                submitted_at=moment(submitted) if submitted else None,
                finished_at=moment(finished_at) if finished_at else None,
                seconds=round(finished_at - submitted, 3) if submitted and finished_at else None,
                upstream_seconds=upstream_seconds,
            ),
            spend=spend,
            error=error,
            warnings=warnings_of(edit["model"], edit.get("asked_model"), edit["created_at"]),
            metadata=json.loads(edit["metadata"]),
            supersedes=_superseded(edit, kind),
        )

    def _event(  # see above
        self, kind: EventType, identity: str, attempt: int, subject: str, now: float, data: EventData
    ) -> Event:
        return Event(
            id=event_id(identity, attempt, kind.value),
            source=self.source,
            type=kind,
            subject=subject,
            time=moment(now),
            data=data,
        )

    def _sidecar(self, record: Item) -> ObjectRef | None:
        """None for a picture that was uploaded with its prompt."""
        return self._ref(record["sidecar_key"]) if record.get("sidecar_key") else None

    def _ref(self, key: str, etag: str | None = None) -> ObjectRef:
        return ObjectRef(bucket=self.inbox_bucket, key=key, etag=etag)


def superseding(event: Event, told: str | None) -> Event:
    """The event of an edit that has ended, for another drop of it, of whose halves one was told as unpaired."""
    if told is None:
        return event
    return event.model_copy(update={"data": event.data.model_copy(update={"supersedes": told})})


def _superseded(edit: Item, kind: EventType) -> str | None:
    """The event that this one corrects: what was told before of the same edit, if it was something else.

    The first corrects what was told of the halves of its drop.
    """
    told: str | None = json.loads(edit["event"])["id"] if "event" in edit else None
    this = event_id(edit["edit_id"], edit["attempt"], kind.value)
    return edit.get("supersedes") if told in {None, this} else told
