"""`depthdrop replay`: polls a paid task or publishes an event again for free; pays again only with --pay-again."""

import json
from typing import Annotated, Any

import typer

from depthdrop.drop.identities import replay_id
from depthdrop.drop.pairing import InboxObject
from depthdrop.drop.refusal import RefusedError
from depthdrop.inbox.bucket import ChangedError
from depthdrop.inbox.depth_maps import depth_map_of
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
    State.SUBMITTED: "its task is paid for and running",
    State.POSTING: "its paid request is running or got no answer; sweep settles it",
}
_FILE_FIELDS = (
    *("image_key", "image_etag", "image_size", "image_last_modified", "sidecar_key"),
    *("map_key", "map_etag", "map_last_modified", "map_size"),
)
_ORIGIN = "depthdrop replay --pay-again"


def replay(
    stack: OperatorStack,
    out: Output,
    edit: Annotated[str, typer.Argument(help="An edit_id or its beginning.")],
    *,
    pay_again: Annotated[bool, typer.Option("--pay-again", help="Buy it again, as a new edit.")] = False,
    yes: Yes = False,
) -> Exit:
    """Poll a failed edit's paid task again, or publish an edit's event again; both are free."""
    found = edit_named(stack, edit)
    new_edit_id = None
    if found["state"] not in _ENDED:
        why = _NOT_ENDED.get(State(found["state"]), "nothing has been paid for yet; it continues by itself")
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
    return Exit.UNSUCCESSFUL if did == "nothing" else Exit.DONE


def _resume(stack: OperatorStack, edit: EditRecord) -> tuple[str, str]:
    """Have sweep resume it: the same call as the stack's output ResumeCommand."""
    payload = json.dumps({"resume": edit["edit_id"]}).encode()
    answer: Any = lambdas().invoke(FunctionName=stack.resource("SweepFunction"), Payload=payload)
    reply: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer or "resumed" not in reply:
        raise CliError(f"sweep failed: {reply.get('errorMessage', reply)}. Its log has more.")
    if reply["resumed"] != "yes":
        return "nothing", f"It was not resumed: {reply['why']}"
    return "resumed", f"Task {edit['task_id']} is watched again by {reply['execution']}. It was free."


def _pay_again(stack: OperatorStack, edit: EditRecord, *, yes: bool) -> tuple[str, str, str | None]:
    """Record a drop of the same picture and settings with a new rerun value, which makes it a new edit."""
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
    facts: Any = {name: known[name] for name in _FILE_FIELDS if name in known} | {
        "edit_id": order.edit_id,
        "settings": order.settings.model_dump_json(exclude_none=True),
        "origins": json.dumps(order.origins, ensure_ascii=False),
    }
    recorded, _ = Drops(stack.submit.edits.table).record(replay_id(drop["drop_id"], rerun), stack.now(), facts)
    stack.submit.purchase.settlement.parking.send_again(recorded["drop_id"])
    message = f"{edit['image_key']} is dropped again as edit {recorded['edit_id']}, for {price}."
    return "dropped", message, recorded["edit_id"]


def _order(stack: OperatorStack, edit: EditRecord, drop: DropRecord, rerun: str) -> Order:
    """Made by submit's own code, so that submit will compute the same edit_id."""
    settings = json.dumps(json.loads(edit["settings"]) | {"rerun": rerun})
    origins = json.dumps(json.loads(edit["origins"]) | {"rerun": _ORIGIN})
    image = InboxObject(drop["image_key"], drop["image_etag"], drop["image_last_modified"], drop["image_size"])
    try:
        return reread_order(stack.submit.inbox, image, depth_map_of(drop), settings, origins)
    except ChangedError:
        raise CliError(f"{image.key} or its depth map was replaced or removed since: drop it again.") from None
    except RefusedError as error:
        raise CliError(f"It would be refused now: {error.refusal.message} {error.refusal.hint}") from None
