"""Where a running `make up` can be found: a small file below its folder, which goes when it stops."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.errors import CliError

PLACE = Path("build") / "local" / "stack.json"


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """The emulator's address, the stack's name there, and the process that keeps both."""

    pid: int
    endpoint: str
    region: str
    stack: str

    def write(self, root: Path) -> Path:
        """Raises OSError."""
        path = root / PLACE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self)))
        return path

    def variables(self) -> Mapping[str, str]:
        """The environment in which boto3 speaks to the emulator and to nothing else. It takes any credentials."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "NO_PROXY": "127.0.0.1",
        }


def running(folder: Path) -> LocalAddress | None:
    """The local stack of this folder or of one above it, if it still runs."""
    for root in (folder, *folder.parents):
        path = root / PLACE
        if path.is_file():
            address = _read(path)
            return address if is_alive(address.pid) else None
    return None


def _read(path: Path) -> LocalAddress:
    try:
        return LocalAddress(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise CliError(f"{path} cannot be read; stop the local stack and start it again with `make up`.") from error


def is_alive(pid: int) -> bool:
    """Whether this process still runs; one of another user counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
