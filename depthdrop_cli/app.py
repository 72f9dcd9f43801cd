"""The command line: its commands, the options that all of them have, and the exit codes.

Each command is defined, with its own options and help, in the module of its name.
"""

import signal
import sys
import threading
from collections.abc import Callable
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from depthdrop import __version__
from depthdrop_cli.commands.cancel import cancel
from depthdrop_cli.commands.destroy import destroy
from depthdrop_cli.commands.doctor import doctor
from depthdrop_cli.commands.drop import drop
from depthdrop_cli.commands.explain import explain
from depthdrop_cli.commands.ledger import ledger
from depthdrop_cli.commands.list import show_list
from depthdrop_cli.commands.replay import replay
from depthdrop_cli.commands.secret import secret
from depthdrop_cli.commands.smoke import smoke
from depthdrop_cli.commands.status import status
from depthdrop_cli.stack.stacks import OperatorStack, find_stack
from depthdrop_cli.terminal.errors import CliError, Exit, UsageError, not_utf8
from depthdrop_cli.terminal.output import Output, run_app, say

_EXIT_CODES = (
    "Exit codes: 0 done; 1 error (stack, AWS or this machine); 2 the command was not understood; "
    "3 unsuccessful (refused, failed, too late, declined, or doctor found something); 4 no such edit or key; "
    "5 not finished when --timeout was over; 130 interrupted."
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Drops pictures into a depthdrop stack and shows the outcome and the cost of each. "
    "Without --stack it uses the stack that `make up` runs here.",
    epilog=_EXIT_CODES,
)

StackName = Annotated[
    str | None,
    typer.Option(
        "--stack", envvar="DEPTHDROP_STACK", help="A deployed stack; AWS_PROFILE and AWS_REGION select where."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout; messages stay on stderr.")]


def gallery(
    stack: OperatorStack,
    out: Output,
    *,
    allow_drop: Annotated[
        bool, typer.Option("--allow-drop", help="The page may drop pictures, which costs money.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
) -> Exit:
    """Serve a page of all edits on this machine, with your credentials, until Ctrl-C; read-only by default."""
    from depthdrop_cli.page import server  # noqa: PLC0415  # imports a web server, which no other command needs

    with server.served(stack, server.bound(port), allow_drop=allow_drop) as page:
        data = {"url": page.url, "stack": stack.name, "allow_drop": allow_drop}
        out.answer(data, [f"{stack.name} is shown at {page.url} Ctrl-C stops."])
        out.console.file.flush()
        server.show(page.opener, is_terminal=sys.stdout.isatty(), wanted=browser)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            out.say("Stopped.")
    return Exit.DONE


def _add(work: Callable[..., Exit], name: str = "") -> None:
    """Add `work(stack, out, ...)` as a command with its own parameters, --stack and --json.

    The command exits with the code that `work` returns, or prints one sentence for the error that it raises.
    """

    def command(*, stack: StackName = None, as_json: AsJson = False, **own: Any) -> None:
        out = Output(as_json=as_json)
        try:
            found = find_stack(stack or None)
            if work is destroy and not stack:
                raise UsageError("Name the stack with --stack; the local stack is deleted when `make up` stops.")
            code = work(found, out, **own)
        except (CliError, ClientError, BotoCoreError, OSError, UnicodeEncodeError, KeyboardInterrupt) as error:
            code, sentence = _exit_for(error)
            out.say(sentence)
        raise typer.Exit(int(code))

    _, _, *own = signature(work).parameters.values()
    shared = [it for it in signature(command).parameters.values() if it.kind is Parameter.KEYWORD_ONLY]
    command.__dict__["__signature__"] = Signature(  # where typer reads a command's parameters from
        [*(parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in own), *shared]
    )
    app.command(name or work.__name__, help=work.__doc__)(command)


def _exit_for(error: BaseException) -> tuple[Exit, str]:
    match error:
        case CliError():
            return error.code, str(error)
        case KeyboardInterrupt():
            return Exit.INTERRUPTED, "Interrupted. What was uploaded continues by itself."
        case UnicodeEncodeError():
            return Exit.USAGE, not_utf8(error)
        case NoCredentialsError():
            sentence = "There are no AWS credentials. Set AWS_PROFILE, or sign in with `aws sso login`."
        case NoRegionError():
            sentence = "No AWS region is set. Set AWS_REGION."
        case ClientError(response={"Error": reason}):
            sentence = f"AWS refused {error.operation_name}: {reason.get('Code', '?')}: {reason.get('Message', '')}"
        case BotoCoreError():
            sentence = f"AWS could not be reached: {error}"
        case _:
            sentence = f"Error on this machine: {error}"
    return Exit.ERROR, sentence


_add(status)
_add(show_list, "list")
for _command in (explain, drop, cancel, replay, ledger, gallery, doctor, secret, smoke, destroy):
    _add(_command)


def _version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options before the command; `version` is handled by its callback."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run_app(app, "depthdrop")
