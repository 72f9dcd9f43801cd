"""What strangers send to the ports beside the emulator: of the fake upstream, the signer, and the two pages."""

import json

from tests.system.e2e.strangers.attack import (
    CLOSED,
    SIMPLE_FORM,
    SIMPLE_TEXT,
    SNS_HOST,
    Attack,
    Headers,
    Port,
    Request,
    attacks,
    form,
    get,
    text,
)

_EVIL = ("Origin", "http://evil.test")
_NULL = ("Origin", "null")
_PAGE = ("Origin", "http://127.0.0.1:$page_port")
_CROSS = ("Sec-Fetch-Site", "cross-site")
_TOKEN = ("X-Fake-Upstream-Token", "$admin_token")
_KEY = ("Authorization", "Bearer $upstream_key")
_PREFLIGHT: Headers = (_EVIL, ("Access-Control-Request-Method", "POST"))
_SOCKET: Headers = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)
_FAULT = '{"fault": "post.refused"}'
_BUY = json.dumps({"prompt": "x", "control_image": "$picture64"})
_MODEL = "/flux/v1/flux-pro-1-0-depth"

_ADMIN = {
    "the ledger": get("/admin/ledger"),
    "the state": get("/admin/state"),
    "the faults": get("/admin/faults"),
    "a reset by a form": form("", "/admin/reset"),
    "a fault by a text": text(_FAULT, "/admin/faults"),
    "another key by a text": text('{"key": "planted"}', "/admin/key"),
    "other settings by a text": text('{"balance": 0}', "/admin/settings"),
    "faults deleted": Request("DELETE", "/admin/faults"),
    "a reset with a guessed token": form("", "/admin/reset").adding(("X-Fake-Upstream-Token", "guessed")),
    "a reset with an empty token": form("", "/admin/reset").adding(("X-Fake-Upstream-Token", "")),
    "a reset with the token in the query": form("", "/admin/reset?token=x&X-Fake-Upstream-Token=x"),
    "a reset with the upstream's key": form("", "/admin/reset").adding(_KEY),
    "a reset, encoded": form("", "/%61dmin/reset"),
    "a reset with an encoded slash": form("", "/admin%2freset"),
    "a reset with a slash at its end": form("", "/admin/reset/"),
    "a preflight": Request("OPTIONS", "/admin/reset", _PREFLIGHT),
    "a page with the token": form("", "/admin/reset").adding(_TOKEN, _EVIL),
    "a page without an origin, with the token": form("", "/admin/reset").adding(_TOKEN, _NULL),
    "our page with the token": form("", "/admin/reset").adding(_TOKEN, _PAGE),
    "another site with the token": form("", "/admin/reset").adding(_TOKEN, _CROSS),
    "another port with the token": get("/admin/state", _TOKEN, ("Sec-Fetch-Site", "same-site")),
}
# Whatever it does not know, the fake answers with a page of 200, as the real API does.
_BESIDE_ADMIN = {
    "a reset after two slashes": form("", "//admin/reset"),
    "a reset by way of another folder": form("", "/flux/../admin/reset"),
    "a reset in capitals": form("", "/ADMIN/reset"),
}
_API = {
    "an edit without a key": text(_BUY, _MODEL),
    "an edit with an empty key": text(_BUY, _MODEL).adding(("Authorization", "Bearer ")),
    "an edit with a guessed key": text(_BUY, _MODEL).adding(("Authorization", "Bearer local-key")),
    "an edit with the key in the query": text(_BUY, f"{_MODEL}?key=local-key"),
    "an edit with a name and a password": text(_BUY, _MODEL).adding(("Authorization", "Basic dGVzdDp0ZXN0")),
    "a form that buys": form(_BUY, _MODEL),
    "a page with the key": text(_BUY, _MODEL).adding(_KEY, _EVIL),
    "a page with the key, without an origin": text(_BUY, _MODEL).adding(_KEY, _NULL),
    "another site with the key": text(_BUY, _MODEL).adding(_KEY, _CROSS),
    "a preflight": Request("OPTIONS", _MODEL, _PREFLIGHT),
    "a task without a key": get("/flux/v1/get_result?id=x"),
    "a WebSocket": get("/flux/v1/get_result", *_SOCKET),
    "a stream of events": get("/flux/v1/get_result?id=x", ("Accept", "text/event-stream"), _EVIL),
    "HTTP/2": text(_BUY, _MODEL).but(is_http2=True),
    "TRACE": Request("TRACE", "/", (_KEY,)),
}
_DELIVERY = {
    "a guessed link": get("/guessed/sample.jpeg"),
    "a list": get("/"),
    "the folder of a link": get("$sample_folder"),
    "a link turned into an upload": Request("PUT", "$sample", (SIMPLE_TEXT,), "x"),
    "a link turned into a deletion": Request("DELETE", "$sample"),
    "a link, fetched by a page": get("$sample", _EVIL),
    "a link, fetched by a page without an origin": get("$sample", _NULL),
    "a link, fetched from another site": get("$sample", _CROSS, ("Sec-Fetch-Mode", "cors")),
    "a link, framed by another site": get(
        "$sample", _CROSS, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")
    ),
    "a preflight": Request("OPTIONS", "$sample", _PREFLIGHT),
    "a WebSocket": get("$sample", *_SOCKET, _EVIL),
}

