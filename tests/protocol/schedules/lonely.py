"""What must hold of unpaired files when nothing is left to do."""

from typing import Any

from depthdrop.drop import identities
from depthdrop.drop.pairing import InboxObject, Pair, UnpairedFile
from depthdrop.notices.compose import Announcer
from depthdrop.notices.events import Trouble
from tests.protocol.schedules.world import World

_ANNOUNCER = Announcer("depthdrop", "inbox")
_SKEW = 700  # seconds: a clock may be wrong by 600, and puts may be ahead of the time
_NOTHING = Trouble(code="", message="", hint="")


def check_unpaired_files(world: World) -> None:
    """Every unpaired file was reported, and its report was superseded when it was reported again or paired."""
    _check_earlier_reports(world)
    published = {event["id"] for event in world.topic.events}
    for key in sorted(key for bucket, key in world.buckets.objects if bucket == "inbox"):
        for found in world.submit.inbox.pairings(key):
            if isinstance(found, UnpairedFile):
                if _report_of(found.file) in published:
                    world.used("unpaired files reported")
                elif not _was_part_of_a_drop(world, found.file):
                    world.broken.append(f"{key} waits and was never reported")
            elif isinstance(found, Pair) and key == found.image.key:
                _superseded(world, found)


def _check_earlier_reports(world: World) -> None:
    """Of all reports of one file only the last is not superseded; a drop's record is as good as its event."""
    taken_back = {event["data"].get("supersedes") for event in world.topic.events}
    taken_back |= {drop.get("supersedes") for drop in world.records("drop")}
    for key in {event["subject"] for event in world.topic.events}:
        reports = dict.fromkeys(event["id"] for event in world.topic.events if _is_report_of(event, key))
        for report in [*reports][:-1]:
            world.used("reports repeated")
            if report not in taken_back:
                world.broken.append(f"an older report of {key} is not superseded")


def _was_part_of_a_drop(world: World, file: InboxObject) -> bool:
    """It had its counterpart until that was removed, or its dead letter was reported as that of a drop."""
    for drop in world.records("drop"):
        named = file.key in {drop["image_key"], drop.get("sidecar_key")}
        if named and drop["created_at"] + _SKEW >= file.last_modified:
            return True
    letters = [event["data"] for event in world.topic.events if _is_about_a_letter(event)]
    return any(file.key in {data["source"]["key"], data.get("sidecar", {}).get("key")} for data in letters)


def _superseded(world: World, found: Pair) -> None:
    """When both files are a recorded drop now, the last report of at least one of them is superseded."""
    keys = [file.key for file in (found.image, found.sidecar) if file is not None]
    reports = {_last_report(world, key) for key in keys} - {None}
    # A dead letter that was reported in between supersedes a report, and is superseded in its place.
    reports |= {
        event["id"]
        for event in world.topic.events
        if _is_about_a_letter(event) and event["data"].get("supersedes") in reports
    }
    drops = world.records("drop")
    recorded = identities.drop_id("inbox", found) in {drop["drop_id"] for drop in drops}
    if not reports or not recorded:
        return
    world.used("reports superseded")
    owners = {edit["edit_id"]: edit["drop_id"] for edit in world.records("edit")}
    naming = [drop for drop in drops if drop.get("supersedes") in reports]
    if not naming:
        world.broken.append(f"no drop of {found.image.key} knows that it was reported")
    # A drop whose edit belongs to an earlier drop has no event of its own.
    theirs = any("edit_id" in drop and owners.get(drop["edit_id"]) != drop["drop_id"] for drop in naming)
    if not theirs and not reports & {event["data"].get("supersedes") for event in world.topic.events}:
        world.broken.append(f"the report of {found.image.key} is not superseded")


def _last_report(world: World, key: str) -> str | None:
    reports = [event["id"] for event in world.topic.events if _is_report_of(event, key)]
    return reports[-1] if reports else None


def _is_report_of(event: dict[str, Any], key: str) -> bool:
    return bool(event["subject"] == key and event["type"] == "depthdrop.drop.unpaired.v1")


def _is_about_a_letter(event: dict[str, Any]) -> bool:
    return bool(event["data"].get("error", {}).get("code") == "not_worked_off")


def _report_of(file: InboxObject) -> str:
    return _ANNOUNCER.unpaired(file, _NOTHING, 0).id
