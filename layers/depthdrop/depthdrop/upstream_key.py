"""The API key, from Secrets Manager, kept for a few minutes and never shown."""

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError

from depthdrop import aws

_KEPT_SECONDS = 300


class KeyMissingError(Exception):
    """The secret holds no usable key; the message says how to set one. Any other trouble is not this one."""


class UpstreamKey:
    """Looks the key up when it is needed; `refetched` skips what is kept, for a key that was just rotated."""

    def __init__(self, secret_arn: str, provider: SecretsProvider | None = None) -> None:
        self._secret_arn = secret_arn
        self._provider = provider or SecretsProvider(boto3_client=aws.secretsmanager())

    def current(self) -> str:
        return self._fetch(force=False)

    def refetched(self) -> str:
        return self._fetch(force=True)

    def _fetch(self, *, force: bool) -> str:
        try:
            value = self._provider.get(self._secret_arn, max_age=_KEPT_SECONDS, force_fetch=force)
        except GetParameterError as error:
            cause = error.__context__
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] == "ResourceNotFoundException":
                raise KeyMissingError(_HOW_TO) from None
            raise
        key = value.strip() if isinstance(value, str) else ""
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise KeyMissingError(_HOW_TO)
        return key


_HOW_TO = "There is no API key in the secret yet. Put one there with the stack's SetKeyCommand output."
