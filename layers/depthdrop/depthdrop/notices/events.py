"""The events: CloudEvents 1.0 with typed data. These models are the only definition of what consumers receive.

A field that is None is left out of the JSON; every other field is always there. A published event must match its
model. A stored one may come from a later version: `read_event` ignores fields that it does not know. v1 may grow,
never break: `make schemas` writes the schemas and docs/events.md, and tests compare them with each release.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, create_model

# Descriptions that several fields share.
_KIND = "What happened, and the major version of the format."
_DATA = "The event's payload."
_COST = "What was charged, or may have been."
_WRONG = "What went wrong."
_CORRECTS = "`id` of the earlier event that this one corrects."
_DURATIONS = "Times and durations; empty if nothing was started."
_ACT = "Id of the drop; in an edit's event, of the drop that started it."
_TASK = "The upstream's id of its task."
_SIDECAR = "The sidecar; left out when the picture was uploaded with its prompt."

Usd = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class EventType(StrEnum):
    SUCCEEDED = "depthdrop.edit.succeeded.v1"
    FAILED = "depthdrop.edit.failed.v1"
    REJECTED = "depthdrop.edit.rejected.v1"
    AMBIGUOUS = "depthdrop.edit.ambiguous.v1"
    UNPAIRED = "depthdrop.drop.unpaired.v1"
    BUDGET_REACHED = "depthdrop.drop.budget_reached.v1"

    @property
    def status(self) -> str:
        """One word for people and filters, such as succeeded or budget_reached."""
        return self.value.split(".")[2]


class _Model(BaseModel):
    """Validators are built at their first use: a cold start builds only those of the events it publishes."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ObjectRef(_Model):
    bucket: str = Field(description="The bucket's name.")
    key: str = Field(description="The object's key, not encoded.")


class ObjectVersion(ObjectRef):
    etag: str | None = Field(None, description="The version's ETag, without quotation marks.")


class Result(_Model):
    bucket: str = Field(description="The outbox.")
    key: str = Field(description="The picture's key, not encoded. It is the same in every retry of the edit.")
    etag: str = Field(description="The picture's ETag, without quotation marks.")
    bytes: int = Field(description="The picture's size in bytes.")
    width: int = Field(description="Width in pixels.")
    height: int = Field(description="Height in pixels.")
    content_type: str = Field(description="MIME type, such as `image/jpeg`, read from the picture's first bytes.")


class Download(_Model):
    url: str = Field(description="Anyone can fetch the picture with it, without an account.")
    expires_at: datetime = Field(description="When the link expires; earlier if the session that signed it ends.")


class NotCharged(_Model):
    state: Literal["none"] = Field(default="none", description="Not charged.")
    usd: Usd = Field(default=Decimal(0), description="0.")


class Charged(_Model):
    state: Literal["charged"] = Field(default="charged", description="The upstream accepted the request.")
    usd: Usd = Field(description="Price of the request in US dollars, from the list of models.")


class PerhapsCharged(_Model):
    state: Literal["unknown"] = Field(default="unknown", description="It is not known whether it was charged.")
    usd: Usd = Field(description="US dollars that were charged, if it was charged.")


class Timings(_Model):
    """Times in UTC, durations in seconds. Empty if nothing is known to have been started."""


class EndedTimings(Timings):
    submitted_at: datetime = Field(description="When the upstream accepted the request, UTC.")
    finished_at: datetime = Field(
        description="When the picture was stored or the edit was known to have ended, UTC."
    )
    seconds: float = Field(description="Seconds from `submitted_at` to `finished_at`.")


class SucceededTimings(EndedTimings):
    upstream_seconds: float | None = Field(
        None, description="Seconds that the upstream worked, if it reports them."
    )


class Trouble(_Model):
    """What went wrong, for people and programs, and what to do about it."""

    code: str = Field(description="What went wrong, for programs. Codes may be added.")
    message: str = Field(description="What went wrong, for people.")
    hint: str = Field(description="What to do about it, for people.")


class Objection(Trouble):
    field: str | None = Field(None, description="The setting that is wrong, if a setting is.")


class EventData(_Model):
    source: ObjectVersion = Field(description="The picture in the inbox, or the unpaired sidecar.")
    timings: Timings = Field(default_factory=Timings, description=_DURATIONS)
    spend: NotCharged | Charged | PerhapsCharged = Field(description=_COST)
    warnings: list[str] = Field([], description="Sentences for the owner; usually empty.")
    metadata: dict[str, str] = Field({}, description="In an edit's event, `metadata` of its settings; else empty.")


