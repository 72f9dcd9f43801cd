"""AWS clients, made once per execution environment with retries set on purpose.

botocore's `max_attempts: 1` means two tries; `total_max_attempts` says what it means.
"""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

_CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 4, "mode": "standard"},
    signature_version="s3v4",
)
_LINKS = _CONFIG.merge(Config(s3={"addressing_style": "virtual"}))
_PLAIN = _CONFIG.merge(Config(signature_version=None))


@cache
def s3() -> "S3Client":
    return boto3.client("s3", config=_CONFIG)


@cache
def s3_for_links() -> "S3Client":
    """Signs for the region's own host.

    The one that others sign for, s3.amazonaws.com, sends on to the region of a young bucket, which no signature
    survives.
    """
    return boto3.client("s3", config=_LINKS)


@cache
def dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_PLAIN)


@cache
def sns() -> "SNSClient":
    return boto3.client("sns", config=_PLAIN)


@cache
def events() -> "EventBridgeClient":
    return boto3.client("events", config=_PLAIN)


@cache
def sqs() -> "SQSClient":
    return boto3.client("sqs", config=_PLAIN)


@cache
def stepfunctions() -> "SFNClient":
    return boto3.client("stepfunctions", config=_PLAIN)


@cache
def secretsmanager() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=_PLAIN)
