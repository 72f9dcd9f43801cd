"""`depthdrop explain`: what submit would make of a picture, found out by submit's own code, without spending."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from depthdrop.drop.foreign import HEAD_BYTES
from depthdrop.drop.keys import Kind, kind_of, sibling_prefix, suffix_of
from depthdrop.drop.pairing import Crowded, Half, InboxObject, Pair, Pairing, TwoSidecars
from depthdrop.drop.refusal import Refusal, RefusedError
from depthdrop.inbox.bucket import ChangedError, Inbox
from depthdrop.inbox.depth_maps import DepthMaps
from depthdrop.inbox.order import Order, resolve_drop
from depthdrop.notices.missing_half import missing_half
from depthdrop.picture.check import check_format
from depthdrop.records.edits import State
from depthdrop.records.files import Files
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop.settings.catalogue import CHEAPEST_USD, model_named
from depthdrop.use_cases.arrivals import clash_refusal
from depthdrop_cli.reading.entries import money_of
from depthdrop_cli.reading.records import drops_at, edit_of, key_of
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, NotFoundError
from depthdrop_cli.terminal.output import Output, table, text, usd

_FREE_TO_BUY = frozenset({State.RELEASED})


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdict` is buy, bought, refused, half or depth_map; `usd` is what would be paid now."""

    key: str
    verdict: str
    usd: Any = 0
    sidecar: str | None = None
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    edit_id: str | None = None
    edit_state: str | None = None
    depth_map: str | None = None
    refusal: Refusal | None = None
    recorded: bool = False

    def as_data(self) -> dict[str, Any]:
        refusal = self.refusal
        said = None if refusal is None else {name: getattr(refusal, name) for name in Refusal.__slots__}
        values = {name: getattr(self, name) for name in self.__slots__ if name != "refusal"}
        return {**values, "checks": list(self.checks), "refusal": said}


class NothingNoted(Files):
    """submit notes which file the settings name as depth map before it pays; who only asks notes nothing."""

    __slots__ = ()

    def name(self, map_key: str, image_key: str) -> None:
        """Nothing."""


def explain(stack: OperatorStack, out: Output, key: str) -> Exit:
    key = key_of(stack, key)
    found = explanations(stack, stack.submit.inbox, key)
    if not found:
        raise NotFoundError(f"There is no picture or sidecar at {key} in {stack.submit.inbox.bucket}.")
    blocks = obstacles(stack)
    data = {"key": key, "explanations": [one.as_data() for one in found], "obstacles": blocks}
    out.answer(data, lambda console: _print(console, found, blocks))
    return Exit.NOT_SO if any(one.refusal is not None for one in found) else Exit.DONE


def explanations(stack: OperatorStack, inbox: Inbox, key: str) -> list[Explanation]:
    """One for each pair that the file at this key is in; nothing when there is no such file."""
    return [_explained(stack, inbox, one) for one in inbox.pairings(key)]


def obstacles(stack: OperatorStack) -> list[str]:
    """What would make a good drop rest before it is paid for."""
    record, budget = stack.submit.purchase.circuit.standing(), stack.submit.purchase.budget
    found = [] if record is None else [f"The circuit is open ({record['reason']}): {record['message']}"]
    room = budget.room(stack.now())
    if room is not None and room < CHEAPEST_USD:
        found.append(f"Today's budget of ${budget.limit_usd} is reached; it would go on at midnight UTC.")
    return found


def _explained(stack: OperatorStack, inbox: Inbox, found: Pairing) -> Explanation:
    match found:
        case Pair():
            return _pair(stack, inbox, found)
        case TwoSidecars(image) | Crowded(image):
            return Explanation(image.key, "refused", refusal=clash_refusal(found))
        case Half(file):
            return _half(stack, inbox, file)


def _half(stack: OperatorStack, inbox: Inbox, file: InboxObject) -> Explanation:
    if kind_of(file.key) is not Kind.SIDECAR:
        try:
            prompt = inbox.prompt_of(file)
        except ChangedError:
            raise NotFoundError(f"{file.key} was replaced or removed at this moment; ask again.") from None
        if prompt is not None:
            return _pair(stack, inbox, Pair(file, None, prompt))
    if DepthMaps(inbox, stack.submit.arrivals.files, stack.submit.drops).is_one(file.key):
        return Explanation(file.key, "depth_map")
    if kind_of(file.key) is Kind.FOREIGN:
        return Explanation(file.key, "refused", refusal=_foreign(inbox, file))
    siblings = inbox.siblings(sibling_prefix(file.key)).objects
    missing = missing_half(file.key, siblings)
    return Explanation(file.key, "half", refusal=Refusal(missing.code, missing.message, missing.hint))


