"""Checks AWS Signature Version 4 of requests to the emulator, in a header or in the query.

Stricter than AWS where all clients are alike: one Authorization header, one algorithm, no repeated `x-amz-…` name.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from ministack.core.sigv4 import (
    HeaderSignature,
    decode_header_value,
    header_signature_failure,
    parse_header_signature,
    parse_query_signature,
)

ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = timedelta(minutes=15)  # the difference of two clocks that AWS allows
_LINK_SECONDS_MAX = 604_800  # a presigned link's longest life: seven days
_LINK_SECONDS = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_PRESIGNED_SERVICE = "s3"
_UNHASHED = ("UNSIGNED-PAYLOAD", "STREAMING-")  # values of x-amz-content-sha256, which are signed
_SIGNED_IN_CHUNKS = "STREAMING-AWS4-"

# Passed on although not signed: clients add them after signing, and none selects an action.
_HARMLESS = frozenset(
    {
        *("accept", "accept-encoding", "connection", "content-length", "content-type", "expect", "range"),
        *("if-match", "if-modified-since", "if-none-match", "if-unmodified-since"),
        *("transfer-encoding", "user-agent", "x-amzn-trace-id"),
    }
)


class RefusedError(Exception):
    """The request is not passed on; the message tells its sender why."""


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it was received. `path` is not decoded; the names of `headers` are in lower case."""

    method: str
    path: str
    params: Mapping[str, list[str]]
    headers: Mapping[str, str]

    @classmethod
    def of(cls, method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> "ReceivedRequest":
        """Raises RefusedError when a name that is signed, or that selects an action, is repeated."""
        found: dict[str, str] = {}
        for raw_name, value in headers:
            name = raw_name.decode("latin-1").lower()
            if name in found and (name in {"authorization", "host"} or name.startswith("x-amz-")):
                raise RefusedError(f"The header {name} is repeated.")
            text = decode_header_value(value)
            found[name] = f"{found[name]}, {text}" if name in found else text
        try:
            params = parse_qs(query.decode("ascii"), keep_blank_values=True)
        except UnicodeDecodeError:
            raise RefusedError("Its query is not ASCII.") from None
        names = [name.lower() for name, values in params.items() for _ in values]
        signing = [name for name in names if name.startswith("x-amz-")]
        if len(signing) != len(set(signing)):
            raise RefusedError("A parameter of the signature is repeated.")
        return cls(method, path, params, found)


@dataclass(frozen=True, slots=True)
class Claim:
    """The signature that a request claims to have; valid only if `proven` returns True."""

    request: ReceivedRequest
    signature: HeaderSignature
    presigned: bool

    @property
    def token(self) -> str:
        """The session token of temporary credentials, or an empty text."""
        if self.presigned:
            return self.request.params.get("X-Amz-Security-Token", [""])[0]
        return self.request.headers.get("x-amz-security-token", "")

    @property
    def _body_hash(self) -> str | None:
        """The SHA-256 of the body, or a word for a body that is not signed, or signed in chunks."""
        return self.request.headers.get("x-amz-content-sha256")

    @property
    def needs_body(self) -> bool:
        """Whether the signature can be verified only with the body."""
        return not self.presigned and (self._body_hash is None or self._body_hash.startswith(_SIGNED_IN_CHUNKS))

    def proven(self, secret: str, body: bytes = b"") -> bool:
        """Whether this was signed with `secret`. `body` is used if `needs_body`."""
        request = self.request
        arguments = (self.signature, secret, request.method, request.path, request.params, request.headers, body)
        return header_signature_failure(*arguments, presigned=self.presigned) is None

    def is_body(self, body: bytes) -> bool:
        """Whether the signed hash is that of this body; True if none was signed."""
        wanted = self._body_hash
        if self.presigned or wanted is None or wanted.startswith(_UNHASHED):
            return True
        return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), wanted.encode())

    def passed_on(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Only headers that are signed or harmless."""
        return [pair for pair in headers if pair[0].decode("latin-1").lower() in self.request.headers]


def claim_of(request: ReceivedRequest, now: datetime | None = None) -> Claim:
    """The claimed signature, after all checks that need no secret. Raises RefusedError."""
    now = now or datetime.now(UTC)
    in_query = {name for name in request.params if name.lower().startswith(("x-amz-", "awsaccesskeyid"))}
    authorization = request.headers.get("authorization")
    if authorization is None:
        if not in_query:
            raise RefusedError("It is not signed.")
        return _presigned(request, in_query, now)
    if in_query & {"X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId"}:
        raise RefusedError("It is signed in two places.")
    if not authorization.startswith(f"{ALGORITHM} "):
        raise RefusedError(f"It is not signed with {ALGORITHM}.")
    claim = _claim(request, parse_header_signature(request.headers), presigned=False)
    if abs(now - _time_of(claim.signature)) > _SKEW:
        raise RefusedError("Its signature is stale: it was made more than 15 minutes from now.")
    return claim


def _presigned(request: ReceivedRequest, names: set[str], now: datetime) -> Claim:
    parts = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    if not {f"X-Amz-{part}" for part in parts} <= names:
        raise RefusedError("Its query has no complete signature.")
    if request.params["X-Amz-Algorithm"] != [ALGORITHM]:
        raise RefusedError(f"It is not signed with {ALGORITHM}.")
    claim = _claim(request, parse_query_signature(request.params), presigned=True)
    if claim.signature.service != _PRESIGNED_SERVICE:
        raise RefusedError("Only links to objects may be signed in the query.")
    seconds = request.params["X-Amz-Expires"][0]
    if not (_LINK_SECONDS.fullmatch(seconds) and int(seconds) <= _LINK_SECONDS_MAX):
        raise RefusedError("Its life is not one of 1 to 604800 seconds.")
    made = _time_of(claim.signature)
    if not made - _SKEW <= now <= made + timedelta(seconds=int(seconds)):
        raise RefusedError("The link has expired.")
    return claim


def _claim(request: ReceivedRequest, found: HeaderSignature | tuple[str, str], *, presigned: bool) -> Claim:
    """Leaves out headers that are neither signed nor harmless: an X-Amz-Target would select another action."""
    if isinstance(found, tuple) or found.region_set is not None or not found.access_key_id:
        raise RefusedError("Its signature is not complete.")
    signed = set(found.signed_headers.lower().split(";"))
    if "host" not in signed:
        raise RefusedError("Its signature leaves out the host.")
    kept = {
        name: value for name, value in request.headers.items() if name in signed | _HARMLESS | {"authorization"}
    }
    return Claim(replace(request, headers=kept), found, presigned)


def _time_of(signature: HeaderSignature) -> datetime:
    try:
        return datetime.strptime(signature.amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise RefusedError("Its date is not one of a signature.") from None
