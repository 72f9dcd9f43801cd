"""What must hold of files that came alone, when everything has come to rest."""

from typing import Any

from depthdrop.drop import identities
from depthdrop.drop.pairing import InboxObject, Pair, UnpairedFile
from depthdrop.notices.compose import Announcer
from depthdrop.notices.events import Trouble
from tests.protocol.schedules.world import World

_ANNOUNCER = Announcer("depthdrop", "inbox")
_SKEW = 700  # seconds: a clock may be wrong by 600, and puts may be ahead of the time
_NOTHING = Trouble(code="", message="", hint="")


def halves_at_rest(world: World) -> None:
    """Every half was told, and what was told of a file was superseded when it was told anew or paired."""
    _one_report_stands(world)
    told = {event["id"] for event in world.topic.events}
    for key in sorted(key for bucket, key in world.buckets.objects if bucket == "inbox"):
        for found in world.submit.inbox.pairings(key):
            if isinstance(found, UnpairedFile):
                if _report_of(found.file) in told:
                    world.used("halves told")
                elif not _was_half_of_a_drop(world, found.file):
                    world.broken.append(f"{key} waits and nobody was told")
            elif isinstance(found, Pair) and key == found.image.key:
                _superseded(world, found)


def _one_report_stands(world: World) -> None:
    """Of all that was told of one file only the last may stand; a drop's record is as good as its event."""
    taken_back = {event["data"].get("supersedes") for event in world.topic.events}
    taken_back |= {drop.get("supersedes") for drop in world.records("drop")}
    for key in {event["subject"] for event in world.topic.events}:
        reports = dict.fromkeys(event["id"] for event in world.topic.events if _tells_of(event, key))
        for report in [*reports][:-1]:
            world.used("reports told anew")
            if report not in taken_back:
                world.broken.append(f"an older report of {key} still stands")


def _was_half_of_a_drop(world: World, half: InboxObject) -> bool:
    """It had its other half until that was removed, or its dead letter was told as that of a drop."""
    for drop in world.records("drop"):
        named = half.key in {drop["image_key"], drop.get("sidecar_key")}
        if named and drop["created_at"] + _SKEW >= half.last_modified:
            return True
    letters = [event["data"] for event in world.topic.events if _tells_of_a_letter(event)]
    return any(half.key in {data["source"]["key"], data.get("sidecar", {}).get("key")} for data in letters)


def _superseded(world: World, found: Pair) -> None:
    """Of what was told last of either file one is superseded, when they are a recorded drop by now."""
    halves = [half.key for half in (found.image, found.sidecar) if half is not None]
    reports = {_last_report(world, key) for key in halves} - {None}
    # A dead letter that was told in between supersedes a report, and is superseded in its place.
    reports |= {
        event["id"]
        for event in world.topic.events
        if _tells_of_a_letter(event) and event["data"].get("supersedes") in reports
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
    # A drop that finds its very edit in the hands of an earlier drop has no event of its own.
    theirs = any("edit_id" in drop and owners.get(drop["edit_id"]) != drop["drop_id"] for drop in naming)
    if not theirs and not reports & {event["data"].get("supersedes") for event in world.topic.events}:
        world.broken.append(f"the report of {found.image.key} still stands")


def _last_report(world: World, key: str) -> str | None:
    reports = [event["id"] for event in world.topic.events if _tells_of(event, key)]
    return reports[-1] if reports else None


def _tells_of(event: dict[str, Any], key: str) -> bool:
    return bool(event["subject"] == key and event["type"] == "depthdrop.drop.unpaired.v1")


def _tells_of_a_letter(event: dict[str, Any]) -> bool:
    return bool(event["data"].get("error", {}).get("code") == "not_worked_off")


def _report_of(half: InboxObject) -> str:
    return _ANNOUNCER.unpaired(half, _NOTHING, 0).id
