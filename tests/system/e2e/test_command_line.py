"""What the command line does when it cannot continue: one sentence, a non-zero exit, nothing left behind."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from depthdrop_cli.stack.local_stack import PLACE, running
from tests.system.e2e.commands import ROOT, local, stack_processes, start
from tests.system.e2e.photographs import photograph

pytestmark = pytest.mark.sockets


@pytest.mark.parametrize(
    ("arguments", "extra", "sentence"),
    [
        (
            ["run"],
            {"IMAGE": "nowhere.jpg", "PROMPT": "x"},
            "nowhere.jpg cannot be read: No such file or directory.",
        ),
        (["run"], {"IMAGE": "notes.txt", "PROMPT": "x"}, "its name must end in one of .jpeg, .jpg, .png, .webp"),
        (["run"], {"PROMPT": "x"}, "PROMPT needs a picture"),
        (["run"], {"IMAGE": "photo.jpg"}, 'add PROMPT="..." or put photo.txt beside it'),
        (["run"], {"COMETAPI_API_KEY": ""}, "COMETAPI_API_KEY is set but empty"),
        (["run", "--out", "photo.jpg/out"], {}, "The folder photo.jpg/out cannot be created: Not a directory."),
        (["run"], {"COMETAPI_API_KEY": "k", "UPSTREAM_BASE_URL": "ftp://x"}, "an https:// origin without a path"),
        (["run", "--speed", "0"], {}, "Invalid value for '--speed'"),
        (["run", "--colour"], {}, "No such option"),
        (["up", "--inbox", "photo.jpg"], {}, "The folder photo.jpg cannot be created: File exists."),
    ],
)
def test_a_bad_argument_ends_in_one_sentence(
    tmp_path: Path, arguments: list[str], extra: dict[str, str], sentence: str
) -> None:
    (tmp_path / "photo.jpg").write_bytes(photograph())

    ended = local(tmp_path, *arguments, **extra)

    assert ended.returncode in {1, 2}
    assert sentence in " ".join(ended.stderr.replace("│", "").split())
    assert "Traceback" not in ended.stderr


def test_an_unreachable_upstream_is_reported_in_a_sentence_and_charges_nothing(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(photograph())

    ended = local(
        tmp_path,
        "run",
        IMAGE="photo.jpg",
        PROMPT="x",
        COMETAPI_API_KEY="k",
        UPSTREAM_BASE_URL="http://127.0.0.1:9",  # discard: nobody listens there
    )

    assert ended.returncode == 1
    assert "using the real API at http://127.0.0.1:9. 1 edit at $0.06 cost $0.06." in ended.stdout
    assert "photo.jpg: The upstream could not be reached (ConnectError)." in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_cleans_up_and_says_so(tmp_path: Path, number: signal.Signals) -> None:
    with start(tmp_path, "run") as process:
        _wait_for_workers(process.pid)
        process.send_signal(number)
        _, errors = process.communicate(timeout=240)

    assert process.returncode == 130
    assert errors == "Stopped. Nothing is left running.\n"
    assert stack_processes(process.pid) == []
    assert not list((ROOT / "build" / "local").glob(f"run-{process.pid}-*"))


def test_a_second_interrupt_during_the_clean_up_leaves_nothing_either(tmp_path: Path) -> None:
    with start(tmp_path, "run") as process:
        _wait_for_workers(process.pid)
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=240)

    assert process.returncode == 130
    assert stack_processes(process.pid) == []


def test_a_killed_run_takes_its_children_with_it(tmp_path: Path) -> None:
    with start(tmp_path, "run") as process:
        _wait_for_workers(process.pid)
        process.kill()
        process.communicate(timeout=240)

    assert _eventually(lambda: stack_processes(process.pid) == [])


def test_two_runs_at_once_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(photograph())
    one = start(tmp_path, "run", "--out", "one", IMAGE="photo.jpg", PROMPT="x", SPEED="50")
    other = start(tmp_path, "run", "--out", "other", IMAGE="photo.jpg", PROMPT="x", SPEED="50")
    with one, other:
        ends = [process.communicate(timeout=600) for process in (one, other)]

    assert [one.returncode, other.returncode] == [0, 0], ends
    assert len((tmp_path / "one" / "ledger.jsonl").read_text().splitlines()) == 1
    assert len((tmp_path / "other" / "ledger.jsonl").read_text().splitlines()) == 1


def test_up_mirrors_a_folder_until_it_is_stopped(tmp_path: Path) -> None:
    inbox, outbox = tmp_path / "inbox", tmp_path / "outbox"
    with start(tmp_path, "up", SPEED="50") as process:
        assert _eventually(lambda: bool(stack_processes(process.pid)) and inbox.is_dir())
        (inbox / "trip").mkdir()
        (inbox / "trip" / "photo.jpg").write_bytes(photograph())
        (inbox / "trip" / "photo.yaml").write_text("prompt: a sketch\nstep: 20\n")
        receipt = outbox / "trip" / "photo.jpg.rejected.json"
        assert _eventually(receipt.is_file)
        (inbox / "trip" / "photo.yaml").write_text("prompt: a sketch\nsteps: 20\n")
        assert _eventually(lambda: bool(list((outbox / "trip").glob("photo-*.jpg"))))
        assert _eventually(lambda: not receipt.exists())
        address = running(inbox)
        assert address is not None
        assert address.pid == process.pid
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=240)

    assert process.returncode == 0, errors
    assert "Did you mean 'steps'?" in output
    assert output.endswith("Stopped. Nothing is left running.\n")
    assert stack_processes(process.pid) == []
    assert not (tmp_path / PLACE).exists()


def test_help_teaches_by_example() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert 'IMAGE=photo.jpg PROMPT="a watercolour"' in shown


def _wait_for_workers(run: int) -> None:
    assert _eventually(lambda: any("_worker.py" in command for command in stack_processes(run)))


def _eventually(true: Callable[[], bool], seconds: float = 300.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return true()
