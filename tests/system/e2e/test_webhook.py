"""The receiver as a process, subscribed to the local stack through a signer in place of SNS."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from depthdrop_cli.stack.local_stack import LocalAddress
from local.fake_upstream import Settings
from local.stack.deploy import STACK
from local.stack.emulator import REGION
from local.stack.stack import LocalStack, Options, local_stack
from signer.app import Delivery
from signer.server import Signer, signing
from tests.system.e2e import commands
from tests.system.e2e.receivers import ReceiverProcess
from tests.system.e2e.remembered import TEMPLE, eventually

pytestmark = pytest.mark.sockets


@dataclass(frozen=True)
class Setup:
    stack: LocalStack
    signer: Signer
    receiver: ReceiverProcess

    def drop(self, key: str, prompt: str) -> None:
        self.stack.put(key, TEMPLE)
        self.stack.put(f"{key}.txt", prompt.encode())

    def delivery(self, subject: str) -> Delivery:
        """The signed message about this picture, as soon as there is one."""
        found: list[Delivery] = []

        def has_come() -> bool:
            messages = [one for one in self.signer.deliveries if one.message["Type"] == "Notification"]
            found[:] = [one for one in messages if json.loads(one.message["Message"])["subject"] == subject]
            return bool(found)

        assert eventually(has_come), f"nothing about {subject}"
        return found[0]

    def subscription(self) -> str:
        sns = self.stack.emulator.client("sns")
        listed = sns.list_subscriptions_by_topic(TopicArn=self.stack.outputs["NotificationsTopicArn"])[
            "Subscriptions"
        ]
        (arn,) = [one["SubscriptionArn"] for one in listed if one["Endpoint"] == self.signer.endpoint]
        attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        return "pending" if attributes["PendingConfirmation"] == "true" else "confirmed"


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack(
        Options(upstream=Settings(speed=30, link_seconds=30_000), parameters={"LingerSeconds": "3"})
    ) as running:
        yield running


@pytest.fixture(scope="module")
def setup(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    receiver = ReceiverProcess(
        tmp_path_factory.mktemp("receiver"), topic_arn=stack.outputs["NotificationsTopicArn"]
    )
    sns = stack.emulator.client("sns")
    with pytest.MonkeyPatch.context() as patched, signing(sns, REGION, receiver.url, pause_seconds=1) as signer:
        patched.setattr("signer.app._TRIES", 1000)  # however long the receiver takes to start
        receiver.configure(development_signer=signer.address, development_authority=str(signer.authority_file))
        with receiver:
            sns.subscribe(
                TopicArn=stack.outputs["NotificationsTopicArn"], Protocol="http", Endpoint=signer.endpoint
            )
            made = Setup(stack, signer, receiver)
            assert eventually(lambda: made.subscription() == "confirmed"), receiver.log
            yield made


def test_a_success_and_a_failure_arrive_once_each(setup: Setup) -> None:
    setup.drop("hook/good.jpg", "an oil painting")
    setup.drop("hook/bad.jpg", "a bad one [[fault poll.content_moderated]]")
    wanted = {
        ("hook/good.jpg", "depthdrop.edit.succeeded.v1"),
        ("hook/bad.jpg", "depthdrop.edit.failed.v1"),
    }

    assert eventually(lambda: wanted <= set(setup.receiver.events())), setup.receiver.log
    assert sorted(one for one in setup.receiver.events() if one in wanted) == sorted(wanted)


def test_a_message_that_comes_again_is_answered_and_not_handled_again(setup: Setup) -> None:
    setup.drop("hook/again.jpg", "a pencil sketch")
    delivery = setup.delivery("hook/again.jpg")
    assert eventually(lambda: delivery.answers[-1:] == [200])
    before = setup.receiver.events()
    again = httpx.post(setup.receiver.url, content=json.dumps(delivery.message), trust_env=False, timeout=240)

    assert (again.status_code, again.text) == (200, "repeated")
    assert setup.receiver.events() == before


def test_what_came_while_the_receiver_was_down_is_delivered_by_a_retry(setup: Setup) -> None:
    assert setup.receiver.stop() == 0
    setup.drop("hook/late.jpg", "a mosaic")
    delivery = setup.delivery("hook/late.jpg")
    assert eventually(lambda: delivery.answers[:1] == [0])
    setup.receiver.start()

    assert eventually(lambda: delivery.answers[-1] == 200), setup.receiver.log
    assert ("hook/late.jpg", "depthdrop.edit.succeeded.v1") in setup.receiver.events()


def test_the_emulators_own_placeholder_and_changed_messages_are_refused(setup: Setup) -> None:
    setup.drop("hook/forged.jpg", "a fresco")
    message = setup.delivery("hook/forged.jpg").message
    before = setup.receiver.events()
    url = message["SigningCertURL"]
    forged = [
        message | {"Signature": "FAKE", "SigningCertURL": url.replace("10ca1", "fake0")},
        message | {"Message": message["Message"].replace("succeeded", "failed")},
        message | {"SigningCertURL": f"https://{setup.signer.address}{url[url.rindex('/') :]}"},
    ]
    answers = [
        httpx.post(setup.receiver.url, content=json.dumps(one), trust_env=False, timeout=240) for one in forged
    ]

    assert [(one.status_code, one.text) for one in answers] == [
        (403, "untrusted_certificate"),
        (403, "bad_signature"),
        (403, "untrusted_certificate"),
    ]
    assert set(setup.receiver.events()) - set(before) <= {("hook/forged.jpg", "depthdrop.edit.succeeded.v1")}


def test_the_signers_command_says_how_to_start_a_receiver_and_subscribes_it(
    stack: LocalStack, tmp_path: Path
) -> None:
    receiver = ReceiverProcess(tmp_path)
    keys = stack.emulator.keys
    address = LocalAddress.of_this_process(stack.emulator.url, REGION, STACK, keys.access_key, keys.secret_key)
    address.write(tmp_path)  # as `make up` does
    command = [sys.executable, "-m", "signer", "--receiver", receiver.url]
    with subprocess.Popen(
        command, cwd=tmp_path, env=commands.environment(), stdout=subprocess.PIPE, text=True, bufsize=1
    ) as signer:
        try:
            assert signer.stdout is not None
            lines = [signer.stdout.readline().strip() for _ in range(4)]
            settings = dict(line.removeprefix("WEBHOOK_").split("=", 1) for line in lines[1:])
            receiver.configure(**{name.lower(): value for name, value in settings.items()})
            with receiver:
                assert signer.stdout.readline().strip() == "Subscribed."
                assert eventually(lambda: "Subscribed to" in receiver.log), receiver.log
                assert receiver.stop() == 0
        finally:
            signer.kill()
