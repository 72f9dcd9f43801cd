"""`depthdrop secret`: puts the upstream's key, read from standard input, into the stack's secret.

The key is no argument, for those show in the list of processes and in the shell's history, and it is never printed.
"""

import getpass
import sys

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output

_MOST_BYTES = 4096
_TAKEN_UP = "Running functions use it within five minutes; drops that rest for its sake go on by themselves."


def secret(stack: OperatorStack, out: Output) -> Exit:
    """Put the upstream's API key, read from standard input, into the stack's secret."""
    arn = stack.resource("UpstreamKey")  # before anything is asked for
    key = key_of(_read())
    aws.secretsmanager().put_secret_value(SecretId=arn, SecretString=key)
    out.say(f"The key ({len(key)} characters) is in the secret of {stack.name}. {_TAKEN_UP}")
    out.answer({"stack": stack.name, "secret": arn, "characters": len(key)})
    return Exit.DONE


def key_of(given: bytes) -> str:
    """The one line that was given, without its end. Raises UsageError, which does not repeat it."""
    if len(given) > _MOST_BYTES:
        raise UsageError(f"That is no key: it has more than {_MOST_BYTES} bytes. Nothing was changed.")
    lines = given.strip().splitlines()
    if not lines:
        raise UsageError("There is no key on standard input. Nothing was changed.")
    if len(lines) > 1:
        raise UsageError(f"A key is one line; these are {len(lines)}. Nothing was changed.")
    key = lines[0].decode("ascii", "replace")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError("That is no key: it has blanks, or characters that no header takes. Nothing was changed.")
    return key


def _read() -> bytes:
    """From the keyboard without an echo, or whatever is piped in."""
    if sys.stdin.isatty():
        return getpass.getpass("The upstream's API key (it does not show): ").encode()
    return sys.stdin.buffer.read(_MOST_BYTES + 1)
