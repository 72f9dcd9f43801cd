"""The expected topic, its SNS host, and the addresses on that host."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, quote

_ARN = re.compile(r"arn:([a-z-]+):sns:([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-us-gov": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}


@dataclass(frozen=True, slots=True)
class Topic:
    arn: str
    region: str
    suffix: str

    @classmethod
    def of(cls, arn: str) -> Self:
        """Raises ValueError when `arn` is not the ARN of a topic."""
        parts = _ARN.fullmatch(arn)
        suffix = _SUFFIXES.get(parts[1]) if parts else None
        if parts is None or suffix is None:
            raise ValueError(f"{arn!r} is not the ARN of a topic such as arn:aws:sns:us-east-1:123456789012:name.")
        return cls(arn, parts[2], suffix)

    @property
    def host(self) -> str:
        return f"sns.{self.region}.{self.suffix}"

    @property
    def certificate_names(self) -> frozenset[str]:
        """Names of SNS's signing certificates: one for all older regions, regional ones in later regions.

        Source: the table of regions in the AWS SDK for Java 2, `sns-message-manager`, `SnsHostProvider`.
        """
        regional = (f"sns-signing.{self.region}.{self.suffix}", f"sns-{self.region}.{self.suffix}")
        names = {f"sns.{self.suffix}", self.host, *regional}
        if self.region.startswith("us-gov-"):  # both regions use the certificate of one
            names.add(f"sns-us-gov-west-1.{self.suffix}")
        return frozenset(names)

    def is_certificate_url(self, url: str) -> bool:
        """Matches the whole text, so that a port, a user, a query or a newline is refused.

        AWS's own validators accept any `sns.*.amazonaws.com`: a bucket named `sns` has such a host.
        """
        pattern = rf"https://{re.escape(self.host)}/SimpleNotificationService-[0-9A-Za-z]{{1,64}}\.pem"
        return re.fullmatch(pattern, url) is not None

    def is_subscribe_url(self, url: str, token: str) -> bool:
        """Whether it only confirms a subscription to this topic with this token."""
        parts = re.fullmatch(rf"https://{re.escape(self.host)}/\?([!-~]+)", url)
        try:
            query = parse_qsl(parts[1], keep_blank_values=True, strict_parsing=True) if parts else []
        except ValueError:
            return False
        return sorted(query) == sorted(self._confirmation(token))

    def confirmation_url(self, token: str) -> str:
        """Built from checked parts, so that no delivered address is used."""
        query = "&".join(f"{name}={quote(value, safe=':')}" for name, value in self._confirmation(token))
        return f"https://{self.host}/?{query}"

    def _confirmation(self, token: str) -> list[tuple[str, str]]:
        return [("Action", "ConfirmSubscription"), ("TopicArn", self.arn), ("Token", token)]
