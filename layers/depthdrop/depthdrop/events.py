"""The events: CloudEvents 1.0 with typed data. These models are the one source of what consumers receive."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

Usd = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class EventType(StrEnum):
    SUCCEEDED = "depthdrop.edit.succeeded.v1"
    FAILED = "depthdrop.edit.failed.v1"
    REJECTED = "depthdrop.edit.rejected.v1"
    AMBIGUOUS = "depthdrop.edit.ambiguous.v1"
    UNPAIRED = "depthdrop.drop.unpaired.v1"

    @property
    def status(self) -> str:
        """The one word for people and filters: succeeded, failed, rejected, ambiguous or unpaired."""
        return self.value.split(".")[2]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ObjectRef(_Model):
    bucket: str
    key: str
    etag: str | None = None


class Result(_Model):
    """The stored picture. Bytes are its size, width and height its pixels."""

    bucket: str
    key: str
    etag: str
    bytes: int
    width: int
    height: int
    content_type: str


class Download(_Model):
    """A link with which whoever holds it fetches the picture; it works until `expires_at` at the latest."""

    url: str
    expires_at: datetime


class Spend(_Model):
    """`none`: provably not charged; `charged`: the upstream took the request; `unknown`: nobody can tell."""

    state: Literal["none", "charged", "unknown"]
    usd: Usd


class Timings(_Model):
    """Moments in UTC; seconds between accepting the task and the picture standing in the outbox."""

    submitted_at: datetime | None = None
    finished_at: datetime | None = None
    seconds: float | None = None
    upstream_seconds: float | None = None


class Trouble(_Model):
    """What went wrong, in words, and what to do about it."""

    code: str
    message: str
    hint: str
    field: str | None = None


class EventData(_Model):
    """`source` is the picture; of an unpaired sidecar, which has none, it is the sidecar.

    `model` is the one that was used, `asked_model` the withdrawn one whose place it took, if it did.
    """

    edit_id: str | None = None
    drop_id: str | None = None
    source: ObjectRef
    sidecar: ObjectRef | None = None
    result: Result | None = None
    download: Download | None = None
    manifest: ObjectRef | None = None
    receipt: ObjectRef | None = None
    model: str | None = None
    asked_model: str | None = None
    task_id: str | None = None
    seed: int | None = None
    timings: Timings = Field(default_factory=Timings)
    spend: Spend
    error: Trouble | None = None
    warnings: list[str] = Field(default_factory=list)
    metadata: dict[str, str] = Field(default_factory=dict)
    supersedes: str | None = None


class Event(_Model):
    """A CloudEvents 1.0 envelope (https://cloudevents.io)."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: EventType
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: EventData

    def to_json(self) -> str:
        return self.model_dump_json(exclude_none=True)


def moment(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)
