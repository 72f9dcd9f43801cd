"""The emulator's process: MiniStack behind the gate, with the root keys and the salt of this run.

Usage: python -P gated_emulator.py FILE, where FILE (mode 0600) holds JSON: root's `access_key` and `secret_key`,
this run's `token` and `salt`, and `hosts`, the accepted values of Host. It is read and removed: a list of processes
shows arguments and environments, so no secret is in them.
"""

import hmac
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def main(path: Path) -> None:
    run = json.loads(path.read_text())
    path.unlink()
    os.environ["AWS_ACCESS_KEY_ID"] = run["access_key"]
    os.environ["AWS_SECRET_ACCESS_KEY"] = run["secret_key"]
    # Last: none of our modules shadows one of the emulator's.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from ministack import app as emulator  # noqa: PLC0415  # it reads its environment when it is imported
    from ministack.core import lambda_runtime  # noqa: PLC0415  # the same

    from local.stack.gate import Gate  # noqa: PLC0415  # found only after `sys.path` was changed

    salt_role_credentials(lambda_runtime, run["salt"].encode())
    emulator.app = Gate(emulator.app, run["hosts"], run["token"], secret_of)
    sys.argv = ["ministack"]
    emulator.main()


def salt_role_credentials(lambda_runtime: Any, salt: bytes) -> None:
    """Make a function's credentials secret: the emulator makes them of a plain hash of its name and role.

    Its module uses hashlib for nothing else. Call it before the Lambda service is loaded.
    """
    lambda_runtime.hashlib = SimpleNamespace(sha256=lambda data: hmac.new(salt, data, "sha256"))


def secret_of(access_key: str, token: str) -> str | None:
    """The secret of this run's root key, or of credentials that the emulator issued and that have not expired."""
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
