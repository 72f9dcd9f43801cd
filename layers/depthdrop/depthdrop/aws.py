"""AWS clients, made once per execution environment with retries set on purpose.

botocore's `max_attempts: 1` means two tries; `total_max_attempts` says what it means. boto3's clients are these
with transfers of files on top, which nothing here uses and every cold start would pay for.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

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
    """A client that most invocations do not need, made at its first call."""
    return cast("C", _WhenNeeded(make))


@cache
def _session() -> botocore.session.Session:
    """One for all clients: they share what it has read."""
    return botocore.session.get_session()


def _client(service: str, config: Config) -> "_lru_cache_wrapper[Any]":  # botocore's own types know no services
    return cache(lambda: _session().create_client(service, config=config))


s3: "_lru_cache_wrapper[S3Client]" = _client("s3", _CONFIG)
# Signs for the region's own host. The one that `s3` signs for, s3.amazonaws.com, redirects to the region of a young
# bucket, and no signature survives that.
s3_for_links: "_lru_cache_wrapper[S3Client]" = _client("s3", _LINKS)
dynamodb: "_lru_cache_wrapper[DynamoDBClient]" = _client("dynamodb", _PLAIN)
sns: "_lru_cache_wrapper[SNSClient]" = _client("sns", _PLAIN)
events: "_lru_cache_wrapper[EventBridgeClient]" = _client("events", _PLAIN)
# Waits for a whole invocation, and has none repeated: finalize counts its looks by itself.
functions: "_lru_cache_wrapper[LambdaClient]" = _client("lambda", _INVOKES)
sqs: "_lru_cache_wrapper[SQSClient]" = _client("sqs", _PLAIN)
stepfunctions: "_lru_cache_wrapper[SFNClient]" = _client("stepfunctions", _PLAIN)
secretsmanager: "_lru_cache_wrapper[SecretsManagerClient]" = _client("secretsmanager", _PLAIN)
