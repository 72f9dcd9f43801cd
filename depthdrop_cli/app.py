"""The command line: what each command is called and takes. What it does stands in the module of its name."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from depthdrop import __version__
from depthdrop_cli.commands import cancel as cancelling
from depthdrop_cli.commands import destroy as destroying
from depthdrop_cli.commands import doctor as doctoring
from depthdrop_cli.commands import drop as dropping
from depthdrop_cli.commands import explain as explaining
from depthdrop_cli.commands import ledger as accounting
from depthdrop_cli.commands import list as listing
from depthdrop_cli.commands import replay as replaying
from depthdrop_cli.commands import secret as keeping
from depthdrop_cli.commands import smoke as smoking
from depthdrop_cli.commands import status as telling
from depthdrop_cli.stack.stacks import OperatorStack, find_stack
from depthdrop_cli.terminal.errors import CliError, Exit, UsageError
from depthdrop_cli.terminal.output import Output

_EXIT_CODES = (
    "Exit codes: 0 done; 1 the stack, AWS or this machine stood in the way; 2 the command was not understood; "
    "3 not so: refused, failed, too late, declined, or something that doctor found; 4 no such edit or key; "
    "5 still going on when --timeout was over; 130 interrupted."
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Drops pictures into a stack of depthdrop and tells what becomes of them and what they cost. "
    "Without --stack it is the one that `make up` keeps running here.",
    epilog=_EXIT_CODES,
)

StackName = Annotated[
    str | None,
    typer.Option(
        "--stack", envvar="DEPTHDROP_STACK", help="A deployed stack; AWS_PROFILE and AWS_REGION say where."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout; messages stay on stderr.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Pay without being asked.")]


def _run(stack: str | None, as_json: bool, work: Callable[[OperatorStack, Output], Exit]) -> None:
    """Find the stack, do the work, and end with its exit code; one sentence for whatever stands in the way."""
    out = Output(as_json=as_json)
    try:
        code = work(find_stack(stack or None), out)
    except CliError as error:
        out.say(str(error))
        code = error.code
    except NoCredentialsError:
        out.say("There are no AWS credentials. Set AWS_PROFILE, or sign in with `aws sso login`.")
        code = Exit.IN_THE_WAY
    except NoRegionError:
        out.say("No AWS region is set. Set AWS_REGION.")
        code = Exit.IN_THE_WAY
    except (ClientError, BotoCoreError) as error:
        out.say(_sentence(error))
        code = Exit.IN_THE_WAY
    except OSError as error:
        out.say(f"This machine stood in the way: {error}")
        code = Exit.IN_THE_WAY
    except KeyboardInterrupt:
        out.say("Interrupted. What was uploaded goes on by itself.")
        code = Exit.INTERRUPTED
    raise typer.Exit(int(code))


def _sentence(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        told = error.response["Error"]
        return f"AWS refused {error.operation_name}: {told.get('Code', '?')}: {told.get('Message', '')}"
    return f"AWS could not be reached: {error}"


@app.command()
def status(
    what: Annotated[
        str | None, typer.Argument(metavar="[EDIT|KEY]", help="An edit_id or its beginning, or a key.")
    ] = None,
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """Tell all that is known of an edit, or of what became of a key; without either, how the stack stands."""
    _run(stack, as_json, lambda found, out: telling.status(found, out, what))


@app.command("list")
def list_command(
    state: Annotated[list[str] | None, typer.Option(help=f"Only these: {', '.join(listing.STATES)}.")] = None,
    folder: Annotated[str | None, typer.Option(help="Only what lies below this folder of the inbox.")] = None,
    page: Annotated[int, typer.Option(min=1)] = 1,
    size: Annotated[int, typer.Option(min=1, max=10_000, help="Entries of a page.")] = 50,
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """List edits, drops without an edit and files that wait, the latest first. It reads the whole table."""

    def work(found: OperatorStack, out: Output) -> Exit:
        unknown = sorted(set(state or ()) - set(listing.STATES))
        if unknown:
            raise UsageError(f"There is no state {unknown[0]}; there are {', '.join(listing.STATES)}.")
        return listing.show_list(found, out, state or [], folder, page, size)

    _run(stack, as_json, work)


@app.command()
def explain(
    key: Annotated[str, typer.Argument(help="A picture or sidecar in the inbox.")],
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """Say what a picture would be edited with, where each setting comes from, and its price; spends nothing."""
    _run(stack, as_json, lambda found, out: explaining.explain(found, out, key))


@app.command()
def drop(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures and sidecars.")
    ],
    prompt: Annotated[str | None, typer.Option(help="What to make of each; it goes with the picture.")] = None,
    sidecar: Annotated[Path | None, typer.Option(help="A sidecar for each picture.")] = None,
    to: Annotated[
        str | None, typer.Option(help="Key prefix to drop below; without it the stack's InboxPrefix.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow until every picture has its end.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 3900,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be paid; upload nothing.")] = False,
    yes: Yes = False,
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """Check pictures here, say the total price, and drop them. More than one to pay for is asked about."""
    wish = dropping.Wish(paths, to, prompt, sidecar, wait=wait, dry_run=dry_run, yes=yes, patience=timeout)
    _run(stack, as_json, lambda found, out: dropping.drop(found, out, wish))


@app.command()
def cancel(
    key: Annotated[str, typer.Argument(help="A picture in the inbox, or its sidecar.")],
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """See to it that a drop is never paid for; or say that it is too late, and what it costs."""
    _run(stack, as_json, lambda found, out: cancelling.cancel(found, out, key))


@app.command()
def replay(
    edit: Annotated[str, typer.Argument(help="An edit_id or its beginning.")],
    pay_again: Annotated[bool, typer.Option("--pay-again", help="Buy it once more, as a new edit.")] = False,
    yes: Yes = False,
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """Look at a failed edit's paid task again, or publish an edit's event again; both are free."""
    _run(stack, as_json, lambda found, out: replaying.replay(found, out, edit, pay_again=pay_again, yes=yes))


@app.command()
def ledger(
    since: Annotated[str | None, typer.Option(help="12h, 7d, 2w, a date or a moment.")] = None,
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """Sum up what was charged, may have been charged, and was for nothing. It reads the whole table."""
    _run(stack, as_json, lambda found, out: accounting.ledger(found, out, since))


@app.command()
def gallery(
    allow_drop: Annotated[
        bool, typer.Option("--allow-drop", help="The page may drop pictures, which costs money.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of 127.0.0.1; without it a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """Serve a page of all edits on this machine, with your credentials, until Ctrl-C; to look at only."""

    def work(found: OperatorStack, out: Output) -> Exit:
        from depthdrop_cli.page.gallery import gallery as serve  # noqa: PLC0415  # a web server, which no other command needs

        return serve(found, out, allow_drop=allow_drop, port=port, browser=browser)

    _run(stack, as_json, work)


@app.command()
def doctor(stack: StackName = None, as_json: AsJson = False) -> None:
    """Look whether all that the stack needs is there; spends and changes nothing."""
    _run(stack, as_json, doctoring.doctor)


@app.command()
def secret(stack: StackName = None, as_json: AsJson = False) -> None:
    """Put the upstream's API key, read from standard input, into the stack's secret."""
    _run(stack, as_json, keeping.secret)


@app.command()
def smoke(
    picture: Annotated[Path, typer.Argument(help="What to drop; it costs one edit.")],
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 600,
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """Drop one picture and look whether its event, its result and its manifest come back. One edit is paid."""
    _run(stack, as_json, lambda found, out: smoking.smoke(found, out, picture, timeout))


@app.command()
def destroy(
    empty: Annotated[
        bool, typer.Option("--empty", help="Delete the stack's buckets, with what is in them.")
    ] = False,
    table: Annotated[
        bool, typer.Option("--table", help="Delete the table, the record of what was bought.")
    ] = False,
    yes: Annotated[
        str | None, typer.Option(metavar="STACK", help="The stack's name, instead of a question.")
    ] = None,
    stack: StackName = None,
    as_json: AsJson = False,
) -> None:
    """Delete a deployed stack, after its name was typed. Its buckets and its table stay unless they are named."""

    def work(found: OperatorStack, out: Output) -> Exit:
        if not stack:
            raise UsageError("Name the stack with --stack; the local one goes when `make up` stops.")
        return destroying.destroy(found, out, destroying.Wish(yes or None, empty, table))

    _run(stack, as_json, work)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # its callback does it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and end.")
    ] = False,
) -> None:
    """What stands before the command."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    app(prog_name="depthdrop")
