"""The command line of the local stack, for `make run` and `make up`."""

import contextlib
import os
from pathlib import Path
from typing import Annotated

import typer

from depthdrop.drop.formats import IMAGE_SUFFIXES
from depthdrop.drop.inbox_keys import Kind, kind_of
from depthdrop.drop.pairing import sidecar_keys_of
from depthdrop.environment import CONTAINER_HOST
from depthdrop_cli.stack.no_links import names_below, names_in, read_below, read_named
from depthdrop_cli.terminal.output import PlainConsole
from local.fake_upstream import Settings
from local.runs import files
from local.runs.run import run
from local.runs.up import up
from local.stack.processes import LocalStackError, errors_as_sentences
from local.stack.stack import REAL_UPSTREAM, Options

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The whole of depthdrop on this machine: AWS emulated, the real template, the real Lambdas. "
    "No Docker, no account. Without COMETAPI_API_KEY a fake upstream is used and no money is spent.",
)

Speed = Annotated[
    float,
    typer.Option(
        envvar="SPEED", min=0.1, max=1000, help="Divides the fake upstream's times; 1 is as slow as the real API."
    ),
]
BaseUrl = Annotated[
    str, typer.Option(envvar="UPSTREAM_BASE_URL", help="Origin of the real API; used only with COMETAPI_API_KEY.")
]


@app.command("run")
def run_command(
    image: Annotated[
        Path | None, typer.Option(envvar="IMAGE", help="Your picture. Without it the samples are edited.")
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(envvar="PROMPT", help="The prompt for it. Without it the sidecar beside the picture is used."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for edited pictures, manifests and notifications.")] = Path(
        "out"
    ),
    speed: Speed = 5.0,
    base_url: BaseUrl = REAL_UPSTREAM,
) -> None:
    """Drop pictures, watch the edits, and fetch the results.

    Examples: `make run`, `make run IMAGE=photo.jpg PROMPT="a watercolour"`, `make run SPEED=1`.
    """
    with errors_as_sentences():
        drops = _drops(image if str(image) not in {"", "."} else None, prompt or None)
        raise typer.Exit(run(PlainConsole(), drops, out, _options(speed, base_url, out)))


@app.command("up")
def up_command(
    inbox: Annotated[Path, typer.Option(help="Pictures and sidecars dropped here are edited.")] = Path("inbox"),
    outbox: Annotated[Path, typer.Option(help="Results, manifests and receipts appear here.")] = Path("outbox"),
    speed: Speed = 5.0,
    base_url: BaseUrl = REAL_UPSTREAM,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; without it a free one.")] = 0,
    browser: Annotated[  # noqa: FBT002  # typer makes a flag of it
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser of this terminal.")
    ] = True,
    containers: Annotated[  # noqa: FBT002  # typer makes a flag of it
        bool,
        typer.Option("--containers", help="Also serve containers, as host.docker.internal, and write their files."),
    ] = False,
) -> None:
    """Keep the stack running, serve its page and watch a folder until Ctrl-C."""
    console = PlainConsole()
    with errors_as_sentences():
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C ends this command
            options = _options(speed, base_url, None, containers=containers)
            up(console, inbox, outbox, options, port=port, browser=browser)
        console.print("Stopped. Nothing is left running.")


def _options(speed: float, base_url: str, out: Path | None, *, containers: bool = False) -> Options:
    key = os.environ.get("COMETAPI_API_KEY")
    if key is not None and not key.strip():
        raise LocalStackError(
            "COMETAPI_API_KEY is set but empty: set it to a key, or unset it to use the fake upstream."
        )
    ledger = None
    if out is not None and key is None:
        files.make_folder(out)
        ledger = files.write(out, "ledger.jsonl", b"")  # replaces the ledger of an earlier run
    hosts = frozenset({CONTAINER_HOST} if containers else ())
    upstream = Settings(speed=speed, ledger_path=ledger, extra_hosts=hosts)
    return Options(upstream, key, base_url, containers=containers)


def _drops(image: Path | None, prompt: str | None) -> dict[str, bytes]:
    """The files to drop, by key. Raises FileError, and LocalStackError for a bad argument."""
    if image is None:
        if prompt is not None:
            raise LocalStackError("PROMPT needs a picture: make run IMAGE=photo.jpg PROMPT=...")
        return {name: read_below(SAMPLES, name) for name in names_below(SAMPLES) if kind_of(name) is not Kind.OTHER}
    if kind_of(image.name) is not Kind.IMAGE:
        known = ", ".join(sorted(IMAGE_SUFFIXES))
        raise LocalStackError(f"{image} is not a picture that can be edited; its name must end in one of {known}.")
    drops = {image.name: read_named(image)}
    if prompt is not None:
        return drops | {f"{image.name}.txt": prompt.encode()}
    sidecars = sidecar_keys_of(image.name, names_in(image.parent))
    if not sidecars:
        raise LocalStackError(
            f'There is no prompt for {image}: add PROMPT="..." or put {image.stem}.txt beside it.'
        )
    return drops | {name: read_below(image.parent, name) for name in sidecars}
