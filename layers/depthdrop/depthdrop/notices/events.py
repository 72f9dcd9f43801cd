"""The events: CloudEvents 1.0 with typed data. These models are the one source of what consumers receive.

    Event               data              of
      Succeeded         SucceededData     an edit that was sent upstream
      Failed            FailedData        an edit that was sent upstream
      Ambiguous         AmbiguousData     an edit that was sent upstream
      Rejected          RejectedData      a drop that was refused before it was paid for
      Unpaired          UnpairedData      a file whose counterpart did not come
      BudgetReached     BudgetData        the day's budget, and the first drop that waits for it

A field that is None is left out of the JSON; every other is always there. What is sent must match the model, what
is read back may come from a later version: `read_event` ignores fields that it does not know.
v1 may grow, never break: `make schemas` writes schemas and docs/events.md, tests hold them against each release.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

# Descriptions that several fields share.
_KIND = "What happened, and the major version of this form."
_DATA = "The event's payload."
_COST = "What was charged, or may have been."
_WRONG = "What went wrong."
_CORRECTS = "`id` of the earlier event that this one corrects."
_DURATIONS = "Moments and durations; empty where nothing was begun."
_ACT = "Names the act of dropping; of an edit, the one that began it."
_TASK = "The upstream's name of its task."
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
        """The one word for people and filters, such as succeeded or budget_reached."""
        return self.value.split(".")[2]


class _Model(BaseModel):
    """Validators are built when they are first used: a cold start pays only for what it publishes."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ObjectRef(_Model):
    bucket: str = Field(description="The bucket's name.")
    key: str = Field(description="The object's key, not encoded.")


class ObjectVersion(ObjectRef):
    etag: str | None = Field(None, description="The version's ETag, without quotation marks.")


class Result(_Model):
    bucket: str = Field(description="The outbox.")
    key: str = Field(description="The picture's key, not encoded. Every retry of the edit has the same.")
    etag: str = Field(description="The picture's ETag, without quotation marks.")
    bytes: int = Field(description="The picture's size in bytes.")
    width: int = Field(description="Width in pixels.")
    height: int = Field(description="Height in pixels.")
    content_type: str = Field(description="MIME type, such as `image/jpeg`, by the picture's first bytes.")


class Download(_Model):
    url: str = Field(description="Whoever holds it fetches the picture with it, without an account.")
    expires_at: datetime = Field(description="It stops working then, or sooner if a function's session ends.")


class NotCharged(_Model):
    state: Literal["none"] = Field(default="none", description="Provably not charged.")
    usd: Usd = Field(default=Decimal(0), description="0.")


class Charged(_Model):
    state: Literal["charged"] = Field(default="charged", description="The upstream took the request.")
    usd: Usd = Field(description="Price of the request in US dollars, by the registry of models.")


class PerhapsCharged(_Model):
    state: Literal["unknown"] = Field(default="unknown", description="Nobody can tell whether it was charged.")
    usd: Usd = Field(description="US dollars that were charged if any were.")


class Timings(_Model):
    """Moments in UTC, durations in seconds. Empty where nothing is known to have been begun."""


class EndedTimings(Timings):
    submitted_at: datetime = Field(description="When the upstream took the request, UTC.")
    finished_at: datetime = Field(description="When the picture was stored or the edit's end was known, UTC.")
    seconds: float = Field(description="Seconds from `submitted_at` to `finished_at`.")


class SucceededTimings(EndedTimings):
    upstream_seconds: float | None = Field(None, description="Seconds that the upstream worked, if it says so.")


class Trouble(_Model):
    """What went wrong, in words, and what to do about it."""

    code: str = Field(description="What went wrong, for programs. Codes may be added.")
    message: str = Field(description="What went wrong, for people.")
    hint: str = Field(description="What to do about it, for people.")


class Objection(Trouble):
    field: str | None = Field(None, description="The setting that is wrong, if it is one.")


class EventData(_Model):
    source: ObjectVersion = Field(description="The picture in the inbox, or an unpaired sidecar, which has none.")
    timings: Timings = Field(default_factory=Timings, description=_DURATIONS)
    spend: NotCharged | Charged | PerhapsCharged = Field(description=_COST)
    warnings: list[str] = Field([], description="What the owner should know, in sentences; mostly empty.")
    metadata: dict[str, str] = Field(
        {}, description="In events of an edit: `metadata` of its settings; else empty."
    )


