"""The API key, from Secrets Manager, kept for a few minutes and never shown."""

import time
from collections.abc import Callable

from botocore.exceptions import ClientError

from depthdrop import aws

_KEPT_SECONDS = 300
_HOW_TO = "There is no API key in the secret yet. Put one there with the stack's SetKeyCommand output."


class KeyMissingError(Exception):
    """The secret holds no usable key; the message says how to set one."""


class UpstreamKey:
    """Reads the key when it is needed and keeps it, as Powertools' parameters would, which import all of boto3."""

    def __init__(self, secret_arn: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._secret_arn = secret_arn
        self._client = aws.when_needed(aws.secretsmanager)
        self._monotonic = monotonic
        self._kept: Callable[[], str] | None = None  # a key must not show in vars() either
        self._kept_until = 0.0

    def current(self) -> str:
        """Raises KeyMissingError, or botocore's errors."""
        if self._kept is not None and self._monotonic() < self._kept_until:
            return self._kept()
        return self.refetched()

    def refetched(self) -> str:
        """The key from the secret, which may just have been rotated, never the kept one. Raises as `current`."""
        try:
            value = self._client.get_secret_value(SecretId=self._secret_arn).get("SecretString", "")
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise KeyMissingError(_HOW_TO) from None
            raise
        key = value.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise KeyMissingError(_HOW_TO)
        self._kept, self._kept_until = (lambda: key), self._monotonic() + _KEPT_SECONDS
        return key
