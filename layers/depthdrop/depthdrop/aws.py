"""AWS clients, made once per execution environment with retries set on purpose.

botocore's `max_attempts: 1` means two tries; `total_max_attempts` says what it means. boto3's clients are these
with transfers of files on top, which nothing here uses and every cold start would pay for.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
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
INVOKE_SECONDS = 100  # longer than poll's timeout: who hangs up earlier has it run for nothing
_INVOKES = _PLAIN.merge(Config(read_timeout=INVOKE_SECONDS, retries={"total_max_attempts": 1, "mode": "standard"}))

C = TypeVar("C")


class _WhenNeeded:
    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> object:
        return getattr(self._make(), name)


def when_needed(make: Callable[[], C]) -> C:
    """Stands for a client that most invocations do without; made when it is first asked for something."""
    return cast("C", _WhenNeeded(make))


@cache
def _session() -> botocore.session.Session:
    """One for all clients: they share what it has read."""
    return botocore.session.get_session()


def _client(service: str, config: Config) -> object:  # botocore's own types know no services
    return _session().create_client(service, config=config)


@cache
def s3() -> "S3Client":
    return cast("S3Client", _client("s3", _CONFIG))


@cache
def s3_for_links() -> "S3Client":
    """Signs for the region's own host.

    The one that others sign for, s3.amazonaws.com, sends on to the region of a young bucket, which no signature
    survives.
    """
    return cast("S3Client", _client("s3", _LINKS))


@cache
def dynamodb() -> "DynamoDBClient":
    return cast("DynamoDBClient", _client("dynamodb", _PLAIN))


@cache
def sns() -> "SNSClient":
    return cast("SNSClient", _client("sns", _PLAIN))


@cache
def events() -> "EventBridgeClient":
    return cast("EventBridgeClient", _client("events", _PLAIN))


@cache
def functions() -> "LambdaClient":
    """Waits for a whole invocation, and has none repeated: finalize counts its looks by itself."""
    return cast("LambdaClient", _client("lambda", _INVOKES))


@cache
def sqs() -> "SQSClient":
    return cast("SQSClient", _client("sqs", _PLAIN))


@cache
def stepfunctions() -> "SFNClient":
    return cast("SFNClient", _client("stepfunctions", _PLAIN))


@cache
def secretsmanager() -> "SecretsManagerClient":
    return cast("SecretsManagerClient", _client("secretsmanager", _PLAIN))
