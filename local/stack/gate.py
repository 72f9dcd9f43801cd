"""Who may ask the emulator: only holders of a secret of this run. It is in front of the emulator, in its process.

The emulator believes every key id, answers every site and resets itself for any caller. Refused with 403, before
it sees anything:

Host     any but a loopback name with this port: a foreign name that leads to loopback (DNS rebinding)
Origin   any, and any `Sec-Fetch-Site`: a page in the browser asked; every preflight
/_…      the emulator's own controls, its health too: without proof that the run's token is known
unsigned what is not signed with a secret of this run (see `signatures`), by header or in the query

A presigned GET or HEAD is let through from a page: it is how browsers fetch pictures. Of it only signed headers are
passed on, and no body. One request needs no signature: GET /?Action=ConfirmSubscription, as on AWS, with the random
token that only a subscription's endpoint was sent.
"""

import hmac
import json
from collections import deque
from collections.abc import Callable, Iterable
from xml.sax.saxutils import escape

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.stack.signatures import Asked, Claim, UnsignedError, claim_of

Headers = list[tuple[bytes, bytes]]
# The secret that belongs to an access key id and a session token (empty for none); None where there is none.
SecretOf = Callable[[str, str], str | None]

PROOF_HEADER = "x-depthdrop-proof"
UNHASHED_BODY_MAX_BYTES = 96 * 1024 * 1024  # a function's ZIP of 50 MB in base64, and room; S3 names a hash
_PRIVATE: Headers = [(b"cross-origin-resource-policy", b"same-origin"), (b"x-content-type-options", b"nosniff")]
# A page may show a link's picture, and nothing in it runs. Browsers give a picture without a page a style.
_SHOWN: Headers = [
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox"),
]
_CONFIRMATION = {"Action", "TopicArn", "Token"}
_WHAT_TO_DO = "This emulator serves one run of depthdrop: sign with the keys that `make up` prints."


def asking(token: str, nonce: str, method: str, path: str) -> str:
    """What PROOF_HEADER must say to open this address below `/_…`, and no other: another may hold the port.

    So neither the token goes there, nor what would open more than what was asked for.
    """
    return f"{nonce}.{_proof(token, f'asks {method} {path}', nonce)}"


def answering(token: str, nonce: str) -> str:
    """What PROOF_HEADER of the answer says: only the emulator of this run can."""
    return _proof(token, "answers", nonce)


def _proof(token: str, what: str, nonce: str) -> str:
    return hmac.new(token.encode(), f"{what} {nonce}".encode(), "sha256").hexdigest()


class RefusedError(Exception):
    """The request is not passed on; the message says why, for its sender."""


