"""From a file that arrived to the drops that it makes, each recorded once. Nothing is spent here.

what is in the inbox                             what it becomes
an image and one sidecar                         a drop
an image alone, uploaded with its prompt         a drop
an image and several sidecars, or a crowd        a drop that is refused
a depth map, named by the settings of pictures   drops of those pictures, when it is another than they had
an image or a sidecar alone                      an unpaired file that waits
a raw photo or the like, alone                   nothing; in the place of an image above, a drop that is refused
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics

from depthdrop.drop import identities
from depthdrop.drop.inbox_keys import Kind, kind_of
from depthdrop.drop.pairing import Crowded, InboxObject, Pair, TwoSidecars, UnpairedFile
from depthdrop.drop.refusal import Refusal
from depthdrop.environment import SubmitEnvironment
from depthdrop.inbox.bucket import ChangedError, Inbox
from depthdrop.inbox.depth_maps import depth_map_of, names, namings
from depthdrop.inbox.message import ComeBack, Done, Settled
from depthdrop.inbox.order import Order, Resolution, resolve_drop
from depthdrop.inbox.waiting import report_at
from depthdrop.notices.rejection import Rejection, refusal_text
from depthdrop.observe import count
from depthdrop.records.drops import Drops
from depthdrop.records.files import Files, last_reported

if TYPE_CHECKING:
    from depthdrop.records.types import DropRecord, FileRecord, NewDrop, Resolved

# A replaced file has an event of its own; a removed one has none, and leaves an unpaired file.
_CHANGED = ComeBack(5, "a file of this drop was replaced or removed at this moment")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A drop that has its record and must be brought on; with the order when it was resolved just now."""

    drop: "DropRecord"
    order: Order | None = None


