"""What must hold: after every step, and when nothing is left to do."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

from depthdrop.drop import identities
from depthdrop.drop.inbox_keys import sibling_prefix
from depthdrop.drop.pairing import InboxObject, Pair, pair
from depthdrop.records.drops import was_refused
from depthdrop.records.edits import State
from depthdrop.records.table import Item, from_item
from depthdrop.settings.models_and_prices import model_named
from tests.protocol.schedules.lonely import check_unpaired_files
from tests.protocol.schedules.upstream import Asked
from tests.protocol.schedules.wiring import DEADLINE
from tests.protocol.schedules.world import World
from tests.support.records import part

_ENDED = {State.SUCCEEDED.value, State.FAILED.value, State.AMBIGUOUS.value}
_LONGEST_LEASE = DEADLINE + 300


class BrokenPromiseError(AssertionError):
    """A promise that does not hold."""


class Watchman:
    """Looks at every write and remembers which task ids were ever written down."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.known: dict[str, str] = {}
        world.store.watch = self._written

    def _written(self, pk: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if pk.startswith("edit#"):
            self._edit_written(pk, before, after)
        elif pk.startswith("drop#"):
            if "asked_model" in (after or {}) and "asked_model" not in (before or {}):
                self.world.used("fell back")
        elif pk.startswith("slot#") and before is not None and not self.world.skewed:
            old, new = from_item(before), from_item(after) if after else {}
            if new.get("holder") != old["holder"] and old["lease_until"] >= self.world.time:
                self._slot_lost(pk, old)

    def _edit_written(self, pk: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if after is None:
            self.world.broken.append(f"{pk} was deleted")
            return
        if "task_id" in after:
            self.known[after["task_id"]["S"]] = pk
        task = (before or {}).get("task_id", {}).get("S")
        if task is not None and after.get("task_id", {}).get("S") != task:
            self.world.broken.append(f"the record of {pk} forgot its task {task}")

    def _slot_lost(self, pk: str, old: Item) -> None:
        edit_id, _, token = old["holder"].partition(":")
        edit = self.world.store.items.get(f"edit#{edit_id}", {})
        if edit.get("token", {}).get("S") != token:
            return
        task = self.world.upstream.tasks.get(edit.get("task_id", {}).get("S", ""))
        if task is not None and task in self.world.upstream.active():
            self.world.broken.append(f"{pk} was taken from a task that is at work")

    def after_a_step(self) -> None:
        world = self.world
        paid = Counter[str]()
        for (prompt, _), count in world.upstream.charges.items():
            paid[prompt] += count
            if count > 1:
                world.broken.append(f"{prompt!r} was charged {count} times")
        dropped = Counter(asked_by(drop)[0] for drop in world.records("drop") if "settings" in drop)
        for prompt, count in paid.items():
            if count > dropped[prompt]:
                world.broken.append(f"{prompt!r} was charged {count} times for {dropped[prompt]} drops")
        within_the_budget(world)
        for execution in world.executions.all.values():
            self.known.setdefault(execution.state["task_id"], f"edit#{execution.state['edit_id']}")
        for task, pk in self.known.items():
            in_record = world.store.items.get(pk, {}).get("task_id", {}).get("S") == task
            if not in_record and not any(one.state["task_id"] == task for one in world.executions.all.values()):
                world.broken.append(f"task {task} was forgotten")


def check_settled(world: World) -> None:
    """Every edit and drop has ended and was reported, and the charges match the upstream's."""
    published = {event["id"]: event for event in world.topic.events}
    edits = {edit["edit_id"]: edit for edit in world.records("edit")}
    for edit in edits.values():
        _check_edit(world, edit, published)
    for drop in world.records("drop"):
        _check_drop(world, drop, edits.get(drop.get("edit_id", "")), published)
    recorded = {drop["drop_id"] for drop in world.records("drop")}
    reported = {event["data"].get("drop_id") for event in published.values()}
    for found in _pairs(world):
        drop_id = identities.drop_id("inbox", found)
        if drop_id not in recorded and drop_id not in reported:
            world.broken.append(f"nobody ever saw {found.image.key}")
    check_unpaired_files(world)
    _books(world, list(edits.values()))
    for slot in world.records("slot"):
        if slot["lease_until"] > world.time + _LONGEST_LEASE + (600 if world.skewed else 0):
            world.broken.append(f"{slot['pk']} is held for too long")


def within_the_budget(world: World) -> None:
    """Each day holds what its edits reserved, to the cent, never over the limit, and no edit spends beside it."""
    if not world.budget:
        return
    reserved: Counter[str] = Counter()
    for edit in world.records("edit"):
        if "budget_day" in edit:
            reserved[edit["budget_day"]] += edit["usd"]
        elif edit["state"] not in {State.CLAIMED.value, State.RELEASED.value}:
            world.broken.append(f"the edit of {edit['image_key']} is {edit['state']} with nothing reserved")
    for day in world.records("budget"):
        held = day.get("reserved_usd", Decimal(0))
        if held != reserved.pop(day["pk"].removeprefix("budget#"), Decimal(0)):
            world.broken.append(f"{day['pk']} holds {held}, its edits something else")
        if held > world.budget:
            world.broken.append(f"{day['pk']} holds {held}, which is over the budget")
    if any(reserved.values()):
        world.broken.append(f"no edit holds what was reserved: {dict(reserved)}")


def _check_edit(world: World, edit: Item, published: dict[str, Any]) -> None:
    name = edit["image_key"].removesuffix(".jpg")
    if edit["state"] not in _ENDED | {State.RELEASED.value}:
        world.broken.append(f"the edit of {name} is still {edit['state']}")
    if edit["state"] in _ENDED and json.loads(edit["event"])["id"] not in published:
        world.broken.append(f"the edit of {name} ended {edit['state']} and no event of it was published")
    if edit["state"] == State.AMBIGUOUS.value:
        sealed = asked_by(edit) in world.upstream.sealed
        if not sealed and name not in world.excused:
            world.broken.append(f"the edit of {name} is ambiguous without a reason")
        events = [one for one in published.values() if _is_event_of(one, edit, "ambiguous")]
        if len(events) != 1:
            world.broken.append(f"the edit of {name} has {len(events)} ambiguous events")
        # Clocks twenty minutes apart let sweep give up a POST that is just being answered.
        if not world.skewed and any(was_refused(part(drop), part(edit)) for drop in world.records("drop")):
            world.broken.append(f"the edit of {name} is ambiguous although its drop knows that it was refused")
        world.used("ambiguous edits")


def _check_drop(world: World, drop: Item, edit: Item | None, published: dict[str, Any]) -> None:
    rejected = any(
        event["data"].get("drop_id") == drop["drop_id"] and event["type"].endswith("rejected.v1")
        for event in published.values()
    )
    of_edit = edit is not None and any(
        event["data"].get("edit_id") == edit["edit_id"] for event in published.values()
    )
    if not rejected and not of_edit:
        state = edit["state"] if edit else "no edit"
        world.broken.append(f"the drop of {drop['image_key']} was never reported ({state})")
    if "parked" in drop:
        world.broken.append(f"the drop of {drop['image_key']} is still parked ({drop['parked']})")


def _books(world: World, edits: list[Item]) -> None:
    """What we recorded is what the upstream charged, except where we said that we do not know."""
    recorded = sum((edit["usd"] for edit in edits if edit.get("spend_state") == "charged"), Decimal(0))
    unknown = {asked_by(edit) for edit in edits if edit["state"] == State.AMBIGUOUS.value}
    charged = Decimal(0)
    for asked, count in world.upstream.charges.items():
        if asked not in unknown:
            charged += model_named(asked[1]).price_usd * count
    if recorded != charged:
        world.broken.append(f"{recorded} recorded, {charged} charged")


def asked_by(record: Item) -> Asked:
    """The prompt and the model's name on the wire, of an edit or a drop."""
    settings = json.loads(record["settings"])
    return settings["prompt"], model_named(settings["model"]).wire_name


def _is_event_of(event: dict[str, Any], edit: Item, word: str) -> bool:
    return bool(event["data"].get("edit_id") == edit["edit_id"] and event["type"].split(".")[2] == word)


def _pairs(world: World) -> list[Pair]:
    keys = [key for bucket, key in world.buckets.objects if bucket == "inbox" and key.endswith(".jpg")]
    found = []
    for key in keys:
        listed = world.buckets.list_objects_v2(Bucket="inbox", Prefix=sibling_prefix(key), MaxKeys=10)["Contents"]
        siblings = [
            InboxObject(one["Key"], one["ETag"].strip('"'), int(one["LastModified"].timestamp()), one["Size"])
            for one in listed
        ]
        found += [one for one in pair(key, siblings) if isinstance(one, Pair)]
    return found
