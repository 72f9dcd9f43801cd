"""The receiver as a Lambda function behind a Function URL."""

import base64
import logging
import os
from functools import cache
from typing import Any

import boto3

from depthdrop_webhook import HttpsDownload

from .dynamodb_inbox import DynamodbInbox
from .handle import handle
from .receiver import Answer, Receiver
from .settings import FunctionSettings, load, make_verifier

logging.getLogger("webhook").setLevel(logging.INFO)


@cache
def _receiver() -> Receiver:
    """Created at the first delivery, and kept with its certificates until the sandbox ends."""
    settings = load(FunctionSettings, os.environ)
    inbox = DynamodbInbox(settings.events_table, boto3.client("dynamodb"))
    return Receiver(make_verifier(settings, HttpsDownload()), inbox, handle)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    answer = Answer(405, "post")
    if event["requestContext"]["http"]["method"] == "POST":
        body = event.get("body", "")
        plain = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
        answer = _receiver().answer(plain, event["headers"])
    return {"statusCode": answer.status, "headers": {"Content-Type": "text/plain"}, "body": answer.text}
