"""Composes each event from a record and an outcome. Pure: the same facts give the same event, with the same id."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from depthdrop.drop.identities import event_id, id_of
from depthdrop.drop.pairing import InboxObject, UnpairedFile
from depthdrop.drop.refusal import Refusal
from depthdrop.notices import events
from depthdrop.settings.models_and_prices import warnings_of

if TYPE_CHECKING:
    from depthdrop.records.types import EditRecord, NamedDrop


@dataclass(frozen=True, slots=True)
class Announcer:
    """Composes events with the stack's name and its inbox, which every event names."""

    source: str
    inbox_bucket: str

    def rejected(
        self, drop: "NamedDrop", refusal: Refusal, receipt: "events.ObjectRef | None", now: float, attempt: int = 1
    ) -> "events.Event":
        kind, earlier = events.EventType.REJECTED, drop.get("supersedes")
        data = {
            **self._files(drop),
            "receipt": receipt,
            "error": events.Objection(
                code=refusal.code, message=refusal.message, hint=refusal.hint, field=refusal.field
            ),
            # A repeat of this event does not correct itself.
            "supersedes": None if earlier == event_id(drop["drop_id"], attempt, kind) else earlier,
        }
        return self._event(kind, drop["drop_id"], attempt, drop["image_key"], now, data)

    def unpaired(
        self, file: InboxObject, missing: "events.Trouble", now: float, supersedes: str | None = None
    ) -> "events.Event":
        data = {"source": self._version(file.key, file.etag), "error": missing, "supersedes": supersedes}
        identity = id_of(self.inbox_bucket, UnpairedFile(file))
        return self._event(events.EventType.UNPAIRED, identity, 1, file.key, now, data)

    def ambiguous(self, edit: "EditRecord", message: str, now: float) -> "events.Event":
        error = events.Trouble(
            code="answer_lost",
            message=f"{message} This edit may have been charged.",
            hint="Look at the upstream's bill. To pay for another try, add a new rerun value to the sidecar.",
        )
        spend = events.PerhapsCharged(usd=edit["usd"])
        return self._event_of_edit(events.EventType.AMBIGUOUS, edit, now, spend=spend, error=error)

    def failed(self, edit: "EditRecord", trouble: "events.Trouble", now: float) -> "events.Event":
        return self._event_of_edit(events.EventType.FAILED, edit, now, error=trouble, **_charged(edit, now))

    def succeeded(  # an event has these parts
        self,
        edit: "EditRecord",
        result: "events.Result",
        manifest: "events.ObjectRef",
        now: float,
        seed: int | None,
        upstream_seconds: float | None,
    ) -> "events.Event":
        more = {"result": result, "manifest": manifest, "seed": seed}
        charged = _charged(edit, now, upstream_seconds=upstream_seconds)
        return self._event_of_edit(events.EventType.SUCCEEDED, edit, now, **more, **charged)

    def budget_reached(
        self, drop: "NamedDrop", message: str, limit_usd: Decimal, reserved_usd: Decimal, now: float
    ) -> "events.Event":
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
                hint="Drops continue by themselves on the next day (UTC), or when DailyBudgetUsd is raised.",
            ),
        }
        # The day and its limit name the event, so each drop that waits composes the same one.
        identity = f"{day}:{limit_usd}"
        return self._event(events.EventType.BUDGET_REACHED, identity, 1, drop["image_key"], now, data)

    def _event_of_edit(
        self, kind: "events.EventType", edit: "EditRecord", now: float, **more: object
    ) -> "events.Event":
        """An event with the data that every event of an edit has, and with `more` fields."""
        data = {
            "edit_id": edit["edit_id"],
            **self._files(edit),
            "model": edit["model"],
            "asked_model": edit.get("asked_model"),
            "warnings": warnings_of(edit["model"], edit.get("asked_model"), edit["created_at"]),
            "metadata": json.loads(edit["metadata"]),
            "supersedes": _superseded(edit, kind),
        }
        return self._event(kind, edit["edit_id"], edit["attempt"], edit["image_key"], now, data | more)

    def _event(
        self, kind: "events.EventType", identity: str, attempt: int, subject: str, now: float, data: dict[str, Any]
    ) -> "events.Event":
        envelope = {"source": self.source, "subject": subject, "time": events.moment(now), "data": data}
        return events.EVENTS[kind].model_validate({"id": event_id(identity, attempt, kind), **envelope})

    def _files(self, drop: "NamedDrop") -> dict[str, object]:
        """The drop and its files; a picture that was uploaded with its prompt has no sidecar."""
        source = self._version(drop["image_key"], drop.get("image_etag"))
        key = drop.get("sidecar_key")
        sidecar = events.ObjectRef(bucket=self.inbox_bucket, key=key) if key else None
        return {"drop_id": drop["drop_id"], "source": source, "sidecar": sidecar}

    def _version(self, key: str, etag: str | None) -> "events.ObjectVersion":
        return events.ObjectVersion(bucket=self.inbox_bucket, key=key, etag=etag)


def _charged(edit: "EditRecord", now: float, **timings: float | None) -> dict[str, Any]:
    """The data of an edit whose task has ended, with these further timings."""
    submitted = float(edit["submitted_at"])
    ended = {"submitted_at": events.moment(submitted), "finished_at": events.moment(now)}
    timings["seconds"] = round(now - submitted, 3)
    return {"task_id": edit["task_id"], "timings": ended | timings, "spend": events.Charged(usd=edit["usd"])}


def _superseded(edit: "EditRecord", kind: str) -> str | None:
    """Id of the event that this one corrects: the edit's last or, for its first, the one about its drop's files."""
    last: str | None = json.loads(edit["event"])["id"] if "event" in edit else None
    this = event_id(edit["edit_id"], edit["attempt"], kind)
    return edit.get("supersedes") if last in {None, this} else last