class EditData(EventData):
    edit_id: str = Field(description="Names the edit everywhere: a hash of what is bought.")
    drop_id: str = Field(description=_ACT)
    sidecar: ObjectRef | None = Field(None, description=_SIDECAR)
    model: str = Field(description="The model that was used.")
    asked_model: str | None = Field(None, description="The withdrawn model whose place `model` took, if it did.")
    supersedes: str | None = Field(None, description=_CORRECTS)


class SucceededData(EditData):
    result: Result = Field(description="The edited picture.")
    download: Download | None = Field(
        None, description="Link to the picture, if links are on; new at each publish."
    )
    manifest: ObjectRef = Field(description="Its manifest: this data and the settings with their origins.")
    task_id: str = Field(description=_TASK)
    seed: int | None = Field(None, description="The seed that the upstream used, if it says so.")
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
    drop_id: str = Field(description="Names the act of dropping that waits first; others wait with it.")
    day: date = Field(description="The day of UTC whose budget it is.")
    limit_usd: Usd = Field(description="The budget, `DailyBudgetUsd`, in US dollars.")
    reserved_usd: Usd = Field(description="US dollars of that day's requests, those under way among them.")
    spend: NotCharged = Field(default_factory=NotCharged, description=_COST)
    error: Trouble = Field(description=_WRONG)


class Event(_Model):
    """A CloudEvents 1.0 envelope (https://cloudevents.io)."""

    specversion: Literal["1.0"] = Field(default="1.0", description="The version of CloudEvents.")
    id: str = Field(description="The same for every repeat of this event. A consumer drops repeats by it.")
    source: str = Field(description="The stack: `depthdrop/` and its name.")
    type: EventType = Field(description=_KIND)
    subject: str = Field(description="Key of the picture in the inbox; of an unpaired sidecar its own.")
    time: datetime = Field(description="When it happened, UTC.")
    datacontenttype: Literal["application/json"] = Field(default="application/json", description="JSON, always.")
    data: EventData = Field(description=_DATA)

    def to_json(self) -> str:
        return self.model_dump_json(exclude_none=True)

    def with_data(self, **changes: object) -> Self:
        """The same event with these fields of its data changed."""
        return self.model_copy(update={"data": self.data.model_copy(update=changes)})


class Succeeded(Event):
    """The edited picture is in the outbox."""

    type: Literal[EventType.SUCCEEDED] = Field(default=EventType.SUCCEEDED, description=_KIND)
    data: SucceededData = Field(description=_DATA)


class Failed(Event):
    """The upstream took the request and there is no picture, or it could not be fetched in time."""

    type: Literal[EventType.FAILED] = Field(default=EventType.FAILED, description=_KIND)
    data: FailedData = Field(description=_DATA)


class Ambiguous(Event):
    """The answer to the request was lost: it may have been charged, so it is not sent again by itself."""

    type: Literal[EventType.AMBIGUOUS] = Field(default=EventType.AMBIGUOUS, description=_KIND)
    data: AmbiguousData = Field(description=_DATA)


class Rejected(Event):
    """The drop was refused before anything was paid."""

    type: Literal[EventType.REJECTED] = Field(default=EventType.REJECTED, description=_KIND)
    data: RejectedData = Field(description=_DATA)


class Unpaired(Event):
    """A picture or a sidecar waited, and its counterpart did not come."""

    type: Literal[EventType.UNPAIRED] = Field(default=EventType.UNPAIRED, description=_KIND)
    data: UnpairedData = Field(description=_DATA)


class BudgetReached(Event):
    """The day's budget is reached: drops wait, and nothing is lost. Published once for each day and limit."""

    type: Literal[EventType.BUDGET_REACHED] = Field(default=EventType.BUDGET_REACHED, description=_KIND)
    data: BudgetData = Field(description=_DATA)


EVENTS: Mapping[EventType, type[Event]] = {
    model.model_fields["type"].default: model
    for model in (Succeeded, Failed, Ambiguous, Rejected, Unpaired, BudgetReached)
}


def read_event(text: str) -> Event:
    """An event that was published or written down, perhaps by a later version."""
    model = EVENTS[EventType(json.loads(text)["type"])]
    return model.model_validate_json(text, extra="ignore")


def moment(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)
