"""`depthdrop cancel`: sees to it that a drop is never paid for, or says that it is too late.

The drop is refused in its record, which every delivery looks at first. A worker that read the record before that
may still be on its way to the claim, so the claim is taken first, under a token of our own, and left to run out: it
outlives every invocation that could have begun before. Afterwards sweep and submit free it as they free any other.
"""

from dataclasses import asdict
from typing import Annotated

import typer

from depthdrop.drop.keys import Kind, kind_of
from depthdrop.drop.pairing import Half, Pair, Pairing
from depthdrop.drop.refusal import Refusal
from depthdrop.inbox.bucket import ChangedError
from depthdrop.notices.rejection import refusal_text
from depthdrop.records.edits import LEASE_MARGIN_SECONDS, State
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop.settings.catalogue import model_named
from depthdrop.settings.edit_settings import EditSettings
from depthdrop.use_cases.purchase import new_edit, random_token
from depthdrop_cli.reading.entries import NO_MONEY, money_of
from depthdrop_cli.reading.records import drop_id_of, drops_at, edit_of, key_of, open_drops_of
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError, Exit, NotFoundError
from depthdrop_cli.terminal.output import Output, usd

CANCELLED = Refusal(
    "cancelled",
    "The owner of the stack cancelled this drop before it was paid for.",
    "Drop the picture again to have it edited after all.",
)


def cancel(
    stack: OperatorStack,
    out: Output,
    key: Annotated[str, typer.Argument(help="A picture in the inbox, or its sidecar.")],
) -> Exit:
    """See to it that a drop is never paid for; or say that it is too late, and what it costs."""
    key = key_of(stack, key)
    current = [drop for found in stack.submit.inbox.pairings(key) for drop in _recorded(stack, found)]
    # An earlier upload of the picture may be parked: it asks for the same edit, perhaps.
    pictures = {key, *(drop["image_key"] for drop in current)}
    earlier = [drop for picture in sorted(pictures) for drop in open_drops_of(stack, picture)]
    drops = list({drop["drop_id"]: drop for drop in (*earlier, *current)}.values())
    if not drops:
        why = "what lies there makes no drop that would be paid for. `depthdrop explain` says why."
        if stack.submit.inbox.version(key) is None:
            why = "nothing lies there."
        raise NotFoundError(f"There is no drop to cancel at {key}: {why}")
    token = random_token()  # one for all: two drops may ask for the same edit
    ends = [
        {"key": drop["image_key"], "drop_id": drop["drop_id"], **_cancelled(stack, drop, token)} for drop in drops
    ]
    out.answer(ends, (f"{end['key']}: {end['message']}" for end in ends))
    return Exit.DONE if all(end["cancelled"] for end in ends) else Exit.NOT_SO


def _recorded(stack: OperatorStack, found: Pairing) -> list[DropRecord]:
    """The drops on record; a pair that submit has not seen yet is recorded here, refused from its first moment.

    The record is written once, by whichever of the two is first: meeting submit's, it is cancelled like any other.
    """
    known = drops_at(stack, found)
    pair = _as_pair(stack, found)
    drop_id = drop_id_of(stack, found)
    if known or pair is None or drop_id is None:
        return known
    return [stack.submit.arrivals.record(drop_id, pair, {"refusal": refusal_text(CANCELLED)})]


def _as_pair(stack: OperatorStack, found: Pairing) -> Pair | None:
    """What submit would take for a drop: a pair, or a picture that carries its prompt; no depth map of another."""
    if not isinstance(found, Pair | Half):
        return None
    file = found.image if isinstance(found, Pair) else found.file
    if stack.submit.arrivals.depth_maps.is_one(file.key):
        return None
    if isinstance(found, Pair):
        return found
    if kind_of(file.key) is Kind.SIDECAR:
        return None
    try:
        prompt = stack.submit.inbox.prompt_of(file)
    except ChangedError:
        raise CliError(f"{file.key} was replaced or removed at this moment; try again.") from None
    return None if prompt is None else Pair(file, None, prompt)


def _cancelled(stack: OperatorStack, drop: DropRecord, token: str) -> dict[str, object]:
    late, message = None, "Cancelled before it was paid for; nothing is charged."
    if "refusal" not in drop:
        late = _fence(stack, drop, token)
        if late is None:
            refusal = refusal_text(CANCELLED)
            stack.submit.drops.refuse(drop["drop_id"], refusal)
            stack.submit.rejection.tell({**drop, "refusal": refusal}, stack.now())
    elif CANCELLED.code in drop["refusal"]:
        stack.submit.rejection.tell(drop, stack.now())
    else:
        message = "It had been refused before; nothing was charged."
    money = NO_MONEY if late is None else money_of(edit_of(stack, drop))
    return {"cancelled": late is None, "message": late or message, "spend": asdict(money)}


def _fence(stack: OperatorStack, drop: DropRecord, token: str) -> str | None:
    """None once no worker can pay for this drop's edit any more; otherwise why it is too late."""
    settings = EditSettings.model_validate_json(drop["settings"])
    wanted = new_edit(drop, model_named(settings.model), settings)
    lease = stack.environment.submit_timeout_seconds + LEASE_MARGIN_SECONDS
    lost = stack.submit.edits.claim(wanted, token, stack.now(), lease)
    if lost is None or (lost.found is not None and lost.found.get("token") == token):
        return None
    return _too_late(lost.found)


def _too_late(edit: EditRecord | None) -> str:
    cost = "the price" if edit is None else usd(edit["usd"])
    match None if edit is None else edit["state"]:
        case State.CLAIMED:
            return f"A worker is about to pay {cost} for it at this moment. Try again in three minutes."
        case State.POSTING:
            return f"Too late: its paid request is under way, and {cost} may have been charged."
        case State.SUBMITTED:
            return f"Too late: it was paid for, {cost}. The result will land in the outbox."
        case state:
            return f"Too late: its edit stands as {state}. It costs nothing more."
