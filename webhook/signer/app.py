"""Two small services: one signs the emulator's deliveries and passes them on; the other replaces SNS's own host."""

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
    """SNS's signature of a message, written from the Developer Guide and not from the verifier's code."""
    if fields["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303  # SNS's version 1
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), digest)).decode("ascii")


def signed_again(message: Mapping[str, str], key: RSAPrivateKey, host: str, file: str) -> dict[str, str]:
    """An emulator's message with the signature, certificate `file` and link that SNS at `host` would send."""
    fields = dict(message)
    if "Token" in fields:
        query = f"Action=ConfirmSubscription&TopicArn={fields['TopicArn']}&Token={fields['Token']}"
        fields["SubscribeURL"] = f"https://{host}/?{query}"
    proof = {"SignatureVersion": "2", "Signature": signature(fields, key, "2")}
    return {**fields, **proof, "SigningCertURL": f"https://{host}/{file}"}


@dataclass(slots=True)
class Delivery:
    """A message that was passed on, and the status of each answer of the receiver; 0 is no answer."""

    message: dict[str, str]
    answers: list[int] = field(default_factory=list)


@dataclass(slots=True)
class SignerState:
    """The state of both services. `sns` is the emulator's client."""

    receiver: str
    host: str
    signing: Issued
    sns: Any
    pause_seconds: float
    deliveries: list[Delivery] = field(default_factory=list)

    async def pass_on(self, message: Mapping[str, str]) -> None:
        """Sign a message and post it to the receiver; again after no answer or 5xx, as SNS does."""
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


def deliveries(state: SignerState, token: str) -> Starlette:
    """The endpoint of the emulator's subscription; only the subscription knows `token`, which is its path.

    It answers at once: the emulator does not retry.
    """

    async def take(request: Request) -> Response:
        if not hmac.compare_digest(request.path_params["token"].encode(), token.encode()):
            return PlainTextResponse("Only the subscription's own address is answered.\n", 403)
        message = json.loads(await request.body())
        return PlainTextResponse("taken", background=BackgroundTask(state.pass_on, message))

    return Starlette(routes=[Route("/{token}", take, methods=["POST"])], middleware=[Middleware(LoopbackOnly)])


def sns_host(state: SignerState) -> Starlette:
    """SNS's host for a receiver: it has the signing certificate, and confirms a subscription.

    It requires no token of ours, which a receiver does not know: the certificate is public, and a confirmation has
    the token that was sent only to the endpoint.
    """

    async def certificate(_: Request) -> Response:
        return Response(state.signing.pem, media_type="application/x-pem-file")

    async def confirm(request: Request) -> Response:
        query = request.query_params
        if query.get("Action") != "ConfirmSubscription" or not {"TopicArn", "Token"} <= query.keys():
            return PlainTextResponse("Only ConfirmSubscription is answered, with TopicArn and Token.\n", 400)
        try:
            confirmed = await run_in_threadpool(
                state.sns.confirm_subscription, TopicArn=query["TopicArn"], Token=query["Token"]
            )
        except ClientError as error:
            return PlainTextResponse(f"The subscription was not confirmed: {error}\n", 400)
        return PlainTextResponse(confirmed["SubscriptionArn"])

    routes = [Route(f"/{CERTIFICATE_NAME}", certificate, methods=["GET"]), Route("/", confirm, methods=["GET"])]
    return Starlette(routes=routes, middleware=[Middleware(LoopbackOnly, names=(), hosts=(state.host,))])
