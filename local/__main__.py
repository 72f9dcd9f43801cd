"""`python -m local`: see `local.cli`."""

import signal

# During the imports there is nothing to clean up: Ctrl-C just ends the process.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from depthdrop_cli.terminal.output import run_app  # noqa: E402  # after the line above, on purpose
from local.cli import app  # noqa: E402  # the same

run_app(app, "python -m local")
