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
    from depthdrop.records.types import EditRecord, NamedDrop, PictureFacts

E = TypeVar("E", bound="events.Event")


@dataclass(frozen=True, slots=True)
class Announcer:
    """Knows the stack's name and its inbox: what every event says of where it came from."""

    source: str
    inbox_bucket: str

    def rejected(
        self, drop: "NamedDrop", refusal: Refusal, receipt: "events.ObjectRef | None", now: float, attempt: int = 1
    ) -> "events.Rejected":
        kind, earlier = events.EventType.REJECTED, drop.get("supersedes")
        data = {
            "drop_id": drop["drop_id"],
            "source": self._version(drop["image_key"], drop.get("image_etag")),
            "sidecar": self._sidecar(drop),
            "receipt": receipt,
            "error": events.Objection(
                code=refusal.code, message=refusal.message, hint=refusal.hint, field=refusal.field
            ),
            # A repeat of this event does not correct itself.
            "supersedes": None if earlier == event_id(drop["drop_id"], attempt, kind.value) else earlier,
        }
        return self._event(events.Rejected, drop["drop_id"], attempt, drop["image_key"], now, data)

    def unpaired(
        self, half: InboxObject, missing: "events.Trouble", now: float, supersedes: str | None = None
    ) -> "events.Unpaired":
        data = {"source": self._version(half.key, half.etag), "error": missing, "supersedes": supersedes}
        return self._event(events.Unpaired, half_id(self.inbox_bucket, half), 1, half.key, now, data)

    def ambiguous(self, edit: "EditRecord", message: str, now: float) -> "events.Ambiguous":
        error = events.Trouble(
            code="answer_lost",
            message=f"{message} This edit may have been charged.",
            hint="Look at the upstream's bill. To pay for another try, add a new rerun value to the sidecar.",
        )
        spend = events.PerhapsCharged(usd=edit["usd"])
        return self._event_of_edit(events.Ambiguous, edit, now, spend=spend, error=error)

    def failed(self, edit: "EditRecord", trouble: "events.Trouble", now: float) -> "events.Failed":
        return self._event_of_edit(
            events.Failed,
            edit,
            now,
            task_id=edit["task_id"],
            timings=_ended(edit, now),
            spend=events.Charged(usd=edit["usd"]),
            error=trouble,
        )

    def succeeded(  # an event has these parts
        self,
        edit: "EditRecord",
        result: "events.Result",
        manifest: "events.ObjectRef",
        now: float,
        seed: int | None,
        upstream_seconds: float | None,
    ) -> "events.Succeeded":
        return self._event_of_edit(
            events.Succeeded,
            edit,
            now,
            result=result,
            manifest=manifest,
            task_id=edit["task_id"],
            seed=seed,
            timings=_ended(edit, now) | {"upstream_seconds": upstream_seconds},
            spend=events.Charged(usd=edit["usd"]),
        )

    def budget_reached(
        self, drop: "NamedDrop", message: str, limit_usd: Decimal, reserved_usd: Decimal, now: float
    ) -> "events.BudgetReached":
        day = events.moment(now).date()
        data = {
            "drop_id": drop["drop_id"],
            "source": self._version(drop["image_key"], drop.get("image_etag")),
            "day": day,
            "limit_usd": limit_usd,
            "reserved_usd": reserved_usd,
            "error": events.Trouble(
                code="budget_reached",
                message=message,
                hint="Drops go on by themselves on the next day of UTC, or when DailyBudgetUsd is raised.",
            ),
        }
        # Whichever drop comes first, the day and its limit name the event.
        return self._event(events.BudgetReached, f"{day}:{limit_usd}", 1, drop["image_key"], now, data)

    def _event_of_edit(self, model: type[E], edit: "EditRecord", now: float, **more: object) -> E:
        """What every event of an edit says, and these more fields of its data."""
        data = {
            "edit_id": edit["edit_id"],
            "drop_id": edit["drop_id"],
            "source": self._version(edit["image_key"], edit.get("image_etag")),
            "sidecar": self._sidecar(edit),
            "model": edit["model"],
            "asked_model": edit.get("asked_model"),
            "warnings": warnings_of(edit["model"], edit.get("asked_model"), edit["created_at"]),
            "metadata": json.loads(edit["metadata"]),
            "supersedes": _superseded(edit, _kind_of(model)),
        }
        return self._event(model, edit["edit_id"], edit["attempt"], edit["image_key"], now, data | more)

    def _event(
        self, model: type[E], identity: str, attempt: int, subject: str, now: float, data: dict[str, Any]
    ) -> E:
        return model.model_validate(
            {
                "id": event_id(identity, attempt, _kind_of(model)),
                "source": self.source,
                "subject": subject,
                "time": events.moment(now),
                "data": data,
            }
        )

    def _sidecar(self, record: "PictureFacts | EditRecord") -> "events.ObjectRef | None":
        """None for a picture that was uploaded with its prompt."""
        key = record.get("sidecar_key")
        return events.ObjectRef(bucket=self.inbox_bucket, key=key) if key else None

    def _version(self, key: str, etag: str | None) -> "events.ObjectVersion":
        return events.ObjectVersion(bucket=self.inbox_bucket, key=key, etag=etag)


def _kind_of(model: type["events.Event"]) -> str:
    return events.EventType(model.model_fields["type"].default).value


def _ended(edit: "EditRecord", now: float) -> dict[str, Any]:
    submitted = float(edit["submitted_at"])
    return {
        "submitted_at": events.moment(submitted),
        "finished_at": events.moment(now),
        "seconds": round(now - submitted, 3),
    }


def superseding(event: E, told: str | None) -> E:
    """The event of an ended edit, for another drop of it, one of whose files was announced as unpaired before."""
    return event if told is None else event.with_data(supersedes=told)


def _superseded(edit: "EditRecord", kind: str) -> str | None:
    """The id of the event that this one corrects: the last of the same edit, if it was another.

    The first event of an edit corrects what was published about the files of its drop.
    """
    last: str | None = json.loads(edit["event"])["id"] if "event" in edit else None
    this = event_id(edit["edit_id"], edit["attempt"], kind)
    return edit.get("supersedes") if last in {None, this} else last
