"""The error of a request as an HTTP status and one sentence without secrets."""

from collections.abc import Mapping
from types import MappingProxyType

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    SSOError,
    TokenRetrievalError,
)

from depthdrop_cli.terminal.errors import CliError, NotFoundError, UsageError

EXPECTED = (CliError, ClientError, BotoCoreError, OSError)  # answered with a sentence; any other is a fault


class CrowdedError(CliError):
    """As many pages as are served are open already."""


class TooLargeError(UsageError):
    """More than is taken; the message says how much that is."""


class ChangedMindError(CliError):
    """What was shown is not what would be dropped any more."""


_STATUS: Mapping[type[Exception], int] = MappingProxyType(
    {
        NotFoundError: 404,
        TooLargeError: 413,
        UsageError: 400,
        ChangedMindError: 409,
        CrowdedError: 503,
        ClientError: 502,
        BotoCoreError: 502,
    }
)
_NO_CREDENTIALS = (CredentialRetrievalError, NoCredentialsError, SSOError, TokenRetrievalError)
_NOT_ACCEPTED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)
_SIGN_IN = "The AWS credentials have expired or are missing. Sign in again; if that is not enough, start this anew."


def status_and_sentence(error: Exception) -> tuple[int, str]:
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    match error:
        case ClientError():
            code = error.response["Error"].get("Code", "?")
            # Not AWS's own message: it may name whose credentials these are.
            return status, _SIGN_IN if code in _NOT_ACCEPTED else f"AWS refused {error.operation_name}: {code}."
        case BotoCoreError():
            return status, _SIGN_IN if isinstance(error, _NO_CREDENTIALS) else "AWS could not be reached."
        case OSError():
            return status, f"This machine stood in the way: {error}"
        case _:
            return status, str(error)
