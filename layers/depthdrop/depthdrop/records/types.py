"""The records of the one table, field by field: what it is, its unit, who writes it. For type checkers and readers.

Times are whole seconds since the epoch unless it says otherwise; money is US dollars, and a whole amount comes back
from the table as int, any other as Decimal. "JSON" is text that holds JSON. What is required is written with the
record and never removed; the rest may be missing: another step writes it, an older version did not, or there is
nothing to say.
"""

from decimal import Decimal
from typing import Literal, NotRequired, TypedDict

Usd = Decimal | int


class PictureFacts(TypedDict):
    """What an event of a drop says of its files."""

    image_key: str  # in the inbox
    image_etag: str  # without quotation marks
    sidecar_key: NotRequired[str | None]  # none when the picture was uploaded with its prompt
    supersedes: NotRequired[str | None]  # id of the event about its unpaired file or its dead letter


class NamedDrop(PictureFacts):
    """The same of a drop that may have no record yet."""

    drop_id: str


class NewEdit(NamedDrop):
    """What a claim writes of the edit itself, and of the drop that claimed it last."""

    edit_id: str  # hash of what is bought
    model: str  # the model's own name
    asked_model: NotRequired[str | None]  # withdrawn; `model` took its place
    settings: str  # JSON, the effective settings
    origins: str  # JSON, the file that each setting came from
    metadata: str  # JSON, names and texts of the settings' metadata
    usd: Usd  # price of the request


class EditRecord(NewEdit):
    """`edit#{edit_id}`: the claim, the task and the end of one paid piece of work. Only edits.py writes it."""

    # Edits.claim writes these.
    pk: str
    state: str  # a State; every step writes it
    token: str  # of the invocation that claimed it
    lease_until: int  # until then the claim is that invocation's
    attempt: int  # number of its execution; Edits.raise_attempt and resume count up
    created_at: int  # when it was claimed
    updated_at: int  # when its state changed last; every step writes it
    listed: NotRequired[str]  # LISTED: on the index by time
    # While sweep must look at it; every step writes or removes these.
    open: NotRequired[Literal["edit"]]
    look_at: NotRequired[int]  # when sweep looks at it
    # Edits.post
    posted_at: NotRequired[int]  # when the request was about to be sent
    slot: NotRequired[str]  # pk of the slot that it was sent from
    budget_day: NotRequired[str]  # UTC day, as 2026-11-22, whose budget its price is reserved of
    # Edits.accepted, or Edits.end when that could not be written
    task_id: NotRequired[str]  # the upstream's name of the task
    polling_url: NotRequired[str]  # where the upstream wants to be asked
    submitted_at: NotRequired[Decimal | float]  # when the task was accepted; seconds with three decimals
    deadline_at: NotRequired[int]  # when looking at the task ends; Edits.resume moves it
    # Edits.accepted, ambiguous, end
    spend_state: NotRequired[Literal["charged", "unknown"]]
    # Edits.ambiguous, end
    event: NotRequired[str]  # JSON, the notice of its end
    # Edits.notified
    notified_at: NotRequired[int]  # when the notice was published
    # Edits.release, give_up, notified; removed by end and resume
    expires_at: NotRequired[int]  # when DynamoDB may forget it


class Resolved(TypedDict, total=False):
    """What the settings of a drop came to. Arrivals writes it; Drops.fall_back points to another edit."""

    # When its settings name a depth map.
    map_key: str
    map_etag: str  # none while there is no such file
    map_last_modified: int
    map_size: int  # bytes
    # What may be bought.
    edit_id: str
    settings: str  # JSON, the effective settings
    origins: str  # JSON, the file that each setting came from
    asked_model: str  # withdrawn; the fallback took its place
    # Or why nothing can be; Drops.refuse writes it later.
    refusal: str  # JSON of a Refusal


class NewDrop(PictureFacts, Resolved):
    """One act of dropping as it was first seen."""

    image_size: int  # bytes
    image_last_modified: int