Arrived = Recorded | Settled


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a file is part of is decided anew at every event; what was recorded once stays as it was."""

    environment: SubmitEnvironment
    inbox: Inbox
    files: Files
    drops: Drops
    rejection: Rejection
    logger: Logger
    metrics: Metrics
    clock: Callable[[], float] = time.time

    def at(self, key: str) -> Iterator[Arrived]:
        """What the file at this key makes, pairing by pairing."""
        pairings = self.inbox.pairings(key)
        if not pairings:
            yield Done("the object is gone, or is neither picture nor sidecar")
        for found in pairings:
            yield from self._unpaired(found.file) if isinstance(found, UnpairedFile) else self._picture(found)

    def _picture(self, found: Pair | TwoSidecars | Crowded) -> list[Arrived]:
        """The drop that is recorded of this picture, or a new one; those of others when it is their depth map."""
        drop_id = identities.id_of(self.inbox.bucket, found)
        drop = self.drops.get(drop_id)
        if drop is not None:
            return [self._known(drop)]
        about = self.files.get(found.image.key)
        is_map, made = self._of_map(found.image, about.get("named_by", ()))
        if is_map:
            return made
        if isinstance(found, Pair):
            return [*made, self._first_seen(drop_id, found, about)]
        return [*made, self._clash(drop_id, found)]

    def _unpaired(self, file: InboxObject) -> list[Arrived]:
        kind = kind_of(file.key)
        if kind is not Kind.SIDECAR:
            try:
                prompt = self.inbox.prompt_of(file)
            except ChangedError:
                return [_CHANGED]
            if prompt is not None:
                return self._picture(Pair(file, None, prompt))
        if kind is Kind.FOREIGN:  # a raw photo beside its JPEG; nobody waits for it
            return [Done("a picture in a format that is not taken, and nothing beside it is its own")]
        look_at = report_at(self.clock(), self.environment.unpaired_minutes)
        named_by = self.files.wait(file, look_at)
        is_map, made = self._of_map(file, named_by)
        if is_map:
            return made
        if named_by:
            self.files.wait_even_if_named(file, look_at)
        return [*made, Done("waits for its other half")]

    def _of_map(self, file: InboxObject, image_keys: Iterable[str]) -> tuple[bool, list[Arrived]]:
        """Whether the settings of any of these pictures name this file as their depth map, and what that makes."""
        is_map, made = False, list[Arrived]()
        for found, known in namings(self.inbox, self.drops, image_keys):
            drop = known
            if drop is None and not self.files.get(found.image.key).get("named_by"):
                # Its own event has not been processed yet, so nobody knows which map it names now.
                for arrived in self.at(found.image.key):
                    _add(made, arrived)
                    is_map = is_map or arrived is _CHANGED  # perhaps: nothing is done before that is known
                drop = self.drops.get(identities.drop_id(self.inbox.bucket, found))
            if drop is None or not names(drop, file.key):
                continue
            is_map = True
            if depth_map_of(drop) == file:
                made.append(Done("the depth map of a picture that has it already"))
            else:
                _add(made, self._with_map(found, file))
        return is_map, made

    def _with_map(self, found: Pair, depth_map: InboxObject) -> Arrived:
        """The drop that a depth map makes by arriving after the pair that names it, or by replacing another."""
        drop_id = identities.drop_id(self.inbox.bucket, found, depth_map)
        drop = self.drops.get(drop_id)
        if drop is not None:
            return self._known(drop)
        if found.sidecar is None:
            try:
                found = Pair(found.image, None, self.inbox.prompt_of(found.image))
            except ChangedError:
                return _CHANGED
        return self._first_seen(drop_id, found, self.files.get(found.image.key), depth_map)

    def _known(self, drop: "DropRecord") -> Arrived:
        if "parked" in drop and drop["look_at"] > self.clock():
            return Done("parked: its time has not come")
        return Recorded(drop)

    def _first_seen(
        self, drop_id: str, found: Pair, about: "FileRecord", depth_map: InboxObject | None = None
    ) -> Arrived:
        """Resolve the drop and write down what it came to. `depth_map` is the one whose arrival makes this drop."""
        self.logger.append_keys(drop_id=drop_id)
        prefix, model = self.environment.inbox_prefix, self.environment.default_model
        try:
            resolution = resolve_drop(self.inbox, self.files, found, prefix, model)
        except ChangedError:
            return _CHANGED
        if depth_map is not None and not _is_about(resolution, depth_map.key):
            return Done("the settings name this depth map no more")
        order = resolution.outcome if isinstance(resolution.outcome, Order) else None
        if order is not None and "receipt" in about:
            self.rejection.withdraw(found.image.key)
        return Recorded(self.record(drop_id, found, _facts(resolution)), order)

    def _clash(self, drop_id: str, clash: TwoSidecars | Crowded) -> Arrived:
        found = Pair(clash.image, clash.sidecars[0] if isinstance(clash, TwoSidecars) else None)
        return Recorded(self.record(drop_id, found, {"refusal": refusal_text(clash_refusal(clash))}))

    def record(self, drop_id: str, found: Pair, facts: "Resolved") -> "DropRecord":
        """Record the drop, with the events that reported its files as unpaired."""
        files = self.files.met_by(file.key for file in (found.image, found.sidecar) if file is not None)
        about: NewDrop = {
            "image_key": found.image.key,
            "image_etag": found.image.etag,
            "image_size": found.image.size,
            "image_last_modified": found.image.last_modified,
            "sidecar_key": found.sidecar.key if found.sidecar is not None else None,
            "supersedes": last_reported(files),
            **facts,
        }
        drop, first = self.drops.record(drop_id, int(self.clock()), about)
        if first:
            count(self.metrics, "drops")
        self.files.pair_up(files)
        return drop


def _add(made: list[Arrived], arrived: Arrived) -> None:
    """A map may be named by twenty pictures: of one the order is kept, with its picture on the disk."""
    if isinstance(arrived, Recorded) and any(isinstance(one, Recorded) and one.order is not None for one in made):
        arrived = replace(arrived, order=None)
    made.append(arrived)


def _is_about(resolution: Resolution, map_key: str) -> bool:
    """Whether this map's arrival ends with this resolution: it is named, or nobody came so far as to know."""
    unknown = resolution.map_key is None and isinstance(resolution.outcome, Refusal)
    return unknown or resolution.map_key == map_key


def _facts(resolution: Resolution) -> "Resolved":
    facts: Resolved = {} if resolution.map_key is None else {"map_key": resolution.map_key}
    if resolution.depth_map is not None:
        facts["map_etag"] = resolution.depth_map.etag
        facts["map_last_modified"] = resolution.depth_map.last_modified
        facts["map_size"] = resolution.depth_map.size
    outcome = resolution.outcome
    if isinstance(outcome, Refusal):
        facts["refusal"] = refusal_text(outcome)
    else:
        facts["edit_id"] = outcome.edit_id
        facts["settings"] = outcome.settings.model_dump_json(exclude_none=True)
        facts["origins"] = json.dumps(outcome.origins, ensure_ascii=False)
    return facts


def clash_refusal(clash: TwoSidecars | Crowded) -> Refusal:
    """Why it is not known which settings this picture has."""
    if isinstance(clash, TwoSidecars):
        names = " and ".join(sidecar.key.rpartition("/")[2] for sidecar in clash.sidecars)
        hint = "Remove all but one, then drop the picture again."
        return Refusal("two_sidecars", f"{names} both belong to this picture.", hint)
    return Refusal(
        "crowded",
        "More than a thousand files begin with this picture's name, so its sidecar may be overlooked.",
        "Give the picture and its sidecar a name of their own, or move them into another folder.",
    )