_NOTICE = '{"Type": "Notification", "TopicArn": "$topic_arn", "MessageId": "1", "Message": "m", "Timestamp": "t"}'
_SNS_MESSAGE = ("X-Amz-Sns-Message-Type", "Notification")
_DELIVERIES = {
    "a notice to the root": text(_NOTICE, "/"),
    "a notice to the signer's old address": text(_NOTICE, "/deliver"),
    "a notice to a guessed path": text(_NOTICE, "/guessed").adding(_SNS_MESSAGE),
    "a notice to an empty path": text(_NOTICE, "//"),
    "a form": form("x=1", "/guessed"),
    "a notice to the right path, from a page": text(_NOTICE, "$endpoint_path").adding(_EVIL),
    "a notice to the right path, from another site": text(_NOTICE, "$endpoint_path").adding(_CROSS),
    "a notice to the right path, without an origin": text(_NOTICE, "$endpoint_path").adding(_NULL),
    "a notice to the right path in capitals": text(_NOTICE, "$endpoint_capitals"),
    "the right path, read": get("$endpoint_path"),
    "a preflight": Request("OPTIONS", "$endpoint_path", _PREFLIGHT),
    "a WebSocket": get("$endpoint_path", *_SOCKET),
}
_CONFIRM = "/?Action=ConfirmSubscription&TopicArn=$topic_arn&Token="
_SNS = {
    "a guessed confirmation": get(f"{_CONFIRM}guessed"),
    "a confirmation without a token": get(_CONFIRM),
    "another action": get("/?Action=Publish&TopicArn=$topic_arn&Message=x"),
    "a confirmation from a page": get(f"{_CONFIRM}$confirmation_token", _EVIL),
    "a confirmation from another site": get(f"{_CONFIRM}$confirmation_token", _CROSS),
    "a confirmation by a form": form("Action=ConfirmSubscription&TopicArn=$topic_arn&Token=$confirmation_token"),
    "another file": get("/SimpleNotificationService-0.pem"),
    "the key beside the certificate": get("/../tls.pem"),
    "a preflight": Request("OPTIONS", "/", _PREFLIGHT),
}
_SNS_BY_OTHER_NAMES = {
    "a confirmation by loopback's name": get(f"{_CONFIRM}$confirmation_token").but(host="127.0.0.1:$port"),
    "a confirmation by localhost": get(f"{_CONFIRM}$confirmation_token").but(host="localhost:$port"),
}
# At the emulator itself a confirmation needs no signature, as on AWS: the token proves it.
_SUBSCRIBE = {
    "a guessed confirmation": get(f"{_CONFIRM}guessed"),
    "a confirmation without a token": get(_CONFIRM),
    "a confirmation whose token is none": get(f"{_CONFIRM}None"),
    "a confirmation with more": get(f"{_CONFIRM}$confirmation_token&AuthenticateOnUnsubscribe=true"),
    "a confirmation that names two actions": get(f"{_CONFIRM}$confirmation_token&Action=DeleteTopic"),
    "a confirmation from a page": get(f"{_CONFIRM}$confirmation_token", _EVIL),
    "a confirmation from another site": get(f"{_CONFIRM}$confirmation_token", _CROSS, ("Sec-Fetch-Dest", "image")),
    "a confirmation that posts": Request(
        "POST", f"{_CONFIRM}$confirmation_token", (SIMPLE_FORM,), "Action=Publish"
    ),
    "a confirmation with the action of another service": get(
        f"{_CONFIRM}guessed", ("X-Amz-Target", "secretsmanager.GetSecretValue")
    ).but(body='{"SecretId": "$secret_id"}'),
    "a confirmation by another host": get(f"{_CONFIRM}$confirmation_token").but(host="sns.evil.test:$port"),
}


