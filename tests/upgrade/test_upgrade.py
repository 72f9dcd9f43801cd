"""Work that any released version left unfinished is finished by today's code, and nothing is paid for twice.

An execution continues by the definition that it was started with, and calls the functions of today (Step Functions
API reference, UpdateStateMachine): its version's expressions run between today's poll and today's finalize.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from depthdrop.inbox.message import read_messages
from depthdrop.use_cases.poll import watch_of
from tests.support.aws import Stack
from tests.template.definition import Definition, evaluate, substituted
from tests.upgrade.record import folder_of, main, record, version
from tests.upgrade.releases import WORKFLOW, Scene, read, restore, scenes_of, versions
from tests.upgrade.scenes import SCENES

UPGRADE_SECONDS = 600  # between the last of the old version and the first of the new
A_DAY = 86_400


def _continue(stack: Stack, version_folder: Path, state: Mapping[str, Any]) -> None:
    """From the state before poll, or after it when it holds an outcome, to the end of the execution."""
    states = Definition(substituted(Definition.read(version_folder / WORKFLOW).text)).states
    here = dict(state)
    for _ in range(3):
        if here.get("outcome", {}).get("status", "pending") == "pending" or here.get("end") == "again":
            seen = stack.poll().handle(watch_of(here), lambda: 60.0)
            here = evaluate(states["Poll"]["Output"], here, result={"Payload": seen})
        ended = stack.finalize().handle(here)
        here = evaluate(states["Finalize"]["Output"], here, result={"Payload": ended})
        if here["end"] == "done":
            return
    raise AssertionError(f"it goes on for ever: {here}")


def _continue_from(stack: Stack, scene: Scene, version_folder: Path) -> None:
    """The one execution that runs, from what is on record of it."""
    [given] = scene.executions.values()
    _continue(stack, version_folder, scene.state or given)


def _finish_what_runs(stack: Stack, version_folder: Path) -> None:
    for name, status in stack.executions().items():
        if status == "RUNNING":
            _continue(stack, version_folder, stack.execution_input(name))
            stack.close_execution(name)


def _deliver(stack: Stack, bodies: list[str]) -> None:
    for body in bodies:
        for message in read_messages(body):
            stack.deliver(message)


def _types(stack: Stack) -> list[str]:
    return [event["type"].split(".")[2] for event in stack.events()]


class Ends:
    """What each scene comes to: the edit's state, the events, and how many paid requests that takes."""

    def __init__(self, stack: Stack, scene: Scene, folder: Path) -> None:
        self.stack, self.scene, self.folder = stack, scene, folder

    def bought_once(self) -> None:
        """The message arrives under the new version, and again when all is over."""
        _deliver(self.stack, self.scene.messages)
        _finish_what_runs(self.stack, self.folder)
        _deliver(self.stack, self.scene.messages)
        self.came_to("SUCCEEDED", ["succeeded"], posts=1)

    def watched_to(self, state: str, event: str) -> None:
        """A paid picture is fetched and reported, and its message buys nothing when it comes back."""
        _continue_from(self.stack, self.scene, self.folder)
        self.stack.deliver("photo.jpg")
        self.came_to(state, [event], posts=0)

    def swept_and_bought(self) -> None:
        """Nothing was sent: sweep puts the drop back, and it is bought."""
        self.stack.clock.sleep(A_DAY)
        self.stack.sweep().handle()
        _deliver(self.stack, [json.dumps(message) for message in self.stack.sent_back()])
        _finish_what_runs(self.stack, self.folder)
        self.came_to("SUCCEEDED", ["succeeded"], posts=1)

    def reported_ambiguous(self) -> None:
        """The POST may have been charged: it is reported, and never sent again."""
        self.stack.clock.sleep(A_DAY)
        self.stack.sweep().handle()
        self.stack.deliver("photo.jpg")
        self.came_to("AMBIGUOUS", ["ambiguous"], posts=0)

    def stays_ambiguous(self) -> None:
        self.stack.deliver("photo.jpg")
        self.stack.drop(at=self.scene.at + 300)
        self.stack.deliver("photo.jpg")

        assert self.stack.edit()["state"] == "AMBIGUOUS"
        assert self.stack.upstream.posts == []

    def task_known_by_its_execution(self) -> None:
        """The record lost the task, the execution's input has it: sweep finds it there."""
        self.stack.clock.sleep(A_DAY)
        self.stack.sweep().handle()
        assert self.stack.edit()["state"] == "SUBMITTED"
        _continue_from(self.stack, self.scene, self.folder)
        self.came_to("SUCCEEDED", ["succeeded"], posts=0)

    def execution_started(self) -> None:
        self.stack.sweep().handle()
        _finish_what_runs(self.stack, self.folder)
        self.came_to("SUCCEEDED", ["succeeded"], posts=0)

    def published_again(self) -> None:
        """The record is closed, its notice was not confirmed: the stored event goes out, the same as before."""
        edit = self.stack.edit()
        self.stack.sweep().handle()
        [event] = self.stack.events()

        assert event == json.loads(edit["event"])
        assert "open" not in self.stack.edit()

    def known_for_good(self) -> None:
        """The same picture with the same settings is the same edit to every version: dropped again, it is free."""
        self.stack.deliver("photo.jpg")
        self.stack.drop(at=self.scene.at + 300)
        self.stack.deliver("photo.jpg")
        self.came_to("SUCCEEDED", ["succeeded"], posts=0)

    def resumed(self) -> None:
        """A failed edit's paid task is watched again, and its late result lands."""
        answer = self.stack.sweep().resume(self.stack.edit()["edit_id"])
        assert answer["resumed"] == "yes"
        _finish_what_runs(self.stack, self.folder)
        self.came_to("SUCCEEDED", ["succeeded"], posts=0)

    def refusal_published(self) -> None:
        self.stack.clock.sleep(A_DAY)
        self.stack.sweep().handle()
        _deliver(self.stack, [json.dumps(message) for message in self.stack.sent_back()])

        assert _types(self.stack) == ["rejected"]
        assert self.stack.receipt("photo.jpg")["code"]
        assert self.stack.upstream.posts == []

    def paired_or_reported(self) -> None:
        """Alone for long enough it is reported; the sidecar that comes after all makes it a drop."""
        self.stack.clock.sleep(A_DAY)
        self.stack.sweep().handle()
        assert _types(self.stack) == ["unpaired"]

        self.stack.put("photo.txt", b"a watercolour", self.stack.clock())
        self.stack.deliver("photo.txt")
        _finish_what_runs(self.stack, self.folder)
        self.came_to("SUCCEEDED", ["succeeded"], posts=1)

    def came_to(self, state: str, events: list[str], posts: int) -> None:
        assert self.stack.edit()["state"] == state
        assert _types(self.stack) == events
        assert len(self.stack.upstream.posts) == posts