class EditData(EventData):
    edit_id: str = Field(description="Id of the edit: a hash of its picture and settings.")
    drop_id: str = Field(description=_ACT)
    sidecar: ObjectRef | None = Field(None, description=_SIDECAR)
    model: str = Field(description="The model that was used.")
    asked_model: str | None = Field(
        None, description="The withdrawn model that `model` replaced, if it replaced one."
    )
    supersedes: str | None = Field(None, description=_CORRECTS)


class SucceededData(EditData):
    result: Result = Field(description="The edited picture.")
    download: Download | None = Field(
        None, description="Link to the picture, if links are on; each publish makes a new one."
    )
    manifest: ObjectRef = Field(description="Its manifest: this data, and the settings with their origins.")
    task_id: str = Field(description=_TASK)
    seed: int | None = Field(None, description="The seed that the upstream used, if it reports it.")
    timings: SucceededTimings = Field(description=_DURATIONS)
    spend: Charged = Field(description=_COST)


class FailedData(EditData):
    task_id: str = Field(description=_TASK)
    timings: EndedTimings = Field(description=_DURATIONS)
    spend: Charged = Field(description=_COST)
    error: Trouble = Field(description=_WRONG)


class AmbiguousData(EditData):
    spend: PerhapsCharged = Field(description=_COST)
    error: Trouble = Field(description=_WRONG)


class RejectedData(EventData):
    drop_id: str = Field(description=_ACT)
    sidecar: ObjectRef | None = Field(None, description=_SIDECAR)
    receipt: ObjectRef | None = Field(
        None, description="The receipt in the outbox, if the drop could be processed."
    )
    spend: NotCharged = Field(default_factory=NotCharged, description=_COST)
    error: Objection = Field(description=_WRONG)
    supersedes: str | None = Field(None, description=_CORRECTS)


class UnpairedData(EventData):
    spend: NotCharged = Field(default_factory=NotCharged, description=_COST)
    error: Trouble = Field(description=_WRONG)
    supersedes: str | None = Field(None, description=_CORRECTS)


class BudgetData(EventData):
    drop_id: str = Field(description="Id of the first drop that waits; others wait with it.")
    day: date = Field(description="The day (UTC) of the budget.")
    limit_usd: Usd = Field(description="The budget, `DailyBudgetUsd`, in US dollars.")
    reserved_usd: Usd = Field(description="US dollars of that day's requests, running ones included.")
    spend: NotCharged = Field(default_factory=NotCharged, description=_COST)
    error: Trouble = Field(description=_WRONG)


class Event(_Model):
    """A CloudEvents 1.0 envelope (https://cloudevents.io)."""

    specversion: Literal["1.0"] = Field(default="1.0", description="The version of CloudEvents.")
    id: str = Field(description="The same in every repeat of this event, so that consumers can ignore repeats.")
    source: str = Field(description="`depthdrop/` and the stack's name.")
    type: EventType = Field(description=_KIND)
    subject: str = Field(description="Key of the picture in the inbox, or of the unpaired sidecar.")
    time: datetime = Field(description="When it happened, UTC.")
    datacontenttype: Literal["application/json"] = Field(default="application/json", description="Always JSON.")
    data: EventData = Field(description=_DATA)

    def to_json(self) -> str:
        return self.model_dump_json(exclude_none=True)

    def with_data(self, **changes: object) -> Self:
        """The same event with these fields of its data changed."""
        return self.model_copy(update={"data": self.data.model_copy(update=changes)})


EVENTS: Mapping[EventType, type[Event]] = {
    kind: create_model(
        kind.name,
        __base__=Event,
        __doc__=meaning,
        type=(Literal[kind], Field(default=kind, description=_KIND)),
        data=(data, Field(description=_DATA)),
    )
    for kind, data, meaning in (
        (EventType.SUCCEEDED, SucceededData, "The edited picture is in the outbox."),
        (
            EventType.FAILED,
            FailedData,
            "The upstream accepted the request, but there is no picture, or it could not be fetched in time.",
        ),
        (
            EventType.AMBIGUOUS,
            AmbiguousData,
            "The answer was lost. The request may have been charged, so it is never sent again automatically.",
        ),
        (EventType.REJECTED, RejectedData, "The drop was refused before anything was paid."),
        (EventType.UNPAIRED, UnpairedData, "A picture or a sidecar waited, and its counterpart did not come."),
        (
            EventType.BUDGET_REACHED,
            BudgetData,
            "The day's budget is reached: drops wait, and nothing is lost. Published once for each day and limit.",
        ),
    )
}


def read_event(text: str) -> Event:
    """An event that was published or stored, perhaps by a later version."""
    model = EVENTS[EventType(json.loads(text)["type"])]
    return model.model_validate_json(text, extra="ignore")


def moment(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)
