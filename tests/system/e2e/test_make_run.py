"""`make run` as a newcomer sees it: three photographs in, three edited ones out, three charges."""

import hashlib
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.e2e.commands import ROOT, local
from tests.system.e2e.photographs import edge_correlation, mean_difference, photograph, size_of

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.sockets

SAMPLES = {"coffee.png": ".png", "rocket.jpg": ".jpg", "temple.jpg": ".jpg"}


@dataclass(frozen=True)
class Finished:
    """One run of the samples."""

    process: "subprocess.CompletedProcess[str]"
    out: Path

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.out / name).read_text().splitlines()]

    def edited(self, sample: str) -> Path:
        stem = Path(sample).stem
        (found,) = (path for path in self.out.glob(f"{stem}-*{SAMPLES[sample]}"))
        return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("run")
    return Finished(local(folder, "run"), folder / "out")


def test_it_ends_well_and_says_that_no_money_was_spent(finished: Finished) -> None:
    assert finished.process.returncode == 0, finished.process.stderr
    assert finished.process.stderr == ""
    assert "no money is spent" in finished.process.stdout


@pytest.mark.parametrize("sample", SAMPLES)
def test_each_sample_comes_back_restyled_with_its_layout_kept(finished: Finished, sample: str) -> None:
    original, edited = ROOT / "samples" / sample, finished.edited(sample)

    assert size_of(edited) == size_of(original)
    assert mean_difference(original, edited) > 15
    assert edge_correlation(original, edited) > 0.5


def test_the_comparison_of_edges_distinguishes_scenes(finished: Finished) -> None:
    assert edge_correlation(ROOT / "samples" / "temple.jpg", finished.edited("coffee.png")) < 0.3


def test_the_ledger_has_exactly_one_charge_for_each_sample(finished: Finished) -> None:
    charges = finished.lines("ledger.jsonl")

    assert len(charges) == 3
    assert sum(Decimal(charge["usd"]) for charge in charges) == Decimal("0.18")
    assert len({charge["task_id"] for charge in charges}) == 3


def test_its_notifications_are_readable_by_nobody_else(finished: Finished) -> None:
    assert (finished.out / "notifications.jsonl").stat().st_mode & 0o777 == 0o600


def test_each_edit_is_notified_once_with_its_manifest_beside_the_picture(finished: Finished) -> None:
    events = [notice["event"] for notice in finished.lines("notifications.jsonl")]

    assert sorted(event["subject"] for event in events) == sorted(SAMPLES)
    for event in events:
        data = event["data"]
        manifest = json.loads((finished.out / data["manifest"]["key"]).read_text())
        assert event["type"] == "depthdrop.edit.succeeded.v1"
        assert data["spend"] == {"state": "charged", "usd": 0.06}
        assert data["result"]["bytes"] == (finished.out / data["result"]["key"]).stat().st_size
        assert data == {name: value for name, value in manifest.items() if name not in {"settings", "origins"}}
        assert manifest["origins"]["prompt"].startswith(Path(event["subject"]).stem)


def test_the_readme_shows_what_the_command_prints(finished: Finished) -> None:
    readme = (ROOT / "README.md").read_text()
    shown = re.search(r"\$ make run\n(.*?)```", readme, re.DOTALL)
    assert shown is not None
    introduction, _, end = shown.group(1).partition("…\n")

    assert introduction in finished.process.stdout
    assert _without_seconds(end) == _without_seconds(finished.process.stdout)[-len(_without_seconds(end)) :]


def _without_seconds(text: str) -> list[list[str]]:
    """The words of each line; seconds are never the same twice."""
    return [re.sub(r"\b\d+\.\d\b", "S", line).split() for line in text.splitlines()]


def test_a_picture_of_yours_is_turned_upright_and_stripped_before_it_is_sent(tmp_path: Path) -> None:
    picture = tmp_path / "my photo + 50%é.jpg"
    picture.write_bytes(photograph(640, 480, orientation=6))

    ended = local(tmp_path, "run", IMAGE=str(picture), PROMPT='it\'s a "watercolour"', SPEED="20")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    (edited,) = (tmp_path / "out").glob("my photo + 50%é-*.jpg")
    (charge,) = (json.loads(line) for line in (tmp_path / "out" / "ledger.jsonl").read_text().splitlines())
    assert size_of(edited) == (480, 640)
    assert charge["image_sha256"] != hashlib.sha256(picture.read_bytes()).hexdigest()
