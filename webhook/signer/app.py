"""Two small services: one passes the emulator's deliveries on, signed; one takes the place of SNS's own host."""

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local.stack.loopback_only import LoopbackOnly
from signer.authority import Issued

CERTIFICATE_NAME = "SimpleNotificationService-10ca1000000000000000000000000000.pem"
_TRIES = 4

Version = Literal["1", "2"]


def signature(fields: Mapping[str, str], key: RSAPrivateKey, version: Version) -> str:
    """SNS's signature over a message, by the Developer Guide and not by the code that verifies it."""
    if fields["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303  # what SNS calls version 1
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), digest)).decode("ascii")


def signed_again(message: Mapping[str, str], key: RSAPrivateKey, host: str, file: str) -> dict[str, str]:
    """An emulator's message as SNS at `host` would have sent it: its signature, certificate `file` and link."""
    fields = dict(message)
    if "Token" in fields:
        query = f"Action=ConfirmSubscription&TopicArn={fields['TopicArn']}&Token={fields['Token']}"
        fields["SubscribeURL"] = f"https://{host}/?{query}"
    return {
        **fields,
        "SignatureVersion": "2",
        "Signature": signature(fields, key, "2"),
        "SigningCertURL": f"https://{host}/{file}",
    }


@dataclass(slots=True)
class Delivery:
    """A message as it was passed on, and the status of each of the receiver's answers; 0 is no answer."""

    message: dict[str, str]
    answers: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Desk:
    """What both services share. `sns` is the emulator's client."""

    receiver: str
    host: str
    signing: Issued
    sns: Any
    pause_seconds: float
    deliveries: list[Delivery] = field(default_factory=list)

    async def pass_on(self, message: Mapping[str, str]) -> None:
        """Sign it and post it to the receiver: again after no answer or 5xx, as SNS does."""
        delivery = Delivery(signed_again(message, self.signing.key, self.host, CERTIFICATE_NAME))
        self.deliveries.append(delivery)
        headers = {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": message["Type"]}
        async with httpx.AsyncClient(trust_env=False, timeout=15, headers=headers) as client:
            for _ in range(_TRIES):
                try:
                    status = (await client.post(self.receiver, json=delivery.message)).status_code
                except httpx.HTTPError:
                    status = 0
                delivery.answers.append(status)
                if status not in {0, 429, *range(500, 600)}:
                    return
                await asyncio.sleep(self.pause_seconds)


def deliveries(desk: Desk, token: str) -> Starlette:
    """Where the emulator's subscription leads, below `token`, which only the subscription knows.

    It answers at once: the emulator would not try again.
    """

    async def take(request: Request) -> Response:
        if not hmac.compare_digest(request.path_params["token"].encode(), token.encode()):
            return PlainTextResponse("Only the subscription's own address is answered.\n", 403)
        message = json.loads(await request.body())
        return PlainTextResponse("taken", background=BackgroundTask(desk.pass_on, message))

    return Starlette(routes=[Route("/{token}", take, methods=["POST"])], middleware=[Middleware(LoopbackOnly)])


def sns_host(desk: Desk) -> Starlette:
    """What a receiver asks of SNS: the signing certificate, and to confirm a subscription.

    A receiver knows no token of ours, so none is asked for: the certificate is public, and a confirmation carries
    the token that SNS sent to the endpoint which is to be confirmed, and to nobody else.
    """

    async def certificate(_: Request) -> Response:
        return Response(desk.signing.pem, media_type="application/x-pem-file")

    async def confirm(request: Request) -> Response:
        asked = request.query_params
        if asked.get("Action") != "ConfirmSubscription" or not {"TopicArn", "Token"} <= asked.keys():
            return PlainTextResponse("Only ConfirmSubscription is answered, with TopicArn and Token.\n", 400)
        try:
            confirmed = await run_in_threadpool(
                desk.sns.confirm_subscription, TopicArn=asked["TopicArn"], Token=asked["Token"]
            )
        except ClientError as error:
            return PlainTextResponse(f"The subscription was not confirmed: {error}\n", 400)
        return PlainTextResponse(confirmed["SubscriptionArn"])

    routes = [Route(f"/{CERTIFICATE_NAME}", certificate, methods=["GET"]), Route("/", confirm, methods=["GET"])]
    return Starlette(routes=routes, middleware=[Middleware(LoopbackOnly, names=(), hosts=(desk.host,))])
