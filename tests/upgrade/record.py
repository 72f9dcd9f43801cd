"""Writes down what this version leaves behind, for later ones to finish: `make released`, before each release."""

import contextlib
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from moto.sns.models import Subscription

from local.stack.bundle import ROOT
from tests.support.aws import Stack, forget_account, made, scripted_for, signing_key
from tests.support.scripted import Clock
from tests.template.definition import DEFINITION
from tests.upgrade.releases import FOLDER, WORKFLOW, Scene, taken
from tests.upgrade.scenes import SCENES


def version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def folder_of(number: str, folder: Path = FOLDER) -> Path:
    return folder / f"v{number}"


def recorded(name: str) -> Scene:
    """The scene as this version's code leaves it."""
    with _empty_stack() as stack:
        left = SCENES[name](stack)
        return taken(stack, left.messages, left.state)


@contextlib.contextmanager
def _empty_stack() -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as patched, mock_aws():
        forget_account(patched)
        # moto would make an RSA key for each message, which takes long.
        patched.setattr(Subscription, "private_key", lambda _: signing_key())
        yield Stack(Clock(), scripted_for(patched), made(), patched)


def record(target: Path) -> None:
    """Raises FileExistsError: what was released is never changed."""
    if target.exists():
        raise FileExistsError(target)
    texts = {name: recorded(name).text() for name in SCENES}
    target.mkdir()
    for name, text in texts.items():
        (target / f"{name}.json").write_text(text)
    shutil.copy(DEFINITION, target / WORKFLOW)


def main() -> int:
    target = folder_of(version())
    try:
        record(target)
    except FileExistsError:
        print(  # noqa: T201  # the command's own word
            f"{target.relative_to(ROOT)} is there and is not changed: stacks of {version()} may be out there. "
            "Raise the version first; if nobody has this one yet, remove the folder.",
            file=sys.stderr,
        )
        return 1
    print(f"{target.relative_to(ROOT)}: {len(SCENES)} scenes and the workflow. Commit them with the release.")  # noqa: T201  # the command's own word
    return 0


if __name__ == "__main__":
    sys.exit(main())
