"""The longest prompt and metadata that are taken, as they travel through the workflow, the table and SNS."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from depthdrop.settings.edit_settings import METADATA_MAX_BYTES, PROMPT_MAX_CHARACTERS
from depthdrop.watch.workflow import Workflow
from tests.protocol.faults.way import Way
from tests.support.scripted import PICTURE

MESSAGE_BYTES_MAX = 256 * 1024  # of an execution's input and state, and of an SNS message with its escapes
MOST_OF_AN_ITEM = 400 * 1024  # DynamoDB's bound
WIDE = "\U0001f600"  # four bytes, twelve as an escape

Record = Callable[[str, object], None]


def dropped(prompt: str, metadata: Mapping[str, str]) -> tuple[Way, list[str]]:
    """A pair with these in its sidecar, processed; and the messages as they were published."""
    way, messages = Way(), []
    publish = way.world.topic.publish

    def published(**asked: Any) -> dict[str, Any]:
        messages.append(asked["Message"])
        return publish(**asked)

    vars(way.world.topic)["publish"] = published
    sidecar = json.dumps({"prompt": prompt, "metadata": metadata}, ensure_ascii=False).encode()
    for key, content in (("a.json", sidecar), ("a.jpg", PICTURE)):
        way.world.buckets.put("inbox", key, content, way.world.time)
        detail = {"bucket": {"name": "inbox"}, "object": {"key": key}}
        event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
        way.world.queues.enqueue(json.dumps(event))
    way.settle()
    return way, messages


def largest() -> tuple[Way, list[str]]:
    room = METADATA_MAX_BYTES - len(json.dumps({"m": ""}))
    return dropped(WIDE * PROMPT_MAX_CHARACTERS, {"m": WIDE * (room // len(WIDE.encode()))})


def bytes_of(value: object) -> int:
    return len(json.dumps(value).encode())


def test_the_largest_drop_that_is_taken_fits_everywhere(record_property: Record) -> None:
    way, [message] = largest()
    [execution] = way.world.executions.all.values()
    state, escaped = bytes_of(execution.state), bytes_of(message)
    item = max(bytes_of(item) for item in way.world.store.items.values())
    record_property("prompt_characters", PROMPT_MAX_CHARACTERS)
    record_property(
        "metadata_bytes", len(json.dumps(json.loads(message)["data"]["metadata"], ensure_ascii=False).encode())
    )
    record_property("most_input_bytes", len(execution.text.encode()))
    record_property("most_state_bytes", state)
    record_property("most_notice_bytes", escaped)

    assert way.states() == ["SUCCEEDED"]
    assert json.loads(message)["data"]["metadata"]["m"]
    assert max(len(execution.text.encode()), state, escaped) < MESSAGE_BYTES_MAX
    assert PROMPT_MAX_CHARACTERS * 4 < item < MOST_OF_AN_ITEM


@pytest.mark.parametrize(("prompt", "metadata"), [(PROMPT_MAX_CHARACTERS + 1, 1), (1, METADATA_MAX_BYTES)])
def test_a_larger_drop_is_refused(prompt: int, metadata: int) -> None:
    way, [message] = dropped("x" * prompt, {"m": "x" * metadata})

    assert json.loads(message)["type"] == "depthdrop.edit.rejected.v1"
    assert way.count("POST") == 0


def test_the_settings_of_an_edit_do_not_travel_with_its_execution() -> None:
    assert _input_bytes(largest()) == _input_bytes(dropped("a watercolour", {}))


def test_settings_that_travel_with_the_execution_are_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    start = Workflow.start

    def laden(self: Workflow, edit_id: str, attempt: int, facts: Mapping[str, object]) -> str:
        edit = self.edits.get(edit_id)
        return start(self, edit_id, attempt, {**facts, "settings": edit["settings"] if edit else ""})

    monkeypatch.setattr(Workflow, "start", laden)

    assert _input_bytes(largest()) > _input_bytes(dropped("a watercolour", {}))


def _input_bytes(went: tuple[Way, list[str]]) -> int:
    [execution] = went[0].world.executions.all.values()
    return len(execution.text.encode())
