"""`make up` as it is, in this process, with one private file more: what nobody but this process knows.

Usage: python -m tests.system.e2e.strangers.opened_up FILE, and then what `python -m local` takes. A test compares
the fake upstream's books by it, and looks for its secrets in what strangers were answered.
"""

import json
import sys
from pathlib import Path
from typing import Self

from local.cli import app
from local.fake_upstream import FakeUpstream
from local.runs.files import write_private
from local.stack import stack
from local.stack.emulator import Emulator

_FILE = Path(sys.argv.pop(1)) if __name__ == "__main__" else Path()
_KNOWN: dict[str, str] = {}


class _OpenUpstream(FakeUpstream):
    def start(self) -> Self:
        super().start()
        _KNOWN.update(
            upstream=self.url, delivery=self.delivery_url, admin_token=self.admin_token, upstream_key=self.key
        )
        return self


class _OpenEmulator(Emulator):
    def __enter__(self) -> Self:
        super().__enter__()
        _KNOWN.update(emulator=self.url, run_token=self._token, emulator_pid=str(self.pid))
        write_private(_FILE, json.dumps(_KNOWN))
        return self


if __name__ == "__main__":
    vars(stack).update(FakeUpstream=_OpenUpstream, Emulator=_OpenEmulator)
    app()
