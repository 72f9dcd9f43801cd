"""The emulator's process: MiniStack behind the gate, with the root keys and the salt of this run.

Usage: python -P gated_emulator.py FILE, where FILE (mode 0600) holds a `Gated` as JSON. It is read and removed: no
secret is in an argument or an environment that a list of processes shows.
"""

import hmac
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any


@dataclass(frozen=True, slots=True)
class Gated:
    """The secrets of one run, and the values of Host that it answers to."""

    access_key: str
    secret_key: str
    token: str
    salt: str
    hosts: list[str]


def main(path: Path) -> None:
    gated = Gated(**json.loads(path.read_text()))
    path.unlink()
    os.environ["AWS_ACCESS_KEY_ID"] = gated.access_key  # whom the emulator takes for root
    os.environ["AWS_SECRET_ACCESS_KEY"] = gated.secret_key
    sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: nothing of ours shadows the emulator's
    from ministack import app as emulator  # noqa: PLC0415  # it reads its environment when it is loaded
    from ministack.core import lambda_runtime  # noqa: PLC0415  # the same

    from local.stack.gate import Gate  # noqa: PLC0415  # found from here on

    salt_role_credentials(lambda_runtime, gated.salt.encode())
    emulator.app = Gate(emulator.app, gated.hosts, gated.token, secret_of)
    sys.argv = ["ministack"]
    emulator.main()


def salt_role_credentials(lambda_runtime: Any, salt: bytes) -> None:
    """The emulator makes a function's credentials by hashing its name and role, which anybody can do.

    That module uses hashlib for nothing else. It must come before the Lambda service is loaded.
    """
    lambda_runtime.hashlib = SimpleNamespace(sha256=lambda data: hmac.new(salt, data, "sha256"))


def secret_of(access_key: str, token: str) -> str | None:
    """The secret of a root key of this run, or of credentials that the emulator issued and that still hold."""
    from ministack.core.iam_evaluator import (  # noqa: PLC0415  # see main
        AmbiguousAccessKeyError,
        ResolvedCredential,
        find_iam_access_key_account,
        resolve_credential,
    )

    try:
        found = resolve_credential(access_key, find_iam_access_key_account(access_key), token)
    except AmbiguousAccessKeyError:
        return None
    return found.secret_access_key if isinstance(found, ResolvedCredential) else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
