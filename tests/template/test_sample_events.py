"""events/*.json are what the code and the workflow make of today's forms, or what AWS sends."""

import hashlib
import json
from pathlib import Path

import pytest

from local.written.sample_events import FOLDER, after_poll, events, text_of, watched
from tests.template.definition import Definition, evaluate, substituted

SAMPLES = dict(events())
SENT_BY_AWS = {"submit_eventbridge", "submit_s3_notification", "sweep"}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_up_to_date(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text() == text_of(SAMPLES[name]), "run `make events`"


def test_there_is_no_sample_that_nothing_makes_or_sends() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == SAMPLES.keys() | SENT_BY_AWS


@pytest.mark.parametrize("path", list(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_sample_has_the_form_of_those_that_are_written(path: Path) -> None:
    assert path.read_text() == text_of(json.loads(path.read_text()))


@pytest.mark.parametrize("status", ["Ready", "Request Moderated", "Error"])
def test_finalize_gets_what_the_workflow_merges(status: str) -> None:
    result = {"sample": "https://delivery.example/a.jpeg"} if status == "Ready" else None
    state = after_poll({"status": status, "result": result}, seconds=12.0)

    definition = Definition(substituted(Definition.read().text))

    assert evaluate(definition.states["Poll"]["Output"], watched(), result={"Payload": state["outcome"]}) == state


@pytest.mark.parametrize("path", list(FOLDER.glob("submit_*.json")), ids=lambda path: path.stem)
def test_a_samples_body_is_signed_as_sqs_signs_it(path: Path) -> None:
    [record] = json.loads(path.read_text())["Records"]

    assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()  # noqa: S324  # SQS's choice
