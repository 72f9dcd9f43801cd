"""`depthdrop gallery`: the page of a stack, with the credentials of whoever runs the command."""

import sys
import threading

from depthdrop_cli.page.server import bound, served, show
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit
from depthdrop_cli.terminal.output import Output


def gallery(stack: OperatorStack, out: Output, *, allow_drop: bool, port: int, browser: bool) -> Exit:
    """Until Ctrl-C."""
    with served(stack, bound(port), allow_drop=allow_drop) as page:
        data = {"url": page.url, "stack": stack.name, "allow_drop": allow_drop}
        out.answer(data, lambda console: console.print(f"{stack.name} is shown at {page.url} Ctrl-C stops."))
        out.console.file.flush()
        show(page.opener, is_terminal=sys.stdout.isatty(), wanted=browser)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            out.say("Stopped.")
    return Exit.DONE
