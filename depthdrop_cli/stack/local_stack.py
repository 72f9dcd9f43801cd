"""The address of a running `make up`: a small file below its folder, deleted when it stops.

The file holds the run's keys, and a command that trusts it sends the upstream's key to its endpoint. So it must be
this user's private file in folders that nobody else can change, its endpoint must be on loopback, and the process
that wrote it must still be running.
"""

import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import boto3

from depthdrop_cli.stack import processes
from depthdrop_cli.stack.no_links import replace_at
from depthdrop_cli.stack.ownership import PRIVATE, UntrustedError, fault_of_file, me, private_folder_at
from depthdrop_cli.terminal.errors import CliError

PLACE = Path("build") / "local" / "stack.json"
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:([1-9][0-9]{0,4})")
_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """The emulator's endpoint, the run's keys, the stack's name, and the process that runs them."""

    pid: int
    started: str  # distinguishes the process from a later one with the same number
    endpoint: str
    region: str
    stack: str
    access_key: str
    secret_key: str = field(repr=False)

    @classmethod
    def of_this_process(cls, endpoint: str, region: str, stack: str, access_key: str, secret_key: str) -> Self:
        """Raises OSError where the system does not report when a process was started."""
        started = processes.started_at(os.getpid())
        if started is None:
            raise OSError("neither /proc nor ps reports when this process was started.")
        return cls(os.getpid(), started, endpoint, region, stack, access_key, secret_key)

    def write(self, root: Path) -> Path:
        """Raises OSError, and UntrustedError if others could change the file."""
        path = root / PLACE
        with private_folder_at(path.parent, make=True) as at:
            replace_at(at, path.name, json.dumps(asdict(self)).encode(), PRIVATE)
        return path

    def variables(self) -> Mapping[str, str]:
        """The environment in which boto3 calls only the emulator: no profile, no account, no proxy."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_CONFIG_FILE": os.devnull,  # a profile may set an endpoint per service
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",  # takes precedence where both are set
        }

    def enter(self) -> None:
        """Make this process call only this stack and no account."""
        excepted = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]  # such as AWS_ENDPOINT_URL_S3, AWS_PROFILE, AWS_SESSION_TOKEN
        os.environ.update(self.variables())
        for name in ("NO_PROXY", "no_proxy"):
            os.environ[name] = f"127.0.0.1,{excepted}".rstrip(",")
        boto3.setup_default_session()  # an earlier session has read the profile


def is_loopback(url: str) -> bool:
    """Whether this is exactly http://127.0.0.1:PORT: no other host, user, path or query."""
    found = _LOOPBACK.fullmatch(url)
    return found is not None and int(found[1]) < 2**16


def running(folder: Path) -> LocalAddress | None:
    """The local stack of this folder or of a parent, if it is still running.

    Raises UntrustedError at the first untrusted file: a stack in a parent may not be the one that is meant.
    """
    for root in (folder, *folder.parents):
        address = _read(root / PLACE)
        if address is not None and processes.started_at(address.pid) == address.started:
            # The process may outlive its emulator, and then any user can take the port.
            other = processes.other_user_on(int(address.endpoint.rpartition(":")[2]))
            if other is not None:
                raise _untrusted(root / PLACE, f"user {other} listens on its port")
            return address
    return None


def _read(path: Path) -> LocalAddress | None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        path.lstat()  # most folders have no such file, and a `build` without it may belong to anybody
        with private_folder_at(path.parent) as at:
            try:
                file = os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise _untrusted(path, f"it cannot be opened ({error.strerror})") from error
            with os.fdopen(file, "rb") as opened:
                fault = fault_of_file(os.fstat(file), me())
                if fault is not None:
                    raise _untrusted(path, fault)
                return _address_of(opened.read(_MAX_BYTES), path)
    return None


def _address_of(text: bytes, path: Path) -> LocalAddress:
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise CliError(f"{path} cannot be read; stop the local stack and start it again with `make up`.") from error
    kinds = {item.name: int if item.name == "pid" else str for item in fields(LocalAddress)}
    if not isinstance(found, dict) or {name: type(value) for name, value in found.items()} != kinds:
        raise _untrusted(path, "it was written by another version of depthdrop, or by hand")
    address = LocalAddress(**found)
    if not is_loopback(address.endpoint):
        raise _untrusted(path, "its endpoint is not http://127.0.0.1 with a port")
    return address


def _untrusted(path: Path, fault: str) -> UntrustedError:
    return UntrustedError(
        f"{path} is not trusted: {fault}. Remove it, or name a deployed stack with --stack; "
        "`make up` writes a new one."
    )
