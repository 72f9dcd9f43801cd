"""The operator's command, as a process of its own, against the whole local stack."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from depthdrop import __version__
from depthdrop_cli.stack.local_stack import LocalAddress
from local.fake_upstream import Settings
from local.stack.deploy import STACK
from local.stack.emulator import REGION
from local.stack.stack import LocalStack, Options, local_stack
from tests.system.e2e.commands import ROOT, environment
from tests.system.e2e.photographs import photograph
from tests.system.e2e.wheels import Installed, install
from tests.system.workflow.executions import until

pytestmark = pytest.mark.sockets


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with local_stack(Options(upstream=Settings(speed=20))) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path, stack: LocalStack) -> Path:
    """Where `make up` would have been called."""
    keys = stack.emulator.keys
    address = LocalAddress.of_this_process(stack.emulator.url, REGION, STACK, keys.access_key, keys.secret_key)
    address.write(tmp_path)
    return tmp_path


def _depthdrop(folder: Path, *arguments: str) -> Any:
    ended = subprocess.run(
        [sys.executable, "-m", "depthdrop_cli", *arguments, "--json"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return json.loads(ended.stdout)


def test_a_photograph_is_dropped_followed_shown_explained_and_billed(folder: Path, stack: LocalStack) -> None:
    (folder / "photo.jpg").write_bytes(photograph())

    dropped = _depthdrop(
        folder, "drop", "photo.jpg", "--prompt", "ein Aquarell, größer", "--wait", "--timeout", "600"
    )
    [end] = dropped["ends"]
    [shown] = _depthdrop(folder, "status", end["edit_id"][:8])["edits"]

    assert end["state"] == shown["state"] == "succeeded"
    assert dropped["plan"][0]["edit_id"] == end["edit_id"]
    assert end["output"].removeprefix(f"s3://{stack.outputs['OutboxBucketName']}/") in stack.outbox()
    assert _depthdrop(folder, "explain", "photo.jpg")["explanations"][0]["verdict"] == "bought"
    assert _depthdrop(folder, "list")["entries"][0]["edit_id"] == end["edit_id"]
    assert _depthdrop(folder, "ledger")["charged"] == {"count": 1, "usd": 0.06}
    assert _depthdrop(folder, "replay", end["edit_id"])["did"] == "notified"
    assert _depthdrop(folder, "status")["states"] == {"succeeded": 1}


def test_doctor_finds_nothing_wrong_with_the_local_stack(folder: Path) -> None:
    found = {one["check"]: one for one in _depthdrop(folder, "doctor")["checks"]}

    assert [name for name, one in found.items() if one["ok"] is False] == []
    assert found["key"]["ok"] is True


def test_what_is_cancelled_before_its_event_is_processed_is_never_bought(folder: Path, stack: LocalStack) -> None:
    sqs, url = stack.emulator.client("sqs"), stack.outputs["InboxQueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "900"})  # the command comes first
    stack.put("late.txt", b"an etching")
    stack.put("late.jpg", photograph())

    [printed] = _depthdrop(folder, "cancel", "late.jpg")

    assert printed["cancelled"] is True
    assert _depthdrop(folder, "status", "late.jpg")["edits"][0]["state"] == "refused"
    released = {
        "source": "depthdrop",
        "detail-type": "Parked Drop Released",
        "detail": {"drop_id": printed["drop_id"]},
    }
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(released), DelaySeconds=0)
    until(lambda: True if _waiting(stack) == 0 else None, "the end of that message")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})

    assert [edit for edit in stack.records("edit#") if edit["image_key"] == "late.jpg"] == []


def _waiting(stack: LocalStack) -> int:
    """Messages that submit can see or has; those that are still delayed do not count."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    sqs, url = stack.emulator.client("sqs"), stack.outputs["InboxQueueUrl"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(map(int, counts.values()))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_every_module_of_the_command_and_of_the_package(installed: Installed) -> None:
    sources = {"depthdrop_cli": ROOT / "depthdrop_cli", "depthdrop": ROOT / "layers/depthdrop/depthdrop"}
    modules = {
        f"{name}/{file.relative_to(root).as_posix()}"
        for name, root in sources.items()
        for file in root.rglob("*.py")
    }
    page = ROOT / "depthdrop_cli/page"
    served = {
        f"depthdrop_cli/{file.relative_to(ROOT / 'depthdrop_cli').as_posix()}"
        for kind in ("assets", "templates")
        for file in (page / kind).iterdir()
    }
    carried = {name for name in installed.files() if ".dist-info/" not in name}

    assert len(served) > 10
    assert carried == modules | served


def test_no_library_of_the_commands_has_a_name_of_the_wheels() -> None:
    """`cli` is a name that others might take too; of those that it is installed with, none does."""
    homes = packages_distributions()

    assert {
        name: homes[name] for name in ("depthdrop_cli", "depthdrop") if set(homes.get(name, ())) - {"depthdrop"}
    } == {}


def test_the_installed_command_runs_without_the_sources(
    installed: Installed, folder: Path, stack: LocalStack
) -> None:
    stack.put("installed.txt", b"an etching")
    stack.put("installed.jpg", photograph())

    version, usage = (installed.run(one, cwd=folder) for one in ("--version", "--help"))
    explained = installed.run("explain", "installed.jpg", "--json", cwd=folder)

    assert version.stdout.strip() == __version__
    assert all(one in usage.stdout for one in ("drop", "explain", "secret", "smoke", "destroy"))
    assert explained.returncode == 0, explained.stderr
    assert json.loads(explained.stdout)["explanations"][0]["settings"]["prompt"] == "an etching"


def test_the_local_stack_passes_its_smoke_test(folder: Path) -> None:
    printed = _depthdrop(folder, "smoke", str(ROOT / "samples" / "temple.jpg"), "--timeout", "600")

    assert (printed["state"], set(printed["checks"].values())) == ("succeeded", {True})
