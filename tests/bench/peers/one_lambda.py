"""Peer A: one Lambda, as it is written first: read, post, sleep and poll, read, put. Its memory holds all of it."""

import base64
import os
import time
from typing import Any

import boto3
import requests

BASE_URL = os.environ["UPSTREAM_BASE_URL"]
OUTBOX = os.environ["OUTBOX_BUCKET"]
HEADERS = {"Authorization": f"Bearer {os.environ['COMETAPI_API_KEY']}"}

s3 = boto3.client("s3")


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """The event is S3's own, of a picture whose prompt is beside it."""
    found = event["Records"][0]["s3"]
    bucket, key = found["bucket"]["name"], found["object"]["key"]
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
    sample = finished(answer.json()["id"])
    picture = requests.get(sample, timeout=60)
    picture.raise_for_status()
    s3.put_object(Bucket=OUTBOX, Key=f"{stem}-edited.jpg", Body=picture.content, ContentType="image/jpeg")
    return {"key": f"{stem}-edited.jpg"}


def finished(task_id: str) -> str:
    """The link of the result, once there is one."""
    while True:
        answer = requests.get(f"{BASE_URL}/flux/v1/get_result", params={"id": task_id}, headers=HEADERS, timeout=30)
        seen = answer.json()
        if seen["status"] == "Ready":
            sample: str = seen["result"]["sample"]
            return sample
        if seen["status"] in {"Error", "Failed", "Request Moderated", "Content Moderated"}:
            raise RuntimeError(seen["status"])
        time.sleep(1)
