"""python -m signer: signs a running local stack's messages and sends them to a receiver on this machine."""

import contextlib
import os
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from depthdrop_cli.stack.local_stack import running
from depthdrop_cli.stack.stacks import find_stack
from depthdrop_cli.terminal.errors import CliError
from depthdrop_cli.terminal.output import run_app, say
from local.stack.deploy import STACK
from local.stack.emulator import REGION
from local.stack.processes import LocalStackError, errors_as_sentences, listens
from signer.server import signing

_ENDPOINT = "AWS_ENDPOINT_URL"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(receiver: Annotated[str, typer.Option(help="URL to deliver to.")] = "http://127.0.0.1:8080/sns") -> None:
    """Sign the messages of the running local stack and pass them on, as SNS would. Ctrl-C stops."""
    with errors_as_sentences():
        host, port = _address(receiver)
        topic_arn = _topic_of_the_stack()
        sns: Any = boto3.client("sns")
        with signing(sns, REGION, receiver) as signer:
            say("Start the receiver with:")
            say(f"  WEBHOOK_TOPIC_ARN={topic_arn}")
            say(f"  WEBHOOK_DEVELOPMENT_SIGNER={signer.address}")
            say(f"  WEBHOOK_DEVELOPMENT_AUTHORITY={signer.authority_file}")
            while not listens(port, host):
                time.sleep(0.2)
            sns.subscribe(TopicArn=topic_arn, Protocol="http", Endpoint=signer.endpoint)
            say("Subscribed.")
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    time.sleep(60)
            say(f"Passed on {len(signer.deliveries)} messages.")


def _address(receiver: str) -> tuple[str, int]:
    """Host and port of this URL. Raises LocalStackError when it is none."""
    try:
        parts = urlsplit(receiver)
        port = parts.port or 80
    except ValueError as error:
        raise LocalStackError(f"{receiver} is not a URL: {error}.") from error
    return parts.hostname or "", port


def _topic_of_the_stack() -> str:
    """The topic of the stack that `make up` runs here, or of that at the endpoint in boto3's variables.

    Raises LocalStackError when there is neither: the signer is not for an AWS account.
    """
    address = running(Path.cwd())
    if address is not None:
        address.enter()
    elif not os.environ.get(_ENDPOINT):
        raise LocalStackError(
            f"No local stack runs in this folder: start it with `make up`, or set {_ENDPOINT} and its credentials."
        )
    os.environ["AWS_DEFAULT_REGION"] = REGION
    try:
        return find_stack(STACK).outputs["NotificationsTopicArn"]
    except (CliError, BotoCoreError, ClientError) as error:
        raise LocalStackError(f"There is no local stack at {os.environ[_ENDPOINT]}: {error}") from error


if __name__ == "__main__":
    run_app(app, "python -m signer")
