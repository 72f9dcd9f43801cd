"""The command line: `serve` and `faults`."""

import contextlib
import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from depthdrop_cli.terminal.output import run_app, say
from depthdrop_cli.terminal.unexpected import PlainFormatter
from local.fake_upstream.catalogue import markdown_table
from local.fake_upstream.server import FakeUpstream
from local.fake_upstream.settings import Settings
from local.runs.files import write_private

_KEY = "FAKE_UPSTREAM_KEY"  # an environment variable

cli = typer.Typer(
    help="A fake of CometAPI's Flux endpoint, on loopback.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@cli.command()
def serve(
    *,
    port: Annotated[int, typer.Option(help="API port; 0 lets the system choose.")] = 8790,
    delivery_port: Annotated[int, typer.Option(help="Port of the sample links; 0 lets the system choose.")] = 0,
    speed: Annotated[float, typer.Option(help="Divides every simulated time.")] = 1.0,
    ledger: Annotated[Path | None, typer.Option(help="Append each charge to this JSONL file.")] = None,
    announce_file: Annotated[Path | None, typer.Option(help="Write the ports here when ready.")] = None,
) -> None:
    """Serve until SIGINT or SIGTERM. The accepted key is FAKE_UPSTREAM_KEY, or one made now and printed.

    The key and the token of /admin are never arguments, which a list of processes shows. POST /admin/settings
    changes the latency, the cap of active tasks and the balance.
    """
    key = os.environ.get(_KEY)
    options = {"port": port, "delivery_port": delivery_port, "speed": speed, "ledger_path": ledger}
    try:
        settings = Settings.model_validate(options if key is None else {**options, "key": key})
    except ValidationError as error:
        raise _failed("; ".join(f"{found['loc'][0]}: {found['msg']}" for found in error.errors())) from None
    if ledger is not None:
        with _one_sentence(f"cannot write the ledger {ledger}"):
            ledger.parent.mkdir(parents=True, exist_ok=True)
            ledger.open("a", encoding="utf-8").close()
    _run(settings, announce_file, with_key=key is None)


@cli.command()
def faults() -> None:
    """Print the fault catalogue."""
    for line in markdown_table().splitlines():
        say(line)


def _run(settings: Settings, announce_file: Path | None, *, with_key: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    handler = logging.StreamHandler()  # to stderr
    handler.setFormatter(PlainFormatter("%(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.getLogger("local.fake_upstream").setLevel(logging.INFO)
    with _one_sentence(f"cannot listen on 127.0.0.1, ports {settings.port} and {settings.delivery_port}"):
        fake = FakeUpstream(settings)
    with fake:
        facts = {"url": fake.url, "delivery_url": fake.delivery_url, "admin_token": fake.admin_token}
        line = json.dumps({**facts, **({"key": fake.key} if with_key else {}), "pid": os.getpid()})
        if announce_file is not None:
            with _one_sentence(f"cannot write {announce_file}"):
                write_private(announce_file, line + "\n")
        say(line)
        stop.wait()


@contextlib.contextmanager
def _one_sentence(failure: str) -> Iterator[None]:
    """An OSError ends the command with `failure` and its reason."""
    try:
        yield
    except OSError as error:
        raise _failed(f"{failure}: {error.strerror}") from None


def _failed(sentence: str) -> typer.Exit:
    say(f"fake upstream: {sentence}", stderr=True)
    return typer.Exit(1)


if __name__ == "__main__":
    run_app(cli, "python -m local.fake_upstream")
