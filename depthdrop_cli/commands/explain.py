"""`depthdrop explain`: shows what submit would do with a picture, by running submit's own code without paying."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import typer
from rich.table import Table

from depthdrop.drop.foreign import HEAD_BYTES
from depthdrop.drop.inbox_keys import Kind, kind_of, sibling_prefix, suffix_of
from depthdrop.drop.pairing import Crowded, InboxObject, Pair, Pairing, TwoSidecars, UnpairedFile
from depthdrop.drop.refusal import Refusal, RefusedError
from depthdrop.inbox.bucket import ChangedError, Inbox
from depthdrop.inbox.depth_maps import is_depth_map
from depthdrop.inbox.order import Order, resolve_drop
from depthdrop.notices.missing_counterpart import missing_counterpart
from depthdrop.picture.check import check_format
from depthdrop.records.edits import State
from depthdrop.records.files import Files
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import CHEAPEST_USD, model_named
from depthdrop.use_cases.arrivals import clash_refusal
from depthdrop_cli.reading.entries import money_of
from depthdrop_cli.reading.records import drops_at, edit_of, key_of
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, NotFoundError
from depthdrop_cli.terminal.output import Output, table, usd


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdict` is "buy", "bought", "refused", "half" (unpaired) or "depth_map"; `usd` would be paid now."""

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
    recorded: bool = False
    refusal: Refusal | None = None


class _NothingRecorded(Files):
    """Submit records before paying which file is a depth map; explaining records nothing."""

    __slots__ = ()

    def name(self, map_key: str, image_key: str) -> None:
        """Record nothing."""


def explain(
    stack: OperatorStack,
    out: Output,
    key: Annotated[str, typer.Argument(help="A picture or sidecar in the inbox.")],
) -> Exit:
    """Show the settings of a picture's edit, where each comes from, and the price; spends nothing."""
    key = key_of(stack, key)
    explained = explanations(stack, stack.submit.inbox, key)
    if not explained:
        raise NotFoundError(f"There is no picture or sidecar at {key} in {stack.submit.inbox.bucket}.")
    blocks = obstacles(stack)
    lines = [*lines_of(explained), *(f"Drops will be parked until this is over: {block}" for block in blocks)]
    out.answer({"key": key, "explanations": [asdict(item) for item in explained], "obstacles": blocks}, lines)
    return Exit.UNSUCCESSFUL if any(item.refusal is not None for item in explained) else Exit.DONE


def explanations(stack: OperatorStack, inbox: Inbox, key: str) -> list[Explanation]:
    """One for each pairing of the file at this key, if any. Raises NotFoundError when files change meanwhile."""
    return [_explained(stack, inbox, pairing) for pairing in inbox.pairings(key)]


def obstacles(stack: OperatorStack) -> list[str]:
    """Why a valid drop would be parked instead of paid for: the open circuit, or the reached budget."""
    record, budget = stack.submit.purchase.circuit.current(), stack.submit.purchase.budget
    found = [] if record is None else [f"The circuit is open ({record['reason']}): {record['message']}"]
    room = budget.room(stack.now())
    if room is not None and room < CHEAPEST_USD:
        found.append(f"Today's budget of ${budget.limit_usd} is reached; drops continue at midnight UTC.")
    return found


def _explained(stack: OperatorStack, inbox: Inbox, pairing: Pairing) -> Explanation:
    file = pairing.file if isinstance(pairing, UnpairedFile) else pairing.image
    try:
        match pairing:
            case Pair():
                return _of_pair(stack, inbox, pairing)
            case TwoSidecars() | Crowded():
                return Explanation(file.key, "refused", refusal=clash_refusal(pairing))
            case UnpairedFile():
                return _of_file_alone(stack, inbox, file)
    except ChangedError:
        raise NotFoundError(f"{file.key} was replaced or removed just now; try again.") from None


