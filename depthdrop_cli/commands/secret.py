"""`depthdrop secret`: stores the upstream's key, read from standard input, in the stack's secret.

The key is never printed, and no argument: those are visible in the process list and the shell's history.
"""

import getpass
import sys

from depthdrop import aws
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output

_MAX_BYTES = 4096
_NEXT = "Running functions use it within five minutes; drops parked because of the old key continue by themselves."


def secret(stack: OperatorStack, out: Output) -> Exit:
    """Store the upstream's API key, read from standard input, in the stack's secret."""
    arn = stack.resource("UpstreamKey")  # fails before the key is asked for
    key = key_of(_read())
    aws.secretsmanager().put_secret_value(SecretId=arn, SecretString=key)
    out.say(f"The key ({len(key)} characters) is in the secret of {stack.name}. {_NEXT}")
    out.answer({"stack": stack.name, "secret": arn, "characters": len(key)})
    return Exit.DONE


def key_of(given: bytes) -> str:
    """The single line of the input. Raises UsageError, whose message never contains the input."""
    if len(given) > _MAX_BYTES:
        raise UsageError(f"This is not a key: it has more than {_MAX_BYTES} bytes. Nothing was changed.")
    lines = given.strip().splitlines()
    if not lines:
        raise UsageError("There is no key on standard input. Nothing was changed.")
    if len(lines) > 1:
        raise UsageError(f"A key is one line; these are {len(lines)}. Nothing was changed.")
    key = lines[0].decode("ascii", "replace")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(
            "This is not a key: it has blanks, or characters that a header cannot hold. Nothing was changed."
        )
    return key


def _read() -> bytes:
    """From the keyboard without an echo, or from a pipe."""
    if sys.stdin.isatty():
        return getpass.getpass("The upstream's API key (it does not show): ").encode()
    return sys.stdin.buffer.read(_MAX_BYTES + 1)
