"""Another user of this machine, who plants files.

As root a process of that user does it. Otherwise this process does it, and counts as another user from then on.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

NOBODY_UID = 65534


@dataclass(frozen=True)
class OtherUser:
    """`folder` is one that every user may write to, such as /tmp."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def uid(self) -> int:
        return NOBODY_UID if os.getuid() == 0 else os.getuid()

    def runs(self, script: str, typed: str = "") -> None:
        """A shell script, in the folder."""
        as_root = os.getuid() == 0
        subprocess.run(
            ["/bin/sh", "-euc", script],
            cwd=self.folder,
            input=typed,
            text=True,
            check=True,
            user=NOBODY_UID if as_root else None,
            group=NOBODY_UID if as_root else None,
            extra_groups=[] if as_root else None,
        )
        if not as_root:
            self.monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)


@pytest.fixture
def other_user(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherUser]:
    """Pytest's own folders are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="depthdrop-shared-"))
    folder.chmod(0o1777)
    yield OtherUser(folder, monkeypatch)
    shutil.rmtree(folder)
