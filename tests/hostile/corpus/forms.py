"""The two forms in which S3 notifies of a new object, as submit gets them from its queue."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from tests.support.aws import INBOX
from tests.unit.functions.lambdas import sample


def eventbridge(key: str) -> dict[str, Any]:
    """EventBridge gives keys as they are."""
    event, body = _parts("submit_eventbridge")
    body["detail"]["bucket"]["name"] = INBOX
    body["detail"]["object"]["key"] = key
    return _with_body(event, body)


def s3_notification(key: str) -> dict[str, Any]:
    """S3's own notifications give keys as a form would: a space is a plus, a slash stays."""
    event, body = _parts("submit_s3_notification")
    body["Records"][0]["s3"]["bucket"]["name"] = INBOX
    body["Records"][0]["s3"]["object"]["key"] = quote_plus(key, safe="/")
    return _with_body(event, body)


FORMS: dict[str, Callable[[str], dict[str, Any]]] = {
    "eventbridge": eventbridge,
    "s3 notification": s3_notification,
}


def _parts(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    event = sample(name)
    return event, json.loads(event["Records"][0]["body"])


def _with_body(event: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    event["Records"][0]["body"] = json.dumps(body)
    return event
