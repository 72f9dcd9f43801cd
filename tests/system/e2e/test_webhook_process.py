"""The receiver's command line, its end, and its development switch, without a stack."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from depthdrop_webhook import HttpsDownload
from local.stack.emulator import REGION
from receiver.receiver import Answer, Receiver
from receiver.service import make_receiver
from receiver.settings import ServiceSettings, make_verifier
from signer.server import Signer, signing
from tests.system.e2e import commands
from tests.system.e2e.receivers import COMMAND, ReceiverProcess, closed, environment
from tests.system.e2e.remembered import eventually

pytestmark = pytest.mark.sockets

TOPIC = "arn:aws:sns:us-east-1:000000000000:depthdrop-notices"


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_help_explains_every_setting() -> None:
    done = run("--help")

    assert done.returncode == 0
    assert "WEBHOOK_TOPIC_ARN                the topic whose messages are accepted; required" in done.stdout
    assert (
        "WEBHOOK_DEVELOPMENT_SIGNER       address and port of the local signer; never in production" in done.stdout
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "WEBHOOK_TOPIC_ARN is missing"),
        ({"topic_arn": "depthdrop"}, "WEBHOOK_TOPIC_ARN: 'depthdrop' is not the ARN of a topic"),
        ({"topic_arn": TOPIC, "database": "/nowhere/events"}, "WEBHOOK_DATABASE cannot be used"),
        ({"topic_arn": TOPIC, "development_signer": "sns.example:443"}, "WEBHOOK_DEVELOPMENT_SIGNER must be"),
    ],
)
def test_a_wrong_setting_ends_in_one_sentence(settings: dict[str, str], sentence: str) -> None:
    done = run(**settings)

    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert "Traceback" not in done.stderr


def test_a_request_in_flight_is_answered_before_the_end(tmp_path: Path) -> None:
    with ReceiverProcess(tmp_path, topic_arn=TOPIC) as receiver:
        with socket.create_connection(("127.0.0.1", receiver.port), timeout=240) as connection:
            head = b"POST /sns HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
            connection.sendall(head)
            assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")  # it is being read
            receiver.terminate()
            assert eventually(lambda: closed(receiver.port))
            connection.sendall(b"abcd")
            answer = connection.recv(4096)

        assert answer.startswith(b"HTTP/1.1 400 ")
        assert receiver.stop() == 0


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "No local stack runs in this folder: start it with `make up`, or set AWS_ENDPOINT_URL"),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"},
            "There is no local stack at http://127.0.0.1:9: ",
        ),
    ],
    ids=["none runs", "none answers"],
)
def test_the_signer_says_when_there_is_no_local_stack(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    command = [sys.executable, "-m", "signer"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**commands.environment(), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert "Traceback" not in done.stderr


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[tuple[Signer, bytes]]:
    """A message that the local signer has signed, and the signer, still running."""
    message = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": json.dumps({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": {}}),
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
    }
    nobody: Any = None  # no subscription is confirmed here
    with signing(nobody, REGION, ReceiverProcess(tmp_path).url, pause_seconds=0.01) as signer:
        request = urllib.request.Request(signer.endpoint, json.dumps(message).encode())  # noqa: S310  # http on loopback
        with urllib.request.urlopen(request) as answer:  # noqa: S310  # http on loopback
            assert answer.status == 200
        assert eventually(lambda: bool(signer.deliveries))
        yield signer, json.dumps(signer.deliveries[0].message).encode()


def settings(folder: Path, **more: Any) -> ServiceSettings:
    return ServiceSettings(topic_arn=TOPIC, database=folder / "switch.sqlite3", **more)


def test_with_the_switch_the_local_signer_is_believed(signed: tuple[Signer, bytes], tmp_path: Path) -> None:
    signer, body = signed
    receiver = make_receiver(
        settings(tmp_path, development_signer=signer.address, development_authority=signer.authority_file)
    )

    assert receiver.answer(body, {}) == Answer(200, "handled")


def test_without_the_switch_the_local_signer_is_not_believed_even_in_the_place_of_sns(
    signed: tuple[Signer, bytes], tmp_path: Path
) -> None:
    signer, body = signed
    asked: list[str] = []

    def hijacked(host: str, timeout: float) -> socket.socket:
        """A name server that a stranger controls."""
        asked.append(host)
        address, port = signer.address.split(":")
        return socket.create_connection((address, int(port)), timeout)

    plain = settings(tmp_path)
    inbox = make_receiver(plain).inbox
    handled: list[object] = []
    receiver = Receiver(make_verifier(plain, HttpsDownload(connect=hijacked)), inbox, handled.append)

    assert receiver.answer(body, {}) == Answer(503, "unavailable")
    assert asked == ["sns.us-east-1.amazonaws.com"]
    assert handled == []