ENDINGS: Mapping[str, Callable[[Ends], None]] = {
    "message_eventbridge": Ends.bought_once,
    "message_s3_notification": Ends.bought_once,
    "execution_started": lambda ends: ends.watched_to("SUCCEEDED", "succeeded"),
    "execution_after_poll_pending": lambda ends: ends.watched_to("SUCCEEDED", "succeeded"),
    "execution_after_poll_ready": lambda ends: ends.watched_to("SUCCEEDED", "succeeded"),
    "execution_after_poll_failed": lambda ends: ends.watched_to("FAILED", "failed"),
    "execution_after_poll_expired": lambda ends: ends.watched_to("FAILED", "failed"),
    "execution_after_finalize_again": lambda ends: ends.watched_to("SUCCEEDED", "succeeded"),
    "parked_no_slot": Ends.bought_once,
    "parked_circuit": Ends.bought_once,
    "claimed": Ends.swept_and_bought,
    "posting": Ends.reported_ambiguous,
    "posting_with_execution": Ends.task_known_by_its_execution,
    "submitted_without_execution": Ends.execution_started,
    "ambiguous": Ends.stays_ambiguous,
    "ended_untold": Ends.published_again,
    "succeeded": Ends.known_for_good,
    "failed_by_deadline": Ends.resumed,
    "refused_untold": Ends.refusal_published,
    "half": Ends.paired_or_reported,
}
LEFT = [(folder, name) for folder in versions() for name in scenes_of(folder)]


@pytest.mark.parametrize(("folder", "name"), LEFT, ids=[f"{folder.name}-{name}" for folder, name in LEFT])
def test_unfinished_work_of_a_released_version_is_finished_and_paid_for_once(
    stack: Stack, folder: Path, name: str
) -> None:
    scene = read(scenes_of(folder)[name])
    restore(stack, scene)
    stack.clock.sleep(UPGRADE_SECONDS)

    ENDINGS[name](Ends(stack, scene, folder))


def test_every_scene_has_an_ending() -> None:
    assert ENDINGS.keys() == SCENES.keys()


def test_the_scenes_of_this_version_are_recorded() -> None:
    folder = folder_of(version())

    assert scenes_of(folder).keys() == SCENES.keys(), "run `make released` and commit its folder"
    assert (folder / WORKFLOW).is_file()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("execution_started", "task_id", "job_id"),
        ("execution_started", "edit_id", "edit"),
        ("execution_after_poll_ready", "sample", "link"),
        ("execution_after_finalize_again", "deadline_at", "deadline"),
        ("parked_no_slot", "drop_id", "drop"),
        ("claimed", "look_at", "due_at"),
        ("claimed", "lease_until", "lease"),
        ("posting", "state", "status"),
        ("posting_with_execution", "attempt", "number"),
        ("ended_untold", "event", "notice"),
        ("succeeded", "edit_id", "id"),
        ("failed_by_deadline", "task_id", "job_id"),
        ("refused_untold", "refusal", "refused"),
        ("half", "half", "alone"),
        ("message_eventbridge", "detail-type", "kind"),
        ("message_s3_notification", "eventName", "event"),
    ],
)
def test_a_field_that_goes_by_another_name_would_be_noticed(stack: Stack, name: str, old: str, new: str) -> None:
    """As if the old version had used another name: what a rename in today's code would meet."""
    folder = folder_of(version())
    scene = read(scenes_of(folder)[name])
    mutant = dataclasses.replace(
        scene,
        records=_renamed(scene.records, old, new),
        executions=_renamed(scene.executions, old, new),
        messages=[json.dumps(_renamed(json.loads(message), old, new)) for message in scene.messages],
        state=_renamed(scene.state, old, new),
    )
    assert mutant != scene
    restore(stack, mutant)
    stack.clock.sleep(UPGRADE_SECONDS)

    with pytest.raises((AssertionError, KeyError, ValueError, LookupError, TypeError)):
        ENDINGS[name](Ends(stack, mutant, folder))


def _renamed(node: Any, old: str, new: str) -> Any:
    """Every member of this name at any depth, under another."""
    if isinstance(node, dict):
        return {new if name == old else name: _renamed(value, old, new) for name, value in node.items()}
    return [_renamed(value, old, new) for value in node] if isinstance(node, list) else node


def test_a_folder_that_is_there_is_never_written_again(tmp_path: Path) -> None:
    (tmp_path / "v0.1.0").mkdir()

    with pytest.raises(FileExistsError):
        record(tmp_path / "v0.1.0")
    assert list((tmp_path / "v0.1.0").iterdir()) == []


def test_the_command_says_what_to_do_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 1
    assert "Raise the version first" in capsys.readouterr().err
