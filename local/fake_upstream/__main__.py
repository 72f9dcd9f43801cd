"""The command line: `serve`, `faults`, `ledger`."""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.fake_upstream.admin import TOKEN_HEADER
from local.fake_upstream.catalogue import CATALOGUE, COLUMNS, row
from local.fake_upstream.ledger import read_ledger_file, total
from local.fake_upstream.server import FakeUpstream
from local.fake_upstream.settings import Settings
from local.runs.files import write_private

_KEY, _TOKEN = "FAKE_UPSTREAM_KEY", "FAKE_UPSTREAM_TOKEN"  # names of variables

cli = typer.Typer(
    help="A stand-in for CometAPI's Flux endpoint, on loopback.", no_args_is_help=True, add_completion=False
)


@cli.command()
def serve(  # noqa: PLR0913  # one parameter an option
    *,
    port: Annotated[int, typer.Option(help="API port; 0 lets the system choose.")] = 8790,
    delivery_port: Annotated[int, typer.Option(help="Port of the sample links; 0 lets the system choose.")] = 0,
    median: Annotated[float, typer.Option(help="Median latency of a task, in seconds.")] = 15.0,
    mean: Annotated[float, typer.Option(help="Mean latency of a task, in seconds.")] = 19.0,
    speed: Annotated[float, typer.Option(help="Divides every simulated time.")] = 1.0,
    active_cap: Annotated[int, typer.Option(help="Active tasks before a 429.")] = 24,
    balance: Annotated[float | None, typer.Option(help="Credit in USD; endless when absent.")] = None,
    random_seed: Annotated[int | None, typer.Option(help="Makes the latencies repeatable.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="Append each charge to this JSONL file.")] = None,
    announce_file: Annotated[Path | None, typer.Option(help="Write the ports here when ready.")] = None,
) -> None:
    """Serve until SIGINT or SIGTERM. The accepted key is FAKE_UPSTREAM_KEY, or one made now and printed.

    Both the key and the token of /admin are for the environment and files: arguments show in the list of processes.
    """
    given = os.environ.get(_KEY)
    settings = _checked(
        **({} if given is None else {"key": given}),
        port=port,
        delivery_port=delivery_port,
        median=median,
        mean=mean,
        speed=speed,
        active_cap=active_cap,
        balance=balance,
        random_seed=random_seed,
        ledger_path=ledger,
    )
    _run(settings, announce_file, tells_key=given is None)


def _checked(**options: object) -> Settings:
    try:
        settings = Settings.model_validate(options)
    except ValidationError as error:
        raise _end("; ".join(map(_sentence, error.errors()))) from None
    if settings.ledger_path is not None:
        _check_writable(settings.ledger_path)
    return settings


def _run(settings: Settings, announce_file: Path | None, *, tells_key: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    _log_to_stderr()
    try:
        fake = FakeUpstream(settings)
    except OSError as error:
        ports = f"{settings.port} and {settings.delivery_port}"
        raise _end(f"cannot listen on 127.0.0.1, ports {ports}: {error.strerror}") from None
    with fake:
        try:
            _announce(fake, announce_file, tells_key=tells_key)
        except OSError as error:
            raise _end(f"cannot write {announce_file}: {error.strerror}") from None
        stop.wait()


@cli.command()
def faults() -> None:
    """Print the fault catalogue."""
    _print_table(COLUMNS, [row(fault) for fault in CATALOGUE.values()])


@cli.command()
def ledger(
    url: Annotated[str | None, typer.Option(help="A running server's API address.")] = None,
    file: Annotated[Path | None, typer.Option(help="A --ledger file.")] = None,
) -> None:
    """Print what was charged, from a running server (its admin_token in FAKE_UPSTREAM_TOKEN) or a ledger file."""
    if (url is None) == (file is None):
        raise _end("name one source: --url of a running server, or --file of a ledger")
    charges = _fetch(url) if url is not None else _read(file or Path())
    columns = ("charged_at", "model", "usd", "answer", "seed", "task_id", "prompt")
    _print_table(columns, [tuple(str(charge[name]) for name in columns) for charge in charges])
    typer.echo(f"{len(charges)} charges, ${total(charge['usd'] for charge in charges)}")


def _fetch(url: str) -> list[dict[str, Any]]:
    token = os.environ.get(_TOKEN, "")
    try:
        answer = httpx.get(f"{url.rstrip('/')}/admin/ledger", headers={TOKEN_HEADER: token})
        if answer.status_code == HTTPStatus.FORBIDDEN:
            raise _end(f"{url} refuses the token: {_TOKEN} must hold the admin_token that `serve` printed")
        charges: list[dict[str, Any]] = answer.raise_for_status().json()["charges"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        raise _end(f"no ledger at {url}: {error}") from None
    return charges


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        return read_ledger_file(file)
    except (OSError, ValueError) as error:
        raise _end(f"cannot read the ledger {file}: {error}") from None


def _check_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise _end(f"cannot write the ledger {path}: {error.strerror}") from None


def _announce(fake: FakeUpstream, file: Path | None, *, tells_key: bool) -> None:
    told = {"url": fake.url, "delivery_url": fake.delivery_url, "admin_token": fake.admin_token}
    line = json.dumps({**told, **({"key": fake.key} if tells_key else {}), "pid": os.getpid()})
    if file is not None:
        write_private(file, line + "\n")
    typer.echo(line)
    sys.stdout.flush()


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("local.fake_upstream")
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False


def _print_table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = Table(*columns)
    for one in rows:
        table.add_row(*map(escape, one))
    # A pipe has no width of its own: do not fold the table to 80 columns there.
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _sentence(problem: Mapping[str, Any]) -> str:
    where = ".".join(map(str, problem["loc"]))
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def _end(sentence: str) -> typer.Exit:
    typer.echo(f"fake upstream: {sentence}", err=True)
    return typer.Exit(1)


if __name__ == "__main__":
    cli(prog_name="python -m local.fake_upstream")
