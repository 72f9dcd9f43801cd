"""AWS Signature Version 4 from its description, and by none of the code that verifies it.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from tests.system.e2e.strangers.attack import Headers, Request, Signed

_REGION = "us-east-1"
_UNSIGNED = "UNSIGNED-PAYLOAD"


def signed(request: Request, how: Signed, now: datetime | None = None) -> Request:
    """The request with its signature, in a header or in the query; it names no templates any more."""
    at = (now or datetime.now(UTC)) - timedelta(seconds=how.age_seconds)
    return _in_query(request, how, at) if how.in_query else _in_header(request, how, at)


def _in_header(request: Request, how: Signed, at: datetime) -> Request:
    body = request.body if how.body is None else how.body
    hashed = hashlib.sha256(body.encode()).hexdigest()
    added: Headers = (("X-Amz-Date", f"{at:%Y%m%dT%H%M%SZ}"), ("X-Amz-Content-Sha256", hashed), *how.headers)
    if how.token:
        added = (*added, ("X-Amz-Security-Token", how.token))
    said = {"host": how.host or request.host or "", **{name.lower(): value for name, value in added}}
    signature = _signature(how, at, _canonical(request, how, said, hashed))
    scope = f"{how.key_id}/{at:%Y%m%d}/{_REGION}/{how.service}/aws4_request"
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={';'.join(sorted(said))}, Signature={signature}"
    )
    return request.but(headers=(*request.headers, *added, ("Authorization", authorization)), signed=None)


def _in_query(request: Request, how: Signed, at: datetime) -> Request:
    said = {"host": how.host or request.host or ""}
    parts = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{how.key_id}/{at:%Y%m%d}/{_REGION}/{how.service}/aws4_request",
        "X-Amz-Date": f"{at:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(how.expires),
        "X-Amz-SignedHeaders": "host",
    }
    joint = "&" if "?" in request.target else "?"
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parts.items())
    asked = request.but(target=f"{request.target}{joint}{query}")
    hashed = _UNSIGNED if how.service == "s3" else hashlib.sha256(request.body.encode()).hexdigest()
    signature = _signature(how, at, _canonical(asked, how, said, hashed))
    return asked.but(target=f"{asked.target}&X-Amz-Signature={signature}", signed=None)


def _canonical(request: Request, how: Signed, said: dict[str, str], hashed: str) -> str:
    path, _, query = (how.target or request.target).partition("?")
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    listed = "&".join(f"{name}={value}" for name, value in pairs)
    headers = "".join(f"{name}:{said[name].strip()}\n" for name in sorted(said))
    return "\n".join([how.method or request.method, path, listed, headers, ";".join(sorted(said)), hashed])


def _signature(how: Signed, at: datetime, canonical: str) -> str:
    day = f"{at:%Y%m%d}"
    scope = f"{day}/{_REGION}/{how.service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", f"{at:%Y%m%dT%H%M%SZ}", scope, hashed])
    key = f"AWS4{how.secret}".encode()
    for part in (day, _REGION, how.service, "aws4_request"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return hmac.new(key, text.encode(), "sha256").hexdigest()
