"""Peer B: the handlers of the job-poller state machine (Submit, Wait, Poll, Choice, Finalize), as in its samples.

The wait between two polls is fixed in the state machine; each handler holds a picture whole.
"""

import base64
import os
from typing import Any

import boto3
import requests

BASE_URL = os.environ["UPSTREAM_BASE_URL"]
OUTBOX = os.environ["OUTBOX_BUCKET"]
HEADERS = {"Authorization": f"Bearer {os.environ['COMETAPI_API_KEY']}"}
WAIT_SECONDS = (5, 30)  # the two that are compared

s3 = boto3.client("s3")


def submit(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The execution's input is EventBridge's event of the picture."""
    bucket, key = event["detail"]["bucket"]["name"], event["detail"]["object"]["key"]
    stem = key.rpartition(".")[0]
    image = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    prompt = s3.get_object(Bucket=bucket, Key=f"{stem}.txt")["Body"].read().decode()
    answer = requests.post(
        f"{BASE_URL}/flux/v1/flux-pro-1-0-depth",
        headers=HEADERS,
        json={"prompt": prompt, "control_image": base64.b64encode(image).decode()},
        timeout=60,
    )
    answer.raise_for_status()
    return {"stem": stem, "task_id": answer.json()["id"]}


def poll(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The state with what the task came to by now."""
    answer = requests.get(
        f"{BASE_URL}/flux/v1/get_result", params={"id": event["task_id"]}, headers=HEADERS, timeout=30
    )
    seen = answer.json()
    return {**event, "status": seen["status"], "sample": (seen.get("result") or {}).get("sample")}


def finalize(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Fetch the result and put it."""
    picture = requests.get(event["sample"], timeout=60)
    picture.raise_for_status()
    key = f"{event['stem']}-edited.jpg"
    s3.put_object(Bucket=OUTBOX, Key=key, Body=picture.content, ContentType="image/jpeg")
    return {"key": key}
