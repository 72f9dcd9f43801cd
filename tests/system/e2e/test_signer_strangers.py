"""What others than the subscription and the receiver get from the signer's two ports."""

import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError

from local.stack.emulator import REGION
from signer.app import CERTIFICATE_NAME
from signer.server import Signer, signing

pytestmark = pytest.mark.sockets

SNS_HOST = "sns.us-east-1.amazonaws.com"
NOTICE = json.dumps({"Type": "Notification", "MessageId": "1", "TopicArn": "a", "Message": "m", "Timestamp": "t"})
CONFIRM = "/?Action=ConfirmSubscription&TopicArn=arn&Token="


class Sns:
    """Confirms one token, as SNS confirms the one that it sent to the endpoint."""

    def __init__(self) -> None:
        self.confirmed: list[str] = []

    def confirm_subscription(self, *, TopicArn: str, Token: str) -> dict[str, str]:  # noqa: N803  # AWS's names
        if Token != "sent-to-the-endpoint":
            error: Any = {"Error": {"Code": "InvalidParameter", "Message": "Invalid token"}}
            raise ClientError(error, "ConfirmSubscription")
        self.confirmed.append(Token)
        return {"SubscriptionArn": f"{TopicArn}:1"}


@pytest.fixture
def sns() -> Sns:
    return Sns()


@pytest.fixture
def signer(sns: Sns) -> Iterator[Signer]:
    with signing(sns, REGION, "http://127.0.0.1:9/nobody", pause_seconds=0.01) as running:
        yield running


def asked(signer: Signer, target: str, *headers: str, host: str = SNS_HOST) -> str:
    """The answer of the stand-in for SNS's host, for a client that trusts the run's authority."""
    address, port = signer.address.split(":")
    context = ssl.create_default_context(cafile=signer.authority_file)
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers, "", ""]
    with (
        socket.create_connection((address, int(port)), timeout=240) as plain,
        context.wrap_socket(plain, server_hostname=SNS_HOST) as secured,
    ):
        secured.sendall("\r\n".join(lines).encode())
        received = b""
        while chunk := secured.recv(65_536):
            received += chunk
    return received.decode()


def test_only_the_subscriptions_own_address_takes_messages(signer: Signer) -> None:
    parts = urlsplit(signer.endpoint)
    origin = f"http://{parts.netloc}"
    answers = [
        httpx.post(f"{origin}{path}", content=NOTICE, trust_env=False, timeout=240).status_code
        for path in ("/", "/guessed")
    ]
    rebound = httpx.post(
        signer.endpoint, content=NOTICE, headers={"Host": "evil.example"}, trust_env=False, timeout=240
    )
    page = httpx.post(
        signer.endpoint, content=NOTICE, headers={"Origin": "https://evil.example"}, trust_env=False, timeout=240
    )

    assert len(parts.path) > 32
    assert answers == [404, 403]
    assert (rebound.status_code, page.status_code) == (403, 403)
    assert signer.deliveries == []


def test_the_address_is_another_in_every_run(sns: Sns) -> None:
    paths = set()
    for _ in range(2):
        with signing(sns, REGION, "http://127.0.0.1:9/nobody") as signer:
            paths.add(urlsplit(signer.endpoint).path)

    assert len(paths) == 2


def test_a_receiver_that_knows_nothing_else_gets_the_certificate_and_confirms_with_what_it_was_sent(
    signer: Signer, sns: Sns
) -> None:
    certificate = asked(signer, f"/{CERTIFICATE_NAME}")
    answer = asked(signer, f"{CONFIRM}sent-to-the-endpoint")

    assert "BEGIN CERTIFICATE" in certificate
    assert "PRIVATE" not in certificate
    assert answer.startswith("HTTP/1.1 200 ")
    assert sns.confirmed == ["sent-to-the-endpoint"]


def test_a_stranger_without_the_token_confirms_nothing(signer: Signer, sns: Sns) -> None:
    answers = [asked(signer, target) for target in (f"{CONFIRM}guessed", "/?Action=ConfirmSubscription", "/")]

    assert [answer.split(" ", 2)[1] for answer in answers] == ["400", "400", "400"]
    assert sns.confirmed == []


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("127.0.0.1", ()),
        ("evil.example", ()),
        (SNS_HOST, ("Origin: https://evil.example",)),
        (SNS_HOST, ("Sec-Fetch-Site: cross-site",)),
    ],
)
def test_a_web_page_gets_nothing_from_the_stand_in_for_sns(
    signer: Signer, sns: Sns, host: str, headers: tuple[str, ...]
) -> None:
    answer = asked(signer, f"{CONFIRM}sent-to-the-endpoint", *headers, host=host)

    assert answer.startswith("HTTP/1.1 403 ")
    assert "access-control-" not in answer.lower()
    assert sns.confirmed == []
