"""python -m signer: brings a running local stack's events, signed, to a receiver on this machine."""

import os
import socket
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from depthdrop_cli.stack.local_stack import running
from local.stack.deploy import STACK
from local.stack.emulator import REGION
from local.stack.guarded import guarded
from local.stack.processes import LocalStackError
from signer.server import Signer

_ENDPOINT = "AWS_ENDPOINT_URL"


def main(
    receiver: Annotated[str, typer.Option(help="Where to deliver.")] = "http://127.0.0.1:8080/sns",
) -> None:
    """Sign what the topic of the running local stack sends and pass it on, as SNS would. Ctrl-C stops."""

    def work() -> int:
        _speak_to_the_local_stack()
        topic_arn = _topic_of_the_stack()
        sns: Any = boto3.client("sns", region_name=REGION)
        with Signer(sns, REGION, receiver) as signer:
            typer.echo("Start the receiver with:")
            typer.echo(f"  WEBHOOK_TOPIC_ARN={topic_arn}")
            typer.echo(f"  WEBHOOK_DEVELOPMENT_SIGNER={signer.address}")
            typer.echo(f"  WEBHOOK_DEVELOPMENT_AUTHORITY={signer.authority_file}")
            _wait_for(receiver)
            sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=signer.endpoint)
            typer.echo("Subscribed.")
            try:
                while True:
                    time.sleep(60)
            except KeyboardInterrupt:
                typer.echo(f"Passed on {len(signer.deliveries)} messages.")
        return 0

    raise typer.Exit(guarded(work))


def _speak_to_the_local_stack() -> None:
    """By boto3's own variables: those of the stack that `make up` keeps running here, or what is set already.

    Raises LocalStackError when neither names an endpoint: nothing of this is meant for an account of AWS.
    """
    address = running(Path.cwd())
    if address is not None:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        os.environ.update(address.variables())
    if not os.environ.get(_ENDPOINT):
        raise LocalStackError(
            f"No local stack runs in this folder: start it with `make up`, or set {_ENDPOINT} and its credentials."
        )


def _topic_of_the_stack() -> str:
    cloudformation: Any = boto3.client("cloudformation", region_name=REGION)
    try:
        outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(f"There is no local stack at {os.environ[_ENDPOINT]}: {error}") from error
    found: str = next(one["OutputValue"] for one in outputs if one["OutputKey"] == "NotificationsTopicArn")
    return found


def _wait_for(receiver: str) -> None:
    parts = urlsplit(receiver)
    while True:
        try:
            with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=1):
                return
        except OSError:
            time.sleep(0.2)


if __name__ == "__main__":
    typer.run(main)