class Gate:
    """An ASGI application around the emulator's.

    `hosts` are the values of Host that it answers to, `token` opens `/_…`, `secret_of` knows keys of this run.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], token: str, secret_of: SecretOf) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._token = token
        self._secret_of = secret_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: 403
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            inner, inner_receive, headers = await self._admitted(scope, receive)
        except (RefusedError, UnsignedError) as why:
            await _refuse(scope, send, str(why))
            return
        await self._app(inner, inner_receive, _with_policy(send, headers))

    async def _admitted(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive, Headers]:
        """What to hand on, and headers of the answer. Raises RefusedError, UnsignedError."""
        raw_path: bytes = scope.get("raw_path") or b""
        asked = Asked.of(scope["method"], raw_path.decode("latin-1"), scope["query_string"], scope["headers"])
        if asked.headers.get("host", "").lower() not in self._hosts:
            raise RefusedError("It names another host than this one.")
        if asked.method == "OPTIONS" or not asked.path.startswith("/"):
            raise RefusedError("There is no such thing to ask.")
        if "origin" in asked.headers:
            raise RefusedError("A web page asked.")
        if scope["path"].startswith("/_"):
            proof = self._judge_control(asked, scope["path"])
            return scope, receive, [*_PRIVATE, (PROOF_HEADER.encode(), proof.encode())]
        if _is_confirmation(asked):
            _judge_site(asked)
            host = asked.headers["host"].encode()
            return {**scope, "headers": [(b"host", host)]}, _replayed(deque()), _PRIVATE
        claim = claim_of(asked)
        is_link = claim.presigned and asked.method in {"GET", "HEAD"}
        if not is_link:
            _judge_site(asked)
        inner = {**scope, "headers": claim.passed_on(scope["headers"])}
        return inner, await self._proven(claim, receive, is_link=is_link), _SHOWN if is_link else _PRIVATE

    def _judge_control(self, asked: Asked, path: str) -> str:
        """The proof to answer with. Raises RefusedError."""
        _judge_site(asked)
        sent = asked.headers.get(PROOF_HEADER, "")
        nonce = sent.partition(".")[0]
        if not hmac.compare_digest(sent.encode(), asking(self._token, nonce, asked.method, path).encode()):
            raise RefusedError("The emulator's own controls need the run's token.")
        return answering(self._token, nonce)

    async def _proven(self, claim: Claim, receive: Receive, *, is_link: bool) -> Receive:
        """The body to hand on, once the signature is known to hold. Raises RefusedError."""
        secret = self._secret_of(claim.signature.access_key_id, claim.token)
        if secret is None:
            raise RefusedError("Its key is none of this run.")
        chunks = await _read(receive, UNHASHED_BODY_MAX_BYTES) if claim.needs_body else deque()
        if not claim.proven(secret, b"".join(chunks)):
            raise RefusedError("Its signature does not verify.")
        if is_link:
            return _replayed(deque())
        if not claim.needs_body:
            chunks = await _read(receive, None)
        if not claim.is_body(b"".join(chunks)):
            raise RefusedError("Its body is not the one that was signed.")
        return _replayed(chunks)


def _judge_site(asked: Asked) -> None:
    if asked.headers.get("sec-fetch-site", "none") != "none":  # none: its user typed the address
        raise RefusedError("A web page asked.")


def _is_confirmation(asked: Asked) -> bool:
    """The SubscribeURL of a subscription. AWS asks for no signature either: its token is the proof."""
    return (
        asked.method == "GET"
        and asked.path == "/"
        and "authorization" not in asked.headers
        and asked.params.keys() == _CONFIRMATION
        and all(len(values) == 1 for values in asked.params.values())
        and asked.params["Action"] == ["ConfirmSubscription"]
    )


async def _read(receive: Receive, max_bytes: int | None) -> deque[bytes]:
    chunks: deque[bytes] = deque()
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError("It ended before its body.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if max_bytes is not None and size > max_bytes:
            raise RefusedError(f"Its body is longer than {max_bytes} bytes and names no hash.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks


def _replayed(chunks: deque[bytes]) -> Receive:
    """Each chunk once, and an empty body after the last; what was handed on is not kept."""

    async def receive() -> Message:
        body = chunks.popleft() if chunks else b""
        return {"type": "http.request", "body": body, "more_body": bool(chunks)}

    return receive


def _with_policy(send: Send, more: Headers) -> Send:
    """No page reads an answer: no header that would let it leaves."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [one for one in message["headers"] if not one[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": [*kept, *more]}
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, why: str) -> None:
    """403 in the form that the asking client reads; its body was not read, so the connection ends."""
    sent = {name.lower(): value for name, value in scope["headers"]}
    sentence = f"{why} {_WHAT_TO_DO}"
    error = f"<Code>AccessDenied</Code><Message>{escape(sentence)}</Message>"
    if b"/s3/aws4_request" in sent.get(b"authorization", b"") or b"X-Amz-Signature" in scope["query_string"]:
        kind, body = b"application/xml", f"<Error>{error}</Error>"
    elif sent.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        kind, body = b"text/xml", f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    else:
        kind, body = b"application/json", json.dumps({"__type": "AccessDenied", "message": sentence})
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body.encode())).encode()),
        (b"x-amzn-errortype", b"AccessDenied"),
        *_PRIVATE,
        *([(b"connection", b"close")] if scope["http_version"] < "2" else ()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body.encode()})
