"""Composes each event from a record and what happened. Pure: the same facts give the same event, id included."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from depthdrop.drop.identities import event_id, half_id
from depthdrop.drop.pairing import InboxObject
from depthdrop.drop.refusal import Refusal
from depthdrop.notices import events
from depthdrop.settings.catalogue import warnings_of

if TYPE_CHECKING:
    from depthdrop.notices.events import (
        Ambiguous,
        BudgetReached,
        Event,
        EventType,
        Failed,
        ObjectRef,
        ObjectVersion,
        Rejected,
        Result,
        Succeeded,
        Trouble,
        Unpaired,
    )
    from depthdrop.records.types import EditRecord, NamedDrop, PictureFacts

E = TypeVar("E", bound="Event")


@dataclass(frozen=True, slots=True)
class Announcer:
    """Knows the stack's name and its inbox: what every event says of where it came from."""

    source: str
    inbox_bucket: str

    def rejected(
        self, drop: "NamedDrop", refusal: Refusal, receipt: "ObjectRef | None", now: float, attempt: int = 1
    ) -> "Rejected":
        about = self._about(events.EventType.REJECTED, drop["drop_id"], attempt, drop["image_key"], now)
        told = drop.get("supersedes")
        data = events.RejectedData(
            drop_id=drop["drop_id"],
            source=self._version(drop["image_key"], drop.get("image_etag")),
            sidecar=self._sidecar(drop),
            receipt=receipt,
            error=events.Objection(
                code=refusal.code, message=refusal.message, hint=refusal.hint, field=refusal.field
            ),
            supersedes=told if told != about["id"] else None,  # of a repeat
        )
        return events.Rejected(**about, data=data)

    def unpaired(
        self, half: InboxObject, missing: "Trouble", now: float, supersedes: str | None = None
    ) -> "Unpaired":
        source = self._version(half.key, half.etag)
        data = events.UnpairedData(source=source, error=missing, supersedes=supersedes)
        about = self._about(events.EventType.UNPAIRED, half_id(self.inbox_bucket, half), 1, half.key, now)
        return events.Unpaired(**about, data=data)

    def ambiguous(self, edit: "EditRecord", message: str, now: float) -> "Ambiguous":
        error = events.Trouble(
            code="answer_lost",
            message=f"{message} This edit may have been charged.",
            hint="Look at the upstream's bill. To pay for another try, add a new rerun value to the sidecar.",
        )
        spend = events.PerhapsCharged(usd=edit["usd"])
        data = events.AmbiguousData(**self._facts(edit, events.EventType.AMBIGUOUS), spend=spend, error=error)
        return events.Ambiguous(**self._about_edit(events.EventType.AMBIGUOUS, edit, now), data=data)

    def failed(self, edit: "EditRecord", trouble: "Trouble", now: float) -> "Failed":
        data = events.FailedData(
            **self._facts(edit, events.EventType.FAILED),
            task_id=edit["task_id"],
            timings=events.EndedTimings(**_ended(edit, now)),
            spend=events.Charged(usd=edit["usd"]),
            error=trouble,
        )
        return events.Failed(**self._about_edit(events.EventType.FAILED, edit, now), data=data)

    def succeeded(  # an event has these parts
        self,
        edit: "EditRecord",
        result: "Result",
        manifest: "ObjectRef",
        now: float,
        seed: int | None,
        upstream_seconds: float | None,
    ) -> "Succeeded":
        data = events.SucceededData(
            **self._facts(edit, events.EventType.SUCCEEDED),
            result=result,
            manifest=manifest,
            task_id=edit["task_id"],
            seed=seed,
            timings=events.SucceededTimings(**_ended(edit, now), upstream_seconds=upstream_seconds),
            spend=events.Charged(usd=edit["usd"]),
        )
        return events.Succeeded(**self._about_edit(events.EventType.SUCCEEDED, edit, now), data=data)

    def budget_reached(
        self, drop: "NamedDrop", message: str, limit_usd: Decimal, reserved_usd: Decimal, now: float
    ) -> "BudgetReached":
        day = events.moment(now).date()
        error = events.Trouble(
            code="budget_reached",
            message=message,
            hint="Drops go on by themselves on the next day of UTC, or when DailyBudgetUsd is raised.",
        )
        data = events.BudgetData(
            drop_id=drop["drop_id"],
            source=self._version(drop["image_key"], drop.get("image_etag")),
            day=day,
            limit_usd=limit_usd,
            reserved_usd=reserved_usd,
            error=error,
        )
        # Of whichever drop comes first: the day and its limit name the event.
        about = self._about(events.EventType.BUDGET_REACHED, f"{day}:{limit_usd}", 1, drop["image_key"], now)
        return events.BudgetReached(**about, data=data)

    def _facts(self, edit: "EditRecord", kind: "EventType") -> dict[str, Any]:
        """What every event of an edit tells."""
        return {
            "edit_id": edit["edit_id"],
            "drop_id": edit["drop_id"],
            "source": self._version(edit["image_key"], edit.get("image_etag")),
            "sidecar": self._sidecar(edit),
            "model": edit["model"],
            "asked_model": edit.get("asked_model"),
            "warnings": warnings_of(edit["model"], edit.get("asked_model"), edit["created_at"]),
            "metadata": json.loads(edit["metadata"]),
            "supersedes": _superseded(edit, kind),
        }

    def _about_edit(self, kind: "EventType", edit: "EditRecord", now: float) -> dict[str, Any]:
        return self._about(kind, edit["edit_id"], edit["attempt"], edit["image_key"], now)

    def _about(self, kind: "EventType", identity: str, attempt: int, subject: str, now: float) -> dict[str, Any]:
        """The envelope's fields."""
        return {
            "id": event_id(identity, attempt, kind.value),
            "source": self.source,
            "subject": subject,
            "time": events.moment(now),
        }

    def _sidecar(self, record: "PictureFacts | EditRecord") -> "ObjectRef | None":
        """None for a picture that was uploaded with its prompt."""
        key = record.get("sidecar_key")
        return events.ObjectRef(bucket=self.inbox_bucket, key=key) if key else None

    def _version(self, key: str, etag: str | None) -> "ObjectVersion":
        return events.ObjectVersion(bucket=self.inbox_bucket, key=key, etag=etag)


def _ended(edit: "EditRecord", now: float) -> dict[str, Any]:
    submitted = float(edit["submitted_at"])
    return {
        "submitted_at": events.moment(submitted),
        "finished_at": events.moment(now),
        "seconds": round(now - submitted, 3),
    }


def superseding(event: E, told: str | None) -> E:
    """The event of an edit that has ended, for another drop of it, of whose halves one was told as unpaired."""
    if told is None:
        return event
    return event.model_copy(update={"data": event.data.model_copy(update={"supersedes": told})})


def _superseded(edit: "EditRecord", kind: "EventType") -> str | None:
    """The event that this one corrects: what was told before of the same edit, if it was something else.

    The first corrects what was told of the halves of its drop.
    """
    told: str | None = json.loads(edit["event"])["id"] if "event" in edit else None
    this = event_id(edit["edit_id"], edit["attempt"], kind.value)
    return edit.get("supersedes") if told in {None, this} else told
