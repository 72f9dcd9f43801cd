"""python -m local.signer: brings a running local stack's events, signed, to a receiver on this machine."""

import socket
import time
from typing import Annotated
from urllib.parse import urlsplit

import boto3
import typer

from local.emulator import REGION
from local.signer.server import Signer


def main(
    emulator: Annotated[str, typer.Option(help="Address of the emulator, which `make up` prints.")],
    topic_arn: Annotated[str, typer.Option(help="The stack's output NotificationsTopicArn.")],
    receiver: Annotated[str, typer.Option(help="Where to deliver.")] = "http://127.0.0.1:8080/sns",
) -> None:
    """Sign what the emulator's topic sends and pass it on, as SNS would. Ctrl-C stops."""
    sns = boto3.client(
        "sns",
        endpoint_url=emulator,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # the emulator takes any
    )
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
