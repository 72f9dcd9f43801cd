"""Deliveries as SNS sends them, and a verifier's result."""

import importlib.util
import json
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

import depthdrop_webhook
from signer.app import Version, signature
from signer.authority import Issued, root

PACKAGE = Path(depthdrop_webhook.__file__).parent
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
VALID = (NOW - timedelta(days=30), NOW + timedelta(days=30))
TOPIC = "arn:aws:sns:us-east-1:123456789012:depthdrop-notices"
HOST = "https://sns.us-east-1.amazonaws.com"
CERTIFICATE_URL = f"{HOST}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
TOKEN = "2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92"
EVENT = {
    "specversion": "1.0",
    "id": "5d41402abc4b2a76b9719d911017c592",
    "source": "depthdrop",
    "type": "depthdrop.edit.succeeded.v1",
    "subject": "temple.jpg",
    "time": "2026-05-01T11:59:58Z",
    "datacontenttype": "application/json",
    "data": {"edit_id": "e", "spend": {"state": "charged", "usd": 0.06}},
}
Kind = Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]


@cache
def amazon() -> Issued:
    """Replaces the authority of SNS's certificates."""
    return root("Amazon", VALID)


@cache
def sns() -> Issued:
    return amazon().issue(["sns.amazonaws.com"], span=VALID)


@cache
def forger() -> Issued:
    """The authority of an attacker."""
    return root("Amazon", VALID)


@cache
def forged_certificate() -> Issued:
    """A copy of SNS's certificate, but issued by the forger, who has its key."""
    return forger().issue(["sns.amazonaws.com"], span=VALID)


def message(
    kind: Kind = "Notification", message_id: str = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
) -> dict[str, Any]:
    fields = {
        "Type": kind,
        "MessageId": message_id,
        "TopicArn": TOPIC,
        "Message": json.dumps(EVENT),
        "Timestamp": "2026-05-01T11:59:59.123Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
    }
    if kind == "Notification":
        return {**fields, "Subject": "depthdrop: succeeded: temple.jpg"}
    return {**fields, "Token": TOKEN, "SubscribeURL": subscribe_url()}


def subscribe_url(host: str = HOST, action: str = "ConfirmSubscription", topic: str = TOPIC, more: str = "") -> str:
    return f"{host}/?Action={action}&TopicArn={topic}&Token={TOKEN}{more}"


@dataclass
class Delivery:
    """A POST, and the receiver's surroundings. `certificate` is the file at every address."""

    fields: dict[str, Any] = field(default_factory=message)
    key: RSAPrivateKey = field(default_factory=lambda: sns().key)
    certificate: bytes = field(default_factory=lambda: sns().pem)
    now: datetime = NOW
    headers: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    earlier: list["Delivery"] = field(default_factory=list)
    body: bytes | None = None
    asked: list[str] = field(default_factory=list)

    @classmethod
    def genuine(cls, kind: Kind = "Notification") -> Self:
        return cls(message(kind)).signed()

    def signed(self, version: Version | None = None) -> Self:
        """Sign the current fields with `key`."""
        self.fields["Signature"] = signature(self.fields, self.key, version or self.fields["SignatureVersion"])
        return self

    def copy(self) -> "Delivery":
        return Delivery(deepcopy(self.fields), self.key, self.certificate)

    def by_the_forger(self) -> Self:
        """Sign with the forger's key, and serve its certificate."""
        self.key, self.certificate = forged_certificate().key, forged_certificate().pem
        return self.signed()

    def content(self) -> bytes:
        return json.dumps(self.fields).encode() if self.body is None else self.body

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return self.certificate

    def verifier(self, webhook: ModuleType = depthdrop_webhook) -> Any:
        verifier: Any = webhook.Verifier  # of this package or of a mutant's
        return verifier(TOPIC, fetch=self.fetch, clock=lambda: self.now, **self.options)


def outcome(delivery: Delivery, webhook: ModuleType = depthdrop_webhook) -> str:
    """The result of the last delivery: `accepted`, or the code of the refusal."""
    verifier = delivery.verifier(webhook)
    for earlier in delivery.earlier:
        with verifier.receive(earlier.content(), earlier.headers):
            pass
    try:
        with verifier.receive(delivery.content(), delivery.headers):
            return "accepted"
    except webhook.WebhookError as error:
        code: str = error.code
        return code


def package_from(folder: Path, change: Callable[[dict[str, str]], None]) -> ModuleType:
    """The package with changed sources, imported under its own name."""
    sources = {path.name: path.read_text() for path in PACKAGE.glob("*.py")}
    change(sources)
    folder.mkdir(parents=True)
    for name, text in sources.items():
        (folder / name).write_text(text)
    name = f"webhook_{abs(hash(folder))}"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
