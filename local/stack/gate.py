"""Admits only requests that know a secret of this run. It runs in front of the emulator, in the same process.

The emulator accepts every key id, answers every site and resets itself for any caller. Refused with 403, before
the emulator gets them, are requests with:

Host     anything but a loopback name with this port: a foreign name that resolves to loopback (DNS rebinding)
Origin   any, or a `Sec-Fetch-Site`: a page in the browser sent it; also every preflight
/_…      a path of the emulator's own controls and health, without proof that the sender knows the run's token
unsigned no signature by a secret of this run, in a header or in the query (see `signatures`)

A page may send a presigned GET or HEAD: browsers fetch pictures with it. Only its signed headers are passed on, and
no body. One request needs no signature: GET /?Action=ConfirmSubscription, as on AWS, with the random token that was
sent only to the subscription's endpoint.
"""

import hmac
import json
from collections import deque
from collections.abc import Callable, Iterable
from xml.sax.saxutils import escape

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.stack.signatures import Claim, ReceivedRequest, RefusedError, claim_of

Headers = list[tuple[bytes, bytes]]
# From an access key id and a session token (may be empty) to the secret; None if the key is unknown.
SecretOf = Callable[[str, str], str | None]

PROOF_HEADER = "x-depthdrop-proof"
UNHASHED_BODY_MAX_BYTES = 96 * 1024 * 1024  # a function's ZIP of 50 MB in base64 fits; requests to S3 name a hash
_PRIVATE: Headers = [(b"cross-origin-resource-policy", b"same-origin"), (b"x-content-type-options", b"nosniff")]
# A page may show a link's picture; no script in it runs. Browsers add a style to a picture opened by itself.
_SHOWABLE: Headers = [
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox"),
]
_CONFIRMATION = {"Action", "TopicArn", "Token"}
_HINT = "This emulator serves one run of depthdrop: sign with the keys that `make up` prints."


def request_proof(token: str, nonce: str, method: str, path: str) -> str:
    """The value of PROOF_HEADER that opens this one address below `/_…`.

    Another program may hold the port, so it gets neither the token nor a proof for other addresses.
    """
    return f"{nonce}.{_proof(token, f'asks {method} {path}', nonce)}"


def answer_proof(token: str, nonce: str) -> str:
    """The value of PROOF_HEADER in the answer, which proves that it is from the emulator of this run."""
    return _proof(token, "answers", nonce)


def _proof(token: str, what: str, nonce: str) -> str:
    return hmac.new(token.encode(), f"{what} {nonce}".encode(), "sha256").hexdigest()


class Gate:
    """An ASGI application around the emulator's. `hosts` are the accepted values of Host, `token` opens `/_…`."""

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
        except RefusedError as reason:
            await _refuse(scope, send, str(reason))
            return
        await self._app(inner, inner_receive, _with_policy(send, headers))

    async def _admitted(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive, Headers]:
        """What to pass on, and headers for the answer. Raises RefusedError."""
        raw_path: bytes = scope.get("raw_path") or b""
        request = ReceivedRequest.of(
            scope["method"], raw_path.decode("latin-1"), scope["query_string"], scope["headers"]
        )
        if request.headers.get("host", "").lower() not in self._hosts:
            raise RefusedError("Its Host is not this server.")
        if request.method == "OPTIONS" or not request.path.startswith("/"):
            raise RefusedError("Its method or its path is not supported.")
        if "origin" in request.headers:
            raise RefusedError("A web page sent it.")
        if scope["path"].startswith("/_"):
            proof = self._judge_control(request, scope["path"])
            return scope, receive, [*_PRIVATE, (PROOF_HEADER.encode(), proof.encode())]
        if _is_confirmation(request):
            _judge_site(request)
            host = request.headers["host"].encode()
            return {**scope, "headers": [(b"host", host)]}, _replayed(deque()), _PRIVATE
        claim = claim_of(request)
        is_link = claim.presigned and request.method in {"GET", "HEAD"}
        if not is_link:
            _judge_site(request)
        inner = {**scope, "headers": claim.passed_on(scope["headers"])}
        return inner, await self._proven(claim, receive, is_link=is_link), _SHOWABLE if is_link else _PRIVATE

    def _judge_control(self, request: ReceivedRequest, path: str) -> str:
        """The proof for the answer. Raises RefusedError."""
        _judge_site(request)
        sent = request.headers.get(PROOF_HEADER, "")
        nonce = sent.partition(".")[0]
        if not hmac.compare_digest(sent.encode(), request_proof(self._token, nonce, request.method, path).encode()):
            raise RefusedError("The emulator's own controls need the run's token.")
        return answer_proof(self._token, nonce)

    async def _proven(self, claim: Claim, receive: Receive, *, is_link: bool) -> Receive:
        """The body to pass on, after the signature was verified. Raises RefusedError."""
        secret = self._secret_of(claim.signature.access_key_id, claim.token)
        if secret is None:
            raise RefusedError("Its key is not a key of this run.")
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


def _judge_site(request: ReceivedRequest) -> None:
    if request.headers.get("sec-fetch-site", "none") != "none":  # none: a user typed the address
        raise RefusedError("A web page sent it.")


def _is_confirmation(request: ReceivedRequest) -> bool:
    """The SubscribeURL of a subscription. AWS requires no signature either: its token is the proof."""
    return (
        request.method == "GET"
        and request.path == "/"
        and "authorization" not in request.headers
        and request.params.keys() == _CONFIRMATION
        and all(len(values) == 1 for values in request.params.values())
        and request.params["Action"] == ["ConfirmSubscription"]
    )


async def _read(receive: Receive, max_bytes: int | None) -> deque[bytes]:
    chunks: deque[bytes] = deque()
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError("It ended before the end of its body.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if max_bytes is not None and size > max_bytes:
            raise RefusedError(f"Its body is longer than {max_bytes} bytes and names no hash.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks


def _replayed(chunks: deque[bytes]) -> Receive:
    """Gives each chunk once, then empty bodies; chunks that were passed on are not kept in memory."""

    async def receive() -> Message:
        body = chunks.popleft() if chunks else b""
        return {"type": "http.request", "body": body, "more_body": bool(chunks)}

    return receive


def _with_policy(send: Send, more: Headers) -> Send:
    """Removes the headers that would let a page read the answer, and adds `more`."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message["headers"] if not pair[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": [*kept, *more]}
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    """403 in the form of the requested service; the body was not read, so the connection is closed."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    sentence = f"{reason} {_HINT}"
    error = f"<Code>AccessDenied</Code><Message>{escape(sentence)}</Message>"
    if b"/s3/aws4_request" in headers.get(b"authorization", b"") or b"X-Amz-Signature" in scope["query_string"]:
        kind, body = b"application/xml", f"<Error>{error}</Error>"
    elif headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        kind, body = b"text/xml", f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    else:
        kind, body = b"application/json", json.dumps({"__type": "AccessDenied", "message": sentence})
    answer = [
        (b"content-type", kind),
        (b"content-length", str(len(body.encode())).encode()),
        (b"x-amzn-errortype", b"AccessDenied"),
        *_PRIVATE,
        *([(b"connection", b"close")] if scope["http_version"] < "2" else ()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": answer})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body.encode()})
