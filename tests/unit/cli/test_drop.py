"""drop: the price first, then sidecars, then pictures; what would be refused stays here."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from depthdrop.notices.events import EventType
from depthdrop_cli.stack.stacks import OperatorStack
from tests.support.acts import asked, finish
from tests.support.aws import INBOX
from tests.support.operator_cloud import Cloud
from tests.support.scripted import PICTURE, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(PICTURE)
    (tmp_path / "photo.txt").write_text("a watercolour")
    (tmp_path / "other.jpg").write_bytes(picture(shade=7))
    (tmp_path / "other.json").write_text('{"prompt": "an etching", "steps": 30}')
    (tmp_path / ".hidden.jpg").write_bytes(PICTURE)
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "notes.md").write_text("# notes")
    return tmp_path


def _keys(cloud: Cloud) -> list[str]:
    s3 = cloud.stack.submit().inbox.s3
    return [one["Key"] for one in s3.list_objects_v2(Bucket=INBOX).get("Contents", [])]


def test_a_picture_is_uploaded_with_its_sidecar_and_the_edit_is_the_announced_one(
    cloud: Cloud, folder: Path
) -> None:
    shown = cloud.json("drop", str(folder / "photo.jpg"))
    cloud.stack.deliver("photo.jpg")

    assert shown["uploaded"] == ["photo.txt", "photo.jpg"]
    assert (shown["total_usd"], shown["plan"][0]["edit_id"]) == (0.06, cloud.stack.edit()["edit_id"])


def test_a_dry_run_shows_the_price_and_changes_nothing(cloud: Cloud, folder: Path) -> None:
    ended = cloud.run("drop", str(folder), "--dry-run")

    assert ended.exit_code == 0
    assert "2 to pay for, 0 paid for before, 0 not to edit: $0.12." in ended.stderr
    assert _keys(cloud) == []


@pytest.mark.parametrize(("answer", "count", "code"), [("y\n", 4, 0), ("n\n", 0, 3), ("", 0, 3)])
def test_more_than_one_is_asked_about(cloud: Cloud, folder: Path, answer: str, count: int, code: int) -> None:
    ended = cloud.run("drop", str(folder), answer=answer)

    assert ended.exit_code == code
    assert "Pay $0.12 for 2 edits?" in ended.stderr
    assert len(_keys(cloud)) == count


def test_yes_answers_the_question(cloud: Cloud, folder: Path) -> None:
    shown = cloud.json("drop", str(folder), "--yes", "--to", "album/")

    assert shown["uploaded"] == ["album/other.json", "album/photo.txt", "album/other.jpg", "album/photo.jpg"]


@pytest.mark.parametrize("prompt", ["a watercolour", "ein Aquarell, größer\nund weiter", "=?odd"])
def test_a_prompt_travels_with_the_picture_whatever_letters_it_has(
    cloud: Cloud, tmp_path: Path, prompt: str
) -> None:
    (tmp_path / "own.jpg").write_bytes(PICTURE)

    shown = cloud.json("drop", str(tmp_path / "own.jpg"), "--prompt", prompt)
    cloud.stack.deliver("own.jpg")

    assert shown["uploaded"] == ["own.jpg"]
    assert cloud.stack.upstream.posted()["prompt"] == prompt
    assert cloud.stack.edit()["edit_id"] == shown["plan"][0]["edit_id"]


def test_one_sidecar_serves_every_picture(
    cloud: Cloud, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    style = tmp_path_factory.mktemp("styles") / "style.yaml"
    style.write_text("prompt: an etching\n")

    shown = cloud.json("drop", str(folder), "--sidecar", str(style), "--yes")

    assert shown["uploaded"] == ["other.jpg.yaml", "photo.jpg.yaml", "other.jpg", "photo.jpg"]


def test_a_sidecar_in_the_inbox_is_not_taken_in_silence_in_place_of_the_prompt(cloud: Cloud, folder: Path) -> None:
    cloud.stack.put("photo.txt", b"something else")

    ended = cloud.run("drop", str(folder / "photo.jpg"), "--prompt", "a watercolour")

    assert ended.exit_code == 3
    assert "photo.txt is in the inbox and would be used instead of --prompt" in ended.stderr
    assert _keys(cloud) == ["photo.txt"]


def test_refused_pictures_are_not_uploaded_and_the_others_are(cloud: Cloud, folder: Path) -> None:
    (folder / "other.json").write_text('{"prompt": "x", "step": 3}')
    (folder / "alone.png").write_bytes(picture("PNG"))

    shown = cloud.json("drop", str(folder), code=3)

    assert shown["uploaded"] == ["photo.txt", "photo.jpg"]
    assert {one["refusal"]["code"] for one in shown["plan"] if one["refusal"]} == {"unknown_setting", "no_sidecar"}


def test_presets_and_depth_maps_of_the_folder_count_before_they_are_there(cloud: Cloud, folder: Path) -> None:
    (folder / "_preset.yaml").write_text("guidance: 33\n")
    (folder / "other.json").write_text('{"prompt": "x", "depth_map": "depth.png"}')
    (folder / "depth.png").write_bytes(picture("PNG"))

    shown = cloud.json("drop", str(folder), "--yes")

    assert shown["uploaded"][0] == "_preset.yaml"
    assert {one["key"]: one["verdict"] for one in shown["plan"]} == {"photo.jpg": "buy", "other.jpg": "buy"}
    assert {one["settings"]["guidance"] for one in shown["plan"]} == {33}
    assert "depth.png" in shown["uploaded"]


def test_an_edit_that_was_paid_for_before_is_dropped_for_free(cloud: Cloud, folder: Path) -> None:
    cloud.run("drop", str(folder / "photo.jpg"))
    cloud.stack.deliver("photo.jpg")
    finish(cloud.stack)

    assert cloud.json("drop", str(folder / "photo.jpg"))["total_usd"] == 0


@pytest.mark.parametrize(("word", "code"), [("ready", 0), ("failed", 3)])
def test_waiting_follows_to_the_end(
    cloud: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch, word: str, code: int
) -> None:
    steps: Iterator[Callable[[], object]] = iter(
        [lambda: cloud.stack.deliver("photo.jpg"), lambda: finish(cloud.stack, word)]
    )
    sleeps = _sleeping(cloud, monkeypatch, lambda: next(steps)())  # noqa: PLW0108  # one step for each sleep

    shown = cloud.json("drop", str(folder / "photo.jpg"), "--wait", code=code)

    assert sleeps == [1.0, 1.0]
    assert shown["ends"][0]["state"] == {"ready": EventType.SUCCEEDED, "failed": EventType.FAILED}[word].status


def test_waiting_ends_with_code_5_when_its_time_is_over(
    cloud: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sleeping(cloud, monkeypatch, lambda: None)

    ended = cloud.run("drop", str(folder / "photo.jpg"), "--wait", "--timeout", "3")

    assert ended.exit_code == 5
    assert "1 still running" in ended.stderr


def _sleeping(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, meanwhile: object) -> list[float]:
    slept: list[float] = []

    def sleep(_stack: OperatorStack, seconds: float) -> None:
        slept.append(seconds)
        cloud.stack.clock.sleep(seconds)
        meanwhile()  # type: ignore[operator]  # what the test wants to happen

    monkeypatch.setattr(OperatorStack, "pause", sleep)
    return slept


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nowhere.jpg"], 1, "nowhere.jpg does not exist."),
        (["{folder}/notes.md"], 2, "There is no picture among these"),
        (["{folder}/notes.pdf"], 3, "notes.pdf is a PDF"),
        (["{folder}", "--prompt", "x", "--sidecar", "s.txt"], 2, "--prompt or --sidecar, not both"),
        (["{folder}/photo.jpg", "--prompt", " "], 2, "empty or too long"),
        (["{folder}/photo.jpg", "--prompt", "x" * 2000], 2, "empty or too long"),
        (["{folder}/photo.jpg", "--sidecar", "{folder}/none.txt"], 1, "none.txt cannot be read: No such file"),
        (["{folder}/photo.jpg", "--sidecar", "{folder}/notes.pdf"], 2, "is not a sidecar"),
    ],
)
def test_a_bad_argument_ends_in_one_sentence(
    cloud: Cloud, folder: Path, arguments: list[str], code: int, sentence: str
) -> None:
    ended = cloud.run("drop", *(one.format(folder=folder) for one in arguments))

    assert ended.exit_code == code
    assert sentence in ended.stderr
    assert _keys(cloud) == []


def test_a_folder_outside_the_stacks_prefix_is_an_error(cloud: Cloud, folder: Path) -> None:
    cloud.odd["SubmitFunction"] = {"INBOX_PREFIX": "drops/"}

    ended = cloud.run("drop", str(folder / "photo.jpg"), "--to", "elsewhere/")

    assert ended.exit_code == 2
    assert "takes drops below drops/ only" in ended.stderr
    assert cloud.json("drop", str(folder / "photo.jpg"))["uploaded"] == ["drops/photo.txt", "drops/photo.jpg"]


def test_only_reads_come_before_the_answer(cloud: Cloud, folder: Path) -> None:
    calls = asked(cloud.stack, lambda: cloud.run("drop", str(folder), answer="n\n"))

    assert not {"PutObject", "PutItem", "UpdateItem"} & set(calls)
