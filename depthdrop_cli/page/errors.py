"""Converts the error of a request into an HTTP status and one sentence without secrets."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    SSOError,
    TokenRetrievalError,
)

from depthdrop_cli.terminal.errors import CliError, NotFoundError, UsageError

EXPECTED = (CliError, ClientError, BotoCoreError, OSError)  # answered with a sentence; any other error is a bug


class CrowdedError(CliError):
    """Too many pages are open."""


class TooLargeError(UsageError):
    """More than is accepted; the message gives the limit."""


class PlanChangedError(CliError):
    """The drop would differ from the plan that was shown."""


_STATUS: dict[type, int] = {
    NotFoundError: 404,
    TooLargeError: 413,
    UsageError: 400,
    PlanChangedError: 409,
    CrowdedError: 503,
    ClientError: 502,
    BotoCoreError: 502,
}
_NO_CREDENTIALS = (CredentialRetrievalError, NoCredentialsError, SSOError, TokenRetrievalError)
_REFUSED_CREDENTIALS = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)
_SIGN_IN = "The AWS credentials have expired or are missing. Sign in again; if that fails, start this again."


def status_and_sentence(error: Exception) -> tuple[int, str]:
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    sentence = str(error)
    match error:
        case ClientError():
            code = error.response["Error"].get("Code", "?")
            # AWS's own message is left out: it may name the owner of the credentials.
            is_refused = code in _REFUSED_CREDENTIALS
            sentence = _SIGN_IN if is_refused else f"AWS refused {error.operation_name}: {code}."
        case BotoCoreError():
            sentence = _SIGN_IN if isinstance(error, _NO_CREDENTIALS) else "AWS could not be reached."
        case OSError():
            sentence = f"Error on this machine: {error}"
    return status, sentence
