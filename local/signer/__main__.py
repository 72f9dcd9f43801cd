"""python -m local.signer: brings a running local stack's events, signed, to a receiver on this machine."""

import socket
import time
from typing import Annotated
from urllib.parse import urlsplit

import boto3
import typer
from botocore.exceptions import BotoCoreError

from local.deploy import STACK
from local.emulator import REGION
from local.signer.server import Signer


def main(
    emulator: Annotated[str, typer.Option(help="Address of the emulator, which `make up` prints.")],
    receiver: Annotated[str, typer.Option(help="Where to deliver.")] = "http://127.0.0.1:8080/sns",
) -> None:
    """Sign what the emulator's topic sends and pass it on, as SNS would. Ctrl-C stops."""
    # Any key will do for the emulator.
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)  # noqa: S106
    topic_arn = _topic_of_the_stack(session, emulator)
    sns = session.client("sns", endpoint_url=emulator)
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


def _topic_of_the_stack(session: boto3.Session, emulator: str) -> str:
    cloudformation = session.client("cloudformation", endpoint_url=emulator)
    try:
        outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    except BotoCoreError as error:
        typer.echo(f"There is no emulator at {emulator}: {error}", err=True)
        raise typer.Exit(1) from None
    return next(one["OutputValue"] for one in outputs if one["OutputKey"] == "NotificationsTopicArn")


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