def _foreign(inbox: Inbox, file: InboxObject) -> Refusal:
    """Nobody waits for the other half of a raw photo or the like: it would be refused."""
    name = file.key.rpartition("/")[2]
    try:
        check_format(name, suffix_of(file.key), inbox.read(file, HEAD_BYTES))
    except RefusedError as error:
        return error.refusal
    except ChangedError:
        raise NotFoundError(f"{file.key} was replaced or removed at this moment; ask again.") from None
    missing = missing_half(file.key, ())
    return Refusal(missing.code, missing.message, missing.hint)


def _pair(stack: OperatorStack, inbox: Inbox, pair: Pair) -> Explanation:
    """A drop on record was resolved for good; any other is resolved as submit would, at this moment."""
    known = drops_at(stack, pair)
    if known:
        return _recorded(stack, known[-1])
    environment = stack.environment
    files = NothingNoted(stack.submit.arrivals.files.table)
    try:
        resolution = resolve_drop(inbox, files, pair, environment.inbox_prefix, environment.default_model)
    except ChangedError:
        raise NotFoundError(f"{pair.image.key} was replaced or removed at this moment; ask again.") from None
    sidecar = None if pair.sidecar is None else pair.sidecar.key
    outcome = resolution.outcome
    if isinstance(outcome, Refusal):
        return Explanation(pair.image.key, "refused", 0, sidecar, depth_map=resolution.map_key, refusal=outcome)
    edit = stack.submit.edits.get(outcome.edit_id)
    return Explanation(
        key=pair.image.key,
        verdict="buy" if is_free(edit) else "bought",
        usd=outcome.model.price_usd if is_free(edit) else 0,
        sidecar=sidecar,
        model=outcome.model.name,
        settings=outcome.settings.model_dump(mode="json", exclude_none=True),
        origins=outcome.origins,
        checks=_checks(pair.image, outcome),
        edit_id=outcome.edit_id,
        edit_state=None if edit is None else edit["state"],
        depth_map=resolution.map_key,
    )


def _recorded(stack: OperatorStack, drop: DropRecord) -> Explanation:
    if "refusal" in drop:
        refusal = Refusal(**json.loads(drop["refusal"]))
        return Explanation(drop["image_key"], "refused", 0, drop.get("sidecar_key"), refusal=refusal, recorded=True)
    edit = edit_of(stack, drop)
    settings = json.loads(drop["settings"])
    model = model_named(settings["model"])
    return Explanation(
        key=drop["image_key"],
        verdict="buy" if is_free(edit) else "bought",
        usd=model.price_usd if is_free(edit) else 0,
        sidecar=drop.get("sidecar_key"),
        model=model.name,
        settings=settings,
        origins=json.loads(drop["origins"]),
        edit_id=drop["edit_id"],
        edit_state=None if edit is None else edit["state"],
        depth_map=drop.get("map_key"),
        recorded=True,
    )


def is_free(edit: EditRecord | None) -> bool:
    """Whether this edit would still be paid for: nobody has claimed it, or its claim was given back."""
    return (
        edit is None
        or edit["state"] in _FREE_TO_BUY
        or (edit["state"] == State.CLAIMED and money_of(edit).state == "none")
    )


def _checks(image: InboxObject, order: Order) -> tuple[str, ...]:
    """What was looked at and found good; a drop that fails one is refused and has no order."""
    sent = ", ".join(f"{name} of {len(content):,} bytes" for name, content in order.request.pictures.items())
    return (
        f"the picture is sound, {image.size:,} bytes as dropped, and within the limits of {order.model.name}",
        f"every setting is one that {order.model.name} takes",
        f"private metadata stays here; sent would be {sent}",
    )


def _print(console: Console, found: list[Explanation], blocks: list[str]) -> None:
    for one in found:
        print_one(console, one)
    for block in blocks:
        console.print(f"Until that is over, drops rest: {text(block)}")


def print_one(console: Console, one: Explanation) -> None:
    words = {
        "buy": f"would be paid for: {usd(one.usd)}",
        "bought": f"costs nothing more, its edit stands as {one.edit_state}",
        "refused": "is refused, nothing is charged",
        "half": "waits for its other half",
        "depth_map": "is a depth map of another picture, not a drop",
    }
    console.print(f"{text(one.key)} {words[one.verdict]}")
    if one.sidecar:
        console.print(
            f"with {text(one.sidecar)}" + (" as it was when the drop was first seen" if one.recorded else "")
        )
    if one.refusal is not None:
        console.print(f"{text(one.refusal.message)} {text(one.refusal.hint)}")
    if one.settings:
        rows = [(name, value, one.origins.get(name, "")) for name, value in one.settings.items() if value != {}]
        console.print(table(("setting", "value", "from"), rows))
    for check in one.checks:
        console.print(f"checked: {text(check)}")
    if one.edit_id:
        console.print(f"edit {text(one.edit_id)}")
