"""What a page of another site tries in a browser, as data: the way, the port, the path, and what goes along.

The ways are those of `foreign.js`. Texts are templates as in `tests.system.e2e.strangers.attack`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.system.e2e.strangers.attack import Port

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_PREFLIGHTED = {"X-Requested-With": "x"}
_SHOWN = ("img", "imgCors", "inputImage", "script", "module", "style", "preload", "prefetch", "font", "video")
_FRAMED = ("iframe", "sandboxed", "object", "embed", "opened")
_SPOKEN = ("events", "socket", "worker", "imported", "xhr", "ping", "beacon", "background")


@dataclass(frozen=True, slots=True)
class Try:
    """`host` is a name of this machine; `is_picture`: any page may show it, and no script may read it."""

    way: str
    port: Port
    path: str = "/"
    options: Mapping[str, Any] = field(default_factory=dict)
    host: str = "127.0.0.1"
    is_picture: bool = False

    @property
    def title(self) -> str:
        said = " ".join(str(value) for value in self.options.values())
        return f"{self.way} {self.host} {self.port} {self.path} {said}".strip()


def _fetch(port: Port, path: str, host: str = "127.0.0.1", **options: Any) -> Try:
    return Try("fetch", port, path, options, host)


def _queue(name: str) -> str:
    return f"Action=CreateQueue&QueueName={name}&Version=2012-11-05"


# What is worth most at each port: a page to read, and a change to make.
_READ: Mapping[Port, str] = {
    "emulator": "/$bucket/$object",
    "upstream": "/admin/ledger",
    "delivery": "/guessed/sample.jpeg",
    "deliveries": "/guessed",
    "page": "$page_root/",
    "gallery": "$gallery_root/events",
}
_CHANGE: Mapping[Port, str] = {
    "emulator": "/?Action=CreateQueue&QueueName=planted&Version=2012-11-05",
    "upstream": "/admin/reset",
    "delivery": "$sample",
    "deliveries": "$endpoint_path",
    "page": "$page_root/drafts",
    "gallery": "$gallery_root/drafts",
}
_EVERYWHERE = [
    *(Try(way, port, path) for port, path in _READ.items() for way in (*_SHOWN, *_FRAMED, *_SPOKEN)),
    *(
        one
        for port, path in _CHANGE.items()
        for one in (
            _fetch(port, path, method="POST", body="{}"),
            _fetch(port, path, method="POST", body="{}", mode="no-cors", credentials="include"),
            _fetch(port, path, method="POST", body="{}", headers=_PREFLIGHTED),
            _fetch(port, path, method="PUT", body="{}", credentials="include"),
            Try("form", port, path, {"fields": {"a": "b"}}),
            Try("form", port, path, {"fields": {"a": "b"}, "enctype": "multipart/form-data"}),
            Try("form", port, path, {"fields": {"a": "b"}, "enctype": "text/plain"}),
            Try("beacon", port, path, {"body": "{}"}),
        )
    ),
    *(
        _fetch(port, path, host, mode=mode, credentials="include")
        for port, path in _READ.items()
        for host in ("127.0.0.1", "localhost", "[::1]", "evil.test")
        for mode in ("cors", "no-cors")
    ),
]
_EMULATOR = [
    Try("form", "emulator", "/", {"fields": {"Action": "CreateQueue", "QueueName": "planted"}}),
    Try("form", "emulator", "/", {"fields": {"Action": "CreateTopic", "Name": "planted"}}),
    Try("form", "emulator", "/$inbox", {"fields": {"key": "x.jpg", "file": "x"}, "enctype": "multipart/form-data"}),
    Try("form", "emulator", "/_ministack/reset"),
    Try("form", "emulator", "/%5fministack/reset"),
    Try("beacon", "emulator", "/", {"body": _queue("planted"), "type": "application/x-www-form-urlencoded"}),
    Try("beacon", "emulator", "/2015-03-31/functions/$submit/invocations", {"body": "{}"}),
    _fetch("emulator", "/", method="POST", mode="no-cors", headers=_FORM, body=_queue("planted")),
    _fetch("emulator", "/_ministack/health"),
    _fetch("emulator", "/_ministack/reset", method="POST", mode="no-cors"),
    _fetch("emulator", "/_ministack/reset", method="POST", headers={"X-Depthdrop-Proof": "guessed"}),
    _fetch("emulator", "/", method="POST", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"}, body="{}"),
    _fetch("emulator", "/$bucket/$object", headers={"Authorization": "AWS4-HMAC-SHA256 Credential=test"}),
    _fetch("emulator", "/$bucket/$object?X-Amz-Credential=test&X-Amz-Signature=0", mode="no-cors"),
    _fetch("emulator", "/$bucket/$object?$link_query"),
    _fetch("emulator", "/?Action=CreateQueue&QueueName=planted&$link_query", mode="no-cors"),
    _fetch("emulator", "/latest/meta-data/iam/security-credentials/"),
    _fetch("emulator", "$link", method="DELETE"),
    _fetch("emulator", "$link", method="PUT", body="x"),
    _fetch("emulator", "$link", method="POST", body="x", mode="no-cors"),
]
_OWN_LINKS: Mapping[Port, str] = {"emulator": "$link", "delivery": "$sample"}
_LINKS = [
    *(
        Try(way, port, path, is_picture=True)
        for port, path in _OWN_LINKS.items()
        for way in (
            "img",
            "imgCors",
            "inputImage",
            "script",
            "object",
            "video",
            "xhr",
            "worker",
            "background",
        )
    ),
    *(
        Try("fetch", port, path, {"mode": mode, "credentials": "include"}, is_picture=True)
        for port, path in _OWN_LINKS.items()
        for mode in ("cors", "no-cors")
    ),
]
_ADDRESSES = [
    _fetch("page", "$page_open", credentials="include"),
    _fetch("page", "$page_root/", "localhost", credentials="include"),
    Try("opened", "page", "$page_root/"),
    Try("iframe", "page", "$page_open"),
    _fetch("page", "/drafts", method="POST", credentials="include", headers={"X-Depthdrop-Token": "guessed"}),
    _fetch("upstream", "/flux/v1/flux-pro-1-0-depth", method="POST", body="{}", mode="no-cors"),
    _fetch("upstream", "/admin/reset", method="POST", headers={"X-Fake-Upstream-Token": "guessed"}),
    _fetch("sns", "/?Action=ConfirmSubscription&TopicArn=$topic_arn&Token=$confirmation_token", mode="no-cors"),
    Try("img", "sns", "/?Action=ConfirmSubscription&TopicArn=$topic_arn&Token=$confirmation_token"),
    Try("img", "emulator", "/?Action=ConfirmSubscription&TopicArn=$topic_arn&Token=$confirmation_token"),
    Try("opened", "emulator", "/?Action=ConfirmSubscription&TopicArn=$topic_arn&Token=$confirmation_token"),
]
TRIES: list[Try] = [*_EVERYWHERE, *_EMULATOR, *_LINKS, *_ADDRESSES]

# From a page of the port's own origin, once its name was pointed here: no request is foreign to the browser then.
_TARGETS = ("DynamoDB_20120810.Scan", "secretsmanager.ListSecrets")
REBOUND: list[Try] = [
    *(
        _fetch(port, path, "evil.test", method=method, credentials="include")
        for port, path in {**_READ, "deliveries": "$endpoint_path"}.items()
        for method in ("GET", "POST", "DELETE", "OPTIONS")
    ),
    *(
        _fetch("emulator", "/", "evil.test", method="POST", body="{}", headers={"X-Amz-Target": it})
        for it in _TARGETS
    ),
    *(
        Try(way, port, path, {}, "evil.test")
        for port, path in _READ.items()
        for way in ("socket", "events", "iframe")
    ),
    _fetch("emulator", "$link", "evil.test"),
    _fetch("emulator", "/_ministack/health", "evil.test"),
    _fetch("delivery", "$sample", "evil.test"),
    _fetch("page", "$page_open", "evil.test"),
]
