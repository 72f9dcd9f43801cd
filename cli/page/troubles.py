"""What stood in the way of a request, as a status of HTTP and one sentence without secrets."""

from collections.abc import Mapping
from types import MappingProxyType

from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import CliError, NotFoundError, UsageError
from cli.page.drafts import ChangedMindError, TooLargeError

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


def told_of(error: Exception) -> tuple[int, str]:
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    match error:
        case ClientError():
            # Not AWS's own message: it may name whose credentials these are.
            return status, f"AWS refused {error.operation_name}: {error.response['Error'].get('Code', '?')}."
        case BotoCoreError():
            return status, "AWS could not be reached."
        case OSError():
            return status, f"This machine stood in the way: {error}"
        case _:
            return status, str(error)