def _of_page(page: Port, other: Port) -> dict[str, Request]:
    """`other` is another page of this machine: what opens it opens nothing here."""
    root, cookie = f"${page}_root", ("Cookie", f"${page}_cookie")
    origin, guessed = ("Origin", "http://127.0.0.1:$port"), ("X-Depthdrop-Token", "guessed")
    own_site = ("Sec-Fetch-Site", "same-origin")
    multipart = ("Content-Type", "multipart/form-data; boundary=b")
    return {
        "the list": get("/"),
        "the list with a guessed cookie": get("/", ("Cookie", "depthdrop-$port=guessed")),
        "a guessed address": get("/open/guessed"),
        "an empty address": get("/open/"),
        "the address of another page": get(f"${other}_open"),
        "the right path without a cookie": get(f"{root}/"),
        "the right path with a guessed cookie": get(f"{root}/", ("Cookie", "depthdrop-$port=guessed")),
        "the cookie alone": get("/", cookie),
        "the cookie and a guessed path": get("/guessed/", cookie),
        "the cookie and an empty path": get("//", cookie),
        "the cookie of another page": get(f"{root}/", ("Cookie", f"${other}_cookie")),
        "the cookie and the path of another page": get(f"${other}_root/", ("Cookie", f"${other}_cookie")),
        "its assets": get("/assets/page.js"),
        "its assets with the cookie": get("/assets/page.js", cookie),
        "its events": get("/events", ("Accept", "text/event-stream")),
        "its events with the cookie": get("/events", cookie, ("Accept", "text/event-stream")),
        "its events, from another site": get(f"{root}/events", cookie, _CROSS, ("Accept", "text/event-stream")),
        "an edit": get("/edits/1"),
        "a picture of an edit": get("/edits/1/before", cookie),
        "the list, fetched from another site": get(f"{root}/", cookie, _CROSS, ("Sec-Fetch-Mode", "cors")),
        "the list, fetched from another port": get(
            f"{root}/", cookie, ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "no-cors")
        ),
        "the list, framed by another site": get(
            f"{root}/", cookie, _CROSS, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")
        ),
        "a draft from nowhere": text("", "/drafts"),
        "a draft with path and cookie": text("", f"{root}/drafts").adding(cookie),
        "a draft with path, cookie and origin": text("", f"{root}/drafts").adding(cookie, origin, own_site),
        "a draft with a guessed token": text("", f"{root}/drafts").adding(cookie, origin, own_site, guessed),
        "a draft with an empty token": text("", f"{root}/drafts").adding(cookie, origin, ("X-Depthdrop-Token", "")),
        "a draft from another origin": text("", f"{root}/drafts").adding(cookie, _EVIL, guessed),
        "a draft from an origin of null": text("", f"{root}/drafts").adding(cookie, _NULL),
        "a draft from another port": text("", f"{root}/drafts").adding(
            cookie, ("Origin", f"http://127.0.0.1:${other}_port"), ("Sec-Fetch-Site", "same-site")
        ),
        "a draft from localhost": text("", f"{root}/drafts").adding(cookie, ("Origin", "http://localhost:$port")),
        **{
            f"a draft with the right token, {whence}": text("", f"{root}/drafts").adding(
                cookie, ("X-Depthdrop-Token", f"${page}_token"), *more
            )
            for whence, more in {
                "from another origin": [_EVIL],
                "from an origin of null": [_NULL],
                "from no origin": [],
                "from two origins": [origin, _EVIL],
                "from another port": [("Origin", f"http://127.0.0.1:${other}_port")],
                "from localhost": [("Origin", "http://localhost:$port")],
                "from another site": [origin, _CROSS],
            }.items()
        },
        "a draft by a form": Request("POST", f"{root}/drafts", (multipart, cookie), "--b--"),
        "a draft by PUT": Request("PUT", f"{root}/drafts", (cookie, origin)),
        "a preflight": Request("OPTIONS", f"{root}/drafts", _PREFLIGHT),
        "a WebSocket": get(f"{root}/events", *_SOCKET, _EVIL),
        "HTTP/2": get(f"{root}/", cookie).but(is_http2=True),
        "TRACE": Request("TRACE", f"{root}/", (cookie,)),
    }


SECTIONS: dict[str, list[Attack]] = {
    "the fake upstream's admin": attacks(
        "upstream", {f"admin: {name}": one for name, one in _ADMIN.items()}, 403, 404
    ),
    "beside the fake upstream's admin": attacks(
        "upstream", _BESIDE_ADMIN, 200, 404, shows="One API for all models"
    ),
    "the fake upstream's API": attacks(
        "upstream", {f"API: {name}": one for name, one in _API.items()}, 401, 403, 405, CLOSED
    ),
    "the fake upstream's links": attacks("delivery", _DELIVERY, 403, 404),
    "the signer": attacks("deliveries", _DELIVERIES, 403, 404, 405),
    "the signer's host of SNS": [
        *attacks("sns", {name: one.but(host=SNS_HOST) for name, one in _SNS.items()}, 400, 403, 404, 405),
        *attacks("sns", _SNS_BY_OTHER_NAMES, 403),
    ],
    "confirmations at the emulator": attacks("emulator", _SUBSCRIBE, 403, 400, 404),
    "the page": attacks("page", _of_page("page", "gallery"), 403, 405, 421, CLOSED),
    "the gallery": attacks("gallery", _of_page("gallery", "page"), 403, 405, 421, CLOSED),
}