def _of_file_alone(stack: OperatorStack, inbox: Inbox, file: InboxObject) -> Explanation:
    if kind_of(file.key) is not Kind.SIDECAR:
        prompt = inbox.prompt_of(file)
        if prompt is not None:
            return _of_pair(stack, inbox, Pair(file, None, prompt))
    if is_depth_map(inbox, stack.submit.arrivals.files, stack.submit.drops, file.key):
        return Explanation(file.key, "depth_map")
    if kind_of(file.key) is Kind.FOREIGN:  # a raw photo or the like is refused, with or without a sidecar
        try:
            check_format(file.key.rpartition("/")[2], suffix_of(file.key), inbox.read(file, HEAD_BYTES))
        except RefusedError as error:
            return Explanation(file.key, "refused", refusal=error.refusal)
    missing = missing_counterpart(file.key, inbox.siblings(sibling_prefix(file.key)).objects)
    return Explanation(file.key, "half", refusal=Refusal(missing.code, missing.message, missing.hint))


def _of_pair(stack: OperatorStack, inbox: Inbox, pair: Pair) -> Explanation:
    """A recorded drop keeps its settings; any other is resolved now, as submit would."""
    known = drops_at(stack, pair)
    if known:
        return _of_record(stack, known[-1])
    environment = stack.environment
    files = _NothingRecorded(stack.submit.arrivals.files.table)
    resolution = resolve_drop(inbox, files, pair, environment.inbox_prefix, environment.default_model)
    order = resolution.outcome
    place: Any = {
        "key": pair.image.key,
        "sidecar": None if pair.sidecar is None else pair.sidecar.key,
        "depth_map": resolution.map_key,
    }
    if isinstance(order, Refusal):
        return Explanation(verdict="refused", refusal=order, **place)
    return Explanation(
        settings=order.settings.model_dump(mode="json", exclude_none=True),
        origins=order.origins,
        checks=_checks(pair.image, order),
        edit_id=order.edit_id,
        **_price(order.model, stack.submit.edits.get(order.edit_id)),
        **place,
    )


def _of_record(stack: OperatorStack, drop: DropRecord) -> Explanation:
    place: Any = {"key": drop["image_key"], "sidecar": drop.get("sidecar_key"), "recorded": True}
    if "refusal" in drop:
        return Explanation(verdict="refused", refusal=Refusal(**json.loads(drop["refusal"])), **place)
    settings = json.loads(drop["settings"])
    return Explanation(
        settings=settings,
        origins=json.loads(drop["origins"]),
        edit_id=drop["edit_id"],
        depth_map=drop.get("map_key"),
        **_price(model_named(settings["model"]), edit_of(stack, drop)),
        **place,
    )


def _price(model: Model, edit: EditRecord | None) -> Any:
    """Verdict and price. An edit is to be paid for if it is unclaimed or its claim was released."""
    state = None if edit is None else edit["state"]
    is_unpaid = state in {None, State.RELEASED} or (state == State.CLAIMED and money_of(edit).state == "none")
    return {
        "verdict": "buy" if is_unpaid else "bought",
        "usd": model.price_usd if is_unpaid else 0,
        "model": model.name,
        "edit_state": state,
    }


def _checks(image: InboxObject, order: Order) -> tuple[str, ...]:
    """The checks that passed. A drop that fails one is refused and has no order."""
    sent = ", ".join(f"{name} of {len(content):,} bytes" for name, content in order.request.pictures.items())
    return (
        f"the picture is intact, {image.size:,} bytes as dropped, and within the limits of {order.model.name}",
        f"{order.model.name} accepts every setting",
        f"private metadata is removed; {sent} would be sent",
    )


def lines_of(explained: list[Explanation]) -> Iterator[str | Table]:
    for item in explained:
        words = {
            "buy": f"would be paid for: {usd(item.usd)}",
            "bought": f"costs nothing more, its edit is {item.edit_state}",
            "refused": "is refused, nothing is charged",
            "half": "is unpaired and waits for its counterpart",
            "depth_map": "is a depth map of another picture, not a drop",
        }
        yield f"{item.key} {words[item.verdict]}"
        if item.sidecar:
            yield f"with {item.sidecar}" + (" as it was when the drop was recorded" if item.recorded else "")
        if item.refusal is not None:
            yield f"{item.refusal.message} {item.refusal.hint}"
        if item.settings:
            settings = item.settings.items()
            rows = [(name, value, item.origins.get(name, "")) for name, value in settings if value != {}]
            yield table(("setting", "value", "from"), rows)
        yield from (f"checked: {check}" for check in item.checks)
        if item.edit_id:
            yield f"edit {item.edit_id}"