class DropRecord(NewDrop):
    """`drop#{drop_id}`: one act of dropping. drops.py writes it."""

    # Drops.record writes these.
    pk: str
    drop_id: str  # hash of the keys with the versions they had
    created_at: int  # when it was first seen
    listed: NotRequired[str]  # LISTED: on the index by time, until its edit is
    expires_at: int  # when DynamoDB may forget it
    # While sweep must look at it.
    open: NotRequired[Literal["parked", "over_budget"]]
    look_at: NotRequired[int]  # when it is sent to submit again
    # Drops.park
    parked: NotRequired[str]  # the reason; removed when it goes on
    parked_message: NotRequired[str]  # the same for people
    parked_times: NotRequired[int]  # how often it was parked
    busy_times: NotRequired[int]  # how often because the upstream was busy
    # Drops.fall_back
    fell_back_from: NotRequired[str]  # the edit that it asked for before
    refused_token: NotRequired[str]  # the POST under this token was refused, so the drop fell back
    # Drops.refuse
    refusal_token: NotRequired[str]  # the POST under this token was refused, so the drop ended
    # Drops.mark, mark_notified
    notified_at: NotRequired[int]  # when its event was published


class FileRecord(TypedDict):
    """`file#{key}`: what is remembered of one file in the inbox. files.py writes it and explains its life."""

    pk: str
    # Files.name. Such a file is neither a drop nor unpaired.
    named_by: NotRequired[list[str]]  # keys of pictures whose settings name it as their depth map
    # Files.wait, wait_even_if_named
    half: NotRequired[str]  # ETag and last modification of the version that waits or waited
    half_modified: NotRequired[int]  # when that version was put into the inbox
    open: NotRequired[Literal["half"]]  # while it waits
    look_at: NotRequired[int]  # when sweep reports it
    # Files.about_to_report
    telling: NotRequired[str]  # JSON, the report that is about to be published
    telling_at: NotRequired[int]  # when it was written down
    # Files.pair_up
    paired: NotRequired[bool]  # a drop supersedes the report that is being published
    # Files.mark_notified, dead_letter_reported
    told: NotRequired[str]  # id of the event that was published
    told_at: NotRequired[int]  # when it was
    # Its place in the list: wait, mark_notified, dead_letter_reported
    listed: NotRequired[str]  # LISTED
    created_at: NotRequired[int]  # when the version came, or its event was published
    receipt: NotRequired[bool]  # Files.receipt_left: a receipt in the outbox says why its last drop was refused
    expires_at: NotRequired[int]  # when DynamoDB may forget it; never while pictures name it


class SlotRecord(TypedDict):
    """`slot#{number}`: a place for an edit that is active upstream. slots.py writes it."""

    pk: str
    holder: str  # edit_id and token, `holder_of`
    lease_until: int  # it is free from then on


class CircuitRecord(TypedDict):
    """`circuit#upstream`, while the circuit is open. circuit.py writes it."""

    pk: str
    opened_at: int
    reason: str  # a Refused
    message: str  # the upstream's, for people
    probe_at: int  # when one drop is let through


class BudgetRecord(TypedDict):
    """`budget#{day}`. budget.py writes it."""

    pk: str
    day: str  # UTC, as 2026-11-22
    expires_at: int
    reserved_usd: NotRequired[Usd]  # what that day's requests have cost or may cost
    # Budget.reach
    reached_limit_usd: NotRequired[Usd]  # the limit that was reached, as it was then
    event: NotRequired[str]  # JSON, the notice of it
    open: NotRequired[Literal["budget"]]  # until that is published
    look_at: NotRequired[int]


class LatencyRecord(TypedDict):
    """`latency#{model}`. watch/learned.py writes it."""

    pk: str
    median_seconds: Decimal | int
    spread: Decimal | int  # standard deviation of the time's logarithm
    seen: int  # observations


class DeadLetterRecord(TypedDict):
    """`dead#{drop_id}`: the notice of this drop's dead letter was published. drops.py writes it."""

    pk: str
    drop_id: str
    seen_at: int  # when it was published
    expires_at: int
