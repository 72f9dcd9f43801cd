"""`depthdrop replay`: looks at a paid task or publishes an event again, for free; pays again only if asked to."""

import json
from typing import Annotated, Any

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
from depthdrop_cli.terminal.output import Output, Yes, agreed, iso, usd

_ENDED = frozenset({State.SUCCEEDED, State.FAILED, State.AMBIGUOUS})
_NOT_ENDED = {
    State.SUBMITTED: "its task is paid for and being watched",
    State.POSTING: "its paid request is under way or was left without an answer; sweep settles it",
}
_OF_THE_FILES = (
    *("image_key", "image_etag", "image_size", "image_last_modified", "sidecar_key"),
    *("map_key", "map_etag", "map_last_modified", "map_size"),
)
_ORIGIN = "depthdrop replay --pay-again"


def replay(
    stack: OperatorStack,
    out: Output,
    edit: Annotated[str, typer.Argument(help="An edit_id or its beginning.")],
    *,
    pay_again: Annotated[bool, typer.Option("--pay-again", help="Buy it once more, as a new edit.")] = False,
    yes: Yes = False,
) -> Exit:
    """Look at a failed edit's paid task again, or publish an edit's event again; both are free."""
    found = edit_named(stack, edit)
    new_edit_id = None
    if found["state"] not in _ENDED:
        why = _NOT_ENDED.get(State(found["state"]), "nothing has been paid for yet; it goes on by itself")
        did, message = "nothing", f"There is nothing to replay: {why}."
    elif pay_again:
        did, message, new_edit_id = _pay_again(stack, found, yes=yes)
    elif found["state"] == State.FAILED and "task_id" in found:
        did, message = _resume(stack, found)
    else:
        event = read_event(found["event"])
        stack.submit.notices.publish(event)
        stack.submit.edits.notified(found["edit_id"], State(found["state"]), stack.now())
        did, message = "notified", f"{event.type.value} was published again under the id {event.id}. It was free."
    data = {"edit_id": found["edit_id"], "did": did, "message": message, "new_edit_id": new_edit_id}
    out.answer(data, [message])
    return Exit.NOT_SO if did == "nothing" else Exit.DONE


def _resume(stack: OperatorStack, edit: EditRecord) -> tuple[str, str]:
    """Sweep does it, in its own name: the call that the stack's output ResumeCommand makes."""
    payload = json.dumps({"resume": edit["edit_id"]}).encode()
    answer: Any = lambdas().invoke(FunctionName=stack.resource("SweepFunction"), Payload=payload)
    said: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer or "resumed" not in said:
        raise CliError(f"sweep failed: {said.get('errorMessage', said)}. Its log has more.")
    if said["resumed"] != "yes":
        return "nothing", f"It was not resumed: {said['why']}"
    return "resumed", f"Task {edit['task_id']} is watched again by {said['execution']}. It was free."


def _pay_again(stack: OperatorStack, edit: EditRecord, *, yes: bool) -> tuple[str, str, str | None]:
    """A drop of the same picture with the same settings and a new rerun value; its edit is another one."""
    drop = stack.submit.drops.get(edit["drop_id"])
    if drop is None:
        raise CliError(
            "The drop of this edit is no longer on record: drop the picture again with a new rerun value."
        )
    rerun = f"replay {iso(stack.now())}"
    order = _order(stack, edit, drop, rerun)
    price = usd(order.model.price_usd)
    before = money_of(edit).worded("", "It was paid for once. ", "It may have been paid for once. ")
    if not yes and not agreed(f"{before}Pay {price} again?"):
        return "nothing", "Nothing was paid for.", None
    known: Any = drop
    facts: Any = {name: known[name] for name in _OF_THE_FILES if name in known} | {
        "edit_id": order.edit_id,
        "settings": order.settings.model_dump_json(exclude_none=True),
        "origins": json.dumps(order.origins, ensure_ascii=False),
    }
    made = Drops(stack.submit.edits.table).record(replay_id(drop["drop_id"], rerun), stack.now(), facts)
    stack.submit.purchase.settlement.parking.send_again(made["drop_id"])
    message = f"{edit['image_key']} is dropped again as edit {made['edit_id']}, for {price}."
    return "dropped", message, made["edit_id"]


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
