"""Events reach their subscribers, because SNS accepts their messages."""

import json

import pytest

from depthdrop import aws
from depthdrop.notices.publish import Notices
from tests.support.announced import about
from tests.support.aws import Stack


def test_an_event_arrives_as_cloudevents_json_with_subject_and_attributes(stack: Stack) -> None:
    Notices(stack.names["Notifications"], aws.sns()).publish(about("summer/photo.jpg"))
    [envelope] = stack.envelopes()

    assert envelope["Subject"] == "depthdrop: succeeded: photo.jpg"
    assert {name: value["Value"] for name, value in envelope["MessageAttributes"].items()} == {
        "type": "depthdrop.edit.succeeded.v1",
        "status": "succeeded",
        "model": "flux-pro-1.0-depth",
        "folder": "summer",
    }
    message = json.loads(envelope["Message"])
    assert (message["specversion"], message["subject"]) == ("1.0", "summer/photo.jpg")
    assert message == json.loads(about("summer/photo.jpg").to_json())


def test_trouble_with_sns_is_raised(stack: Stack) -> None:
    with pytest.raises(aws.sns().exceptions.NotFoundException):
        Notices(stack.names["Notifications"] + "-gone", aws.sns()).publish(about("summer/photo.jpg"))
