"""Another user of this machine, whose process tries what a test wants, and folders that it may reach."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.system.e2e.strangers import stranger

State = Callable[[str, object], None]
IS_ROOT = os.geteuid() == 0


@contextmanager
def open_folder(mode: int) -> Iterator[Path]:
    """Pytest's own folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="depthdrop-shared-"))
    folder.chmod(mode)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def tries(**wanted: Any) -> dict[str, Any]:
    """What another user gets."""
    with listening_stranger(**wanted) as process:
        output, _ = process.communicate(timeout=300)
    found: dict[str, Any] = json.loads(output)
    assert found["user"] == (stranger.NOBODY if IS_ROOT else os.geteuid())
    return found


@contextmanager
def listening_stranger(**wanted: Any) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-I", stranger.__file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(f"{json.dumps(wanted)}\n")
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()
