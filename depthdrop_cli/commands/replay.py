"""`depthdrop replay`: looks at a paid task again or tells an end again, for free; pays again only when told to."""

import json
from typing import Any

import typer

from depthdrop.drop.identities import replay_id
from depthdrop.drop.pairing import InboxObject
from depthdrop.drop.refusal import RefusedError
from depthdrop.inbox.bucket import ChangedError
from depthdrop.inbox.depth_maps import map_of
from depthdrop.inbox.order import Order, reread_order
from depthdrop.notices.events import read_event
from depthdrop.records.drops import Drops
from depthdrop.records.edits import State
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.reading.entries import money_of
from depthdrop_cli.reading.records import edit_named
from depthdrop_cli.stack.stacks import OperatorStack, lambdas
from depthdrop_cli.terminal.errors import CliError, Exit
from depthdrop_cli.terminal.output import Output, iso, usd

_ENDED = frozenset({State.SUCCEEDED, State.FAILED, State.AMBIGUOUS})
_OF_THE_PICTURE = ("image_key", "image_etag", "image_size", "image_last_modified", "sidecar_key")
_OF_THE_MAP = ("map_key", "map_etag", "map_last_modified", "map_size")
_ORIGIN = "depthdrop replay --pay-again"


def replay(stack: OperatorStack, out: Output, name: str, *, pay_again: bool, yes: bool) -> Exit:
    edit = edit_named(stack, name)
    if edit["state"] not in _ENDED:
        return _not_ended(out, edit)
    if pay_again:
        return _pay_again(stack, out, edit, yes=yes)
    if edit["state"] == State.FAILED and "task_id" in edit:
        return _resume(stack, out, edit)
    event = read_event(edit["event"])
    stack.submit.notices.publish(event)
    stack.submit.edits.notified(edit["edit_id"], State(edit["state"]), stack.now())
    return _answer(
        out, edit, "notified", f"{event.type.value} was published again under the id {event.id}. It was free."
    )


def _not_ended(out: Output, edit: EditRecord) -> Exit:
    words = {
        State.SUBMITTED: "its task is paid for and being watched",
        State.POSTING: "its paid request is under way or was left without an answer; sweep settles it",
    }
    why = words.get(State(edit["state"]), "nothing has been paid for yet; it goes on by itself")
    return _answer(out, edit, "nothing", f"There is nothing to replay: {why}.", Exit.NOT_SO)


def _resume(stack: OperatorStack, out: Output, edit: EditRecord) -> Exit:
    """Sweep does it, in its own name: the call that the stack's output ResumeCommand makes."""
    answer: dict[str, Any] = dict(
        lambdas().invoke(
            FunctionName=stack.resource("SweepFunction"), Payload=json.dumps({"resume": edit["edit_id"]}).encode()
        )
    )
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer or "resumed" not in told:
        raise CliError(f"sweep failed: {told.get('errorMessage', told)}. Its log has more.")
    if told["resumed"] != "yes":
        return _answer(out, edit, "nothing", f"It was not resumed: {told['why']}", Exit.NOT_SO)
    return _answer(
        out, edit, "resumed", f"Task {edit['task_id']} is watched again by {told['execution']}. It was free."
    )


def _pay_again(stack: OperatorStack, out: Output, edit: EditRecord, *, yes: bool) -> Exit:
    """A drop of the same picture with the same settings and a new rerun value; its edit is another one."""
    drop = stack.submit.drops.get(edit["drop_id"])
    if drop is None:
        raise CliError(
            "The drop of this edit is no longer on record: drop the picture again with a new rerun value."
        )
    rerun = f"replay {iso(stack.now())}"
    order = _order(stack, edit, drop, rerun)
    price = usd(order.model.price_usd)
    if not yes and not _agreed(price, money_of(edit).state):
        return _answer(out, edit, "nothing", "Nothing was paid for.", Exit.NOT_SO)
    known: Any = drop
    facts: Any = {name: known[name] for name in (*_OF_THE_PICTURE, *_OF_THE_MAP) if name in known}
    facts |= {
        "edit_id": order.edit_id,
        "settings": order.settings.model_dump_json(exclude_none=True),
        "origins": json.dumps(order.origins, ensure_ascii=False),
    }
    made = Drops(stack.submit.edits.table).record(replay_id(drop["drop_id"], rerun), stack.now(), facts)
    stack.submit.purchase.settlement.parking.send_again(made["drop_id"])
    said = f"{edit['image_key']} is dropped again as edit {made['edit_id']}, for {price}."
    return _answer(out, edit, "dropped", said, new_edit_id=made["edit_id"])


def _order(stack: OperatorStack, edit: EditRecord, drop: DropRecord, rerun: str) -> Order:
    """By submit's own code, so that what is recorded is what submit will find."""
    settings = json.dumps(json.loads(edit["settings"]) | {"rerun": rerun})
    origins = json.dumps(json.loads(edit["origins"]) | {"rerun": _ORIGIN})
    image = InboxObject(drop["image_key"], drop["image_etag"], drop["image_last_modified"], drop["image_size"])
    try:
        return reread_order(stack.submit.inbox, image, map_of(drop), settings, origins)
    except ChangedError:
        raise CliError(f"{image.key} or its depth map was replaced or removed since: drop it again.") from None
    except RefusedError as error:
        raise CliError(f"It would be refused now: {error.refusal.message} {error.refusal.hint}") from None


def _agreed(price: str, spent: str) -> bool:
    before = {"charged": "It was paid for once.", "unknown": "It may have been paid for once."}.get(spent, "")
    try:
        return typer.confirm(f"{before} Pay {price} again? (--yes answers this)".strip(), err=True)
    except typer.Abort:
        return False


def _answer(
    out: Output, edit: EditRecord, did: str, said: str, code: Exit = Exit.DONE, new_edit_id: str | None = None
) -> Exit:
    data = {"edit_id": edit["edit_id"], "did": did, "message": said, "new_edit_id": new_edit_id}
    out.answer(data, lambda console: console.print(said, markup=False))
    return code
