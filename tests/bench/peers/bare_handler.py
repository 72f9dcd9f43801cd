"""The least that a handler of a drop needs: boto3 and a client for S3."""

import boto3

s3 = boto3.client("s3")


def handler(event: object, context: object) -> dict[str, object]:  # noqa: ARG001  # Lambda's signature
    return {}
