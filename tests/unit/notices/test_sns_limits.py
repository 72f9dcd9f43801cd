"""SNS accepts the message of every event."""

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.drop.pairing import InboxObject
from depthdrop.drop.refusal import Refusal
from depthdrop.notices.events import Download, Event, EventType, ObjectRef, Trouble, moment
from depthdrop.notices.publish import MESSAGE_BYTES_MAX, Message, fitting, message_of, sns_takes
from tests.support.announced import ANNOUNCER, DROP, EDIT, NOW, RESULT, UNPAIRED, of_edit
from tests.support.records import part

GOOD = Message("{}", "depthdrop: succeeded: a.jpg", {"folder": "/"})
MANY = 300_000
CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from('/"\\\0\ufffe\uffff \n')


@dataclass(frozen=True)
class Long:
    """A text of `length` characters with a short repr."""

    piece: str
    length: int

    def __str__(self) -> str:
        return (self.piece * (self.length // len(self.piece) + 1))[: self.length]

    @property
    def key(self) -> str:
        """S3 takes no key of more than 1,024 bytes, and no empty one."""
        return str(self)[:1024].encode()[:1024].decode(errors="ignore") or "/"


LONG = st.builds(Long, st.text(CHARACTERS, min_size=1, max_size=20), st.sampled_from([1, 20, 400, 1024, 70_000]))


@dataclass(frozen=True)
class Content:
    """An event with any keys that S3 takes; all other texts may be of any length and content."""

    kind: EventType
    key: Long
    other: Long
    text: Long
    hint: Long
    metadata: dict[str, Long]
    warnings: list[Long]
    model: str

    @property
    def event(self) -> Event:
        keys: dict[str, Any] = {"image_key": self.key.key, "sidecar_key": self.other.key}
        metadata = {name: str(value) for name, value in self.metadata.items()}
        edit = EDIT | keys | {"metadata": json.dumps(metadata), "model": self.model}
        text, hint, there = str(self.text), str(self.hint), ObjectRef(bucket="outbox", key=self.other.key)
        trouble = Trouble(code="c", message=text, hint=hint)
        match self.kind:
            case EventType.SUCCEEDED:
                result = RESULT.model_copy(update={"key": self.other.key})
                made: Event = ANNOUNCER.succeeded(part(edit), result, there, NOW, None, None)
            case EventType.FAILED:
                made = ANNOUNCER.failed(part(edit), trouble, NOW)
            case EventType.AMBIGUOUS:
                made = ANNOUNCER.ambiguous(part(edit), text, NOW)
            case EventType.REJECTED:
                made = ANNOUNCER.rejected(part(DROP | keys), Refusal("c", text, hint, hint), there, NOW)
            case EventType.UNPAIRED:
                made = ANNOUNCER.unpaired(InboxObject(self.key.key, "e", 1, 9), trouble, NOW)
            case EventType.BUDGET_REACHED:
                made = ANNOUNCER.budget_reached(part(DROP | keys), text, Decimal(5), Decimal(5), NOW)
        warnings = [str(warning) for warning in self.warnings]
        return made.model_copy(update={"data": made.data.model_copy(update={"warnings": warnings})})


@pytest.mark.parametrize(
    "refused",
    [
        replace(GOOD, subject=""),
        replace(GOOD, subject="x" * 100),
        replace(GOOD, subject="a\nb"),
        replace(GOOD, subject="a\x7fb"),
        replace(GOOD, subject="é"),
        replace(GOOD, subject=" a"),
        replace(GOOD, text=""),
        replace(GOOD, text="\ufffe"),
        replace(GOOD, text="\ud800"),
        replace(GOOD, text="\0"),
        replace(GOOD, text="x" * (MESSAGE_BYTES_MAX - 40)),
        replace(GOOD, text="é" * (MESSAGE_BYTES_MAX // 6)),
        replace(GOOD, text='"' * (MESSAGE_BYTES_MAX // 2)),
        replace(GOOD, text="x" * (MESSAGE_BYTES_MAX - 1200), attributes={"folder": "x" * 1200}),
        replace(GOOD, attributes={"folder": ""}),
        replace(GOOD, attributes={"folder": "a\tb"}),
        replace(GOOD, attributes={"folder": 'a"b'}),
        replace(GOOD, attributes={"folder": "a\\b"}),
        replace(GOOD, attributes={"folder": "a\uffffb"}),
        *(
            replace(GOOD, attributes={name: "x"})
            for name in ("", "a b", ".a", "a..b", "AWS.a", "amazon.b", "x" * 257)
        ),
        replace(GOOD, attributes={f"a{n}": "x" for n in range(11)}),
    ],
    ids=range(27),
)
def test_a_message_that_sns_would_refuse_or_not_deliver_is_recognised(refused: Message) -> None:
    assert not sns_takes(refused)


@pytest.mark.parametrize(
    "taken",
    [
        GOOD,
        replace(GOOD, subject="x" * 99),
        replace(GOOD, text="x" * (MESSAGE_BYTES_MAX - 100)),
        replace(GOOD, text="\x7f\t\n\r😀é\ufffd"),
        replace(GOOD, attributes={"a.b-c_D9": "é 😀/", "x" * 256: "-"}),
        replace(GOOD, attributes={f"a{n}": "x" for n in range(10)}),
    ],
    ids=range(6),
)
def test_a_message_at_the_limits_is_accepted(taken: Message) -> None:
    assert sns_takes(taken)


@given(
    st.builds(
        Content,
        st.sampled_from(EventType),
        *(LONG for _ in range(4)),
        st.dictionaries(st.text(CHARACTERS, max_size=9), LONG, max_size=3),
        st.lists(LONG, max_size=12),
        st.sampled_from(["", "flux-pro-1.1"]),
    )
)
def test_sns_takes_the_message_of_any_event(content: Content) -> None:
    event = content.event
    message = message_of(fitting(event))
    sent = json.loads(message.text)

    assert sns_takes(message)
    assert (sent["id"], sent["subject"]) == (event.id, event.subject)
    assert sent["data"]["spend"]["state"] == event.data.spend.state
    whole = sent == json.loads(event.to_json())
    assert whole or "larger than SNS takes" in sent["data"]["warnings"][-1]


def test_the_largest_odd_names_fit_when_all_else_is_cut() -> None:
    worst, text = "\x01" * 1024, "\x01" * MESSAGE_BYTES_MAX
    folder = "😀" * 255 + "\x01"
    edit = EDIT | {"image_key": f"{folder}/\x01", "sidecar_key": worst, "metadata": json.dumps({"m": text})}
    event = ANNOUNCER.failed(part(edit), Trouble(code=text, message=text, hint=text), NOW)
    laden = event.model_copy(update={"data": event.data.model_copy(update={"warnings": [text[:2000]] * 50})})

    assert sns_takes(message_of(fitting(laden)))


def test_metadata_that_does_not_fit_is_left_out_with_a_warning() -> None:
    event = ANNOUNCER.failed(
        part(EDIT | {"metadata": json.dumps({"m": "x" * MANY})}), Trouble(code="c", message="m", hint="h"), NOW
    )
    data = json.loads(message_of(fitting(event)).text)["data"]

    assert data["metadata"] == {}
    assert data["warnings"] == [
        *event.data.warnings,
        "This event was larger than SNS takes: its metadata is left out.",
    ]
    assert data["error"] == {"code": "c", "message": "m", "hint": "h"}


def test_texts_that_do_not_fit_are_cut_with_a_warning() -> None:
    event = ANNOUNCER.unpaired(UNPAIRED, Trouble(code="c", message="m" * MANY, hint="h"), NOW)
    data = json.loads(message_of(fitting(event)).text)["data"]

    assert data["error"] == {"code": "c", "message": f"{'m' * 1000}…", "hint": "h"}
    assert data["warnings"] == ["This event was larger than SNS takes: long texts are cut."]


def test_an_event_that_fits_is_published_unchanged() -> None:
    event = ANNOUNCER.failed(
        part(EDIT | {"metadata": json.dumps({"m": "x" * 100_000})}), Trouble(code="c", message="m", hint="h"), NOW
    )

    assert message_of(fitting(event)).text == event.to_json()


def test_characters_that_sqs_does_not_take_are_escaped() -> None:
    event = ANNOUNCER.failed(
        part(EDIT | {"image_key": "a\ufffe\uffff\0.jpg"}), Trouble(code="", message="", hint=""), NOW
    )
    text = message_of(fitting(event)).text

    assert not {"\ufffe", "\uffff", "\0"} & set(text)
    assert json.loads(text) == json.loads(event.to_json())


@pytest.mark.parametrize(("metadata_bytes", "has_link"), [(1000, True), (250_000, False)])
def test_a_link_that_does_not_fit_is_left_out_first(metadata_bytes: int, *, has_link: bool) -> None:
    metadata = {"m": "x" * metadata_bytes}
    event = of_edit(metadata=json.dumps(metadata))["succeeded"]
    link = Download(url="https://example.org/" + "l" * 16_000, expires_at=moment(NOW))
    event = event.model_copy(update={"data": event.data.model_copy(update={"download": link})})
    data = json.loads(message_of(fitting(event)).text)["data"]

    assert ("download" in data, data["metadata"], data["warnings"]) == (has_link, metadata, event.data.warnings)
