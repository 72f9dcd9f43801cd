"""events/*.json are what the code and the workflow make of today's forms."""

import json

import pytest

from local.written.sample_events import FOLDER, after_poll, events, text_of, watched
from tests.template.definition import Definition, evaluate, substituted

SAMPLES = dict(events())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_up_to_date(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text() == text_of(SAMPLES[name]), "run `make events`"


def test_there_is_no_sample_that_nothing_makes() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == SAMPLES.keys()


@pytest.mark.parametrize("status", ["Ready", "Request Moderated", "Error"])
def test_finalize_gets_what_the_workflow_merges(status: str) -> None:
    result = {"sample": "https://delivery.example/a.jpeg"} if status == "Ready" else None
    state = after_poll({"status": status, "result": result}, seconds=12.0)

    definition = Definition(substituted(Definition.read().text))

    assert evaluate(definition.states["Poll"]["Output"], watched(), result={"Payload": state["outcome"]}) == state


def test_a_samples_body_is_signed_as_sqs_signs_it() -> None:
    [record] = json.loads((FOLDER / "submit_eventbridge.json").read_text())["Records"]

    assert record["md5OfBody"] == "c146761120264d2f1750985deb4b0d3a"
