"""What stood in the way of a request, as a status of HTTP and one sentence without secrets."""

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

from depthdrop_cli.page.uploads import ChangedMindError, TooLargeError
from depthdrop_cli.terminal.errors import CliError, NotFoundError, UsageError

TOLD = (CliError, ClientError, BotoCoreError, OSError)


class CrowdedError(CliError):
    """As many pages as are served are open already."""


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


def told_of(error: Exception) -> tuple[int, str]:
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    match error:
        case ClientError() if error.response["Error"].get("Code") in _NOT_ACCEPTED:
            return status, _SIGN_IN
        case ClientError():
            # Not AWS's own message: it may name whose credentials these are.
            return status, f"AWS refused {error.operation_name}: {error.response['Error'].get('Code', '?')}."
        case BotoCoreError() if isinstance(error, _NO_CREDENTIALS):
            return status, _SIGN_IN
        case BotoCoreError():
            return status, "AWS could not be reached."
        case OSError():
            return status, f"This machine stood in the way: {error}"
        case _:
            return status, str(error)
