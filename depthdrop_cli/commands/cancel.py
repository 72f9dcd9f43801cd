"""`depthdrop cancel`: makes sure that a drop is never paid for, or reports that it is too late.

The drop is marked as refused in its record, which every delivery reads first. A worker that read the record before
may still be about to claim the edit. So the claim is taken first, under the command's own token, and expires by
itself: its lease is longer than any invocation that began earlier. Sweep and submit then free it like any other.
"""

from dataclasses import asdict
from typing import Annotated

import typer

from depthdrop.drop import identities
from depthdrop.drop.inbox_keys import Kind, kind_of
from depthdrop.drop.pairing import Crowded, Pair, Pairing, TwoSidecars
from depthdrop.drop.refusal import Refusal
from depthdrop.inbox.bucket import ChangedError
from depthdrop.inbox.depth_maps import is_depth_map
from depthdrop.notices.rejection import refusal_text
from depthdrop.records.edits import LEASE_MARGIN_SECONDS, State
from depthdrop.records.types import DropRecord
from depthdrop.settings.edit_settings import EditSettings
from depthdrop.settings.models_and_prices import model_named
from depthdrop.use_cases.purchase import new_edit, random_token
from depthdrop_cli.reading.entries import NO_MONEY, money_of
from depthdrop_cli.reading.records import drops_at, edit_of, key_of, open_drops_of
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
    """Make sure that a drop is never paid for, or report that it is too late and what it costs."""
    key = key_of(stack, key)
    current = [drop for pairing in stack.submit.inbox.pairings(key) for drop in _recorded(stack, pairing)]
    # A drop of an earlier upload of the picture may be parked, and may ask for the same edit.
    pictures = {key, *(drop["image_key"] for drop in current)}
    earlier = [drop for picture in sorted(pictures) for drop in open_drops_of(stack, picture)]
    drops = list({drop["drop_id"]: drop for drop in (*earlier, *current)}.values())
    if not drops:
        why = "the file there makes no drop that would be paid for. `depthdrop explain` says why."
        if stack.submit.inbox.version(key) is None:
            why = "the inbox has no such file."
        raise NotFoundError(f"There is no drop to cancel at {key}: {why}")
    token = random_token()  # shared, as two drops may ask for the same edit
    results = [
        {"key": drop["image_key"], "drop_id": drop["drop_id"], **_cancelled(stack, drop, token)} for drop in drops
    ]
    out.answer(results, (f"{result['key']}: {result['message']}" for result in results))
    return Exit.DONE if all(result["cancelled"] for result in results) else Exit.UNSUCCESSFUL


def _recorded(stack: OperatorStack, pairing: Pairing) -> list[DropRecord]:
    """The recorded drops of this pairing. A pair that submit has not processed yet is recorded here as refused.

    The first writer's record stays: if submit recorded the drop in the meantime, it is cancelled like any other.
    """
    known = drops_at(stack, pairing)
    pair = None if known else _as_pair(stack, pairing)
    if pair is None:
        return known
    drop_id = identities.drop_id(stack.submit.inbox.bucket, pair)
    return [stack.submit.arrivals.record(drop_id, pair, {"refusal": refusal_text(CANCELLED)})]


def _as_pair(stack: OperatorStack, pairing: Pairing) -> Pair | None:
    """The pair that submit would process: picture and sidecar, or a picture with its prompt; never a depth map."""

    def is_map(key: str) -> bool:
        submit = stack.submit
        return is_depth_map(submit.inbox, submit.arrivals.files, submit.drops, key)

    if isinstance(pairing, Pair):
        return None if is_map(pairing.image.key) else pairing
    if isinstance(pairing, TwoSidecars | Crowded):
        return None
    file = pairing.file
    if kind_of(file.key) is Kind.SIDECAR or is_map(file.key):
        return None
    try:
        prompt = stack.submit.inbox.prompt_of(file)
    except ChangedError:
        raise CliError(f"{file.key} was replaced or removed just now; try again.") from None
    return None if prompt is None else Pair(file, None, prompt)


def _cancelled(stack: OperatorStack, drop: DropRecord, token: str) -> dict[str, object]:
    too_late, message = None, "Cancelled before it was paid for; nothing was charged."
    if "refusal" not in drop:
        too_late = _block_payment(stack, drop, token)
        if too_late is None:
            refusal = refusal_text(CANCELLED)
            stack.submit.drops.refuse(drop["drop_id"], refusal)
            stack.submit.rejection.notify({**drop, "refusal": refusal}, stack.now())
    elif CANCELLED.code in drop["refusal"]:
        stack.submit.rejection.notify(drop, stack.now())
    else:
        message = "It was refused before; nothing was charged."
    money = NO_MONEY if too_late is None else money_of(edit_of(stack, drop))
    return {"cancelled": too_late is None, "message": too_late or message, "spend": asdict(money)}


def _block_payment(stack: OperatorStack, drop: DropRecord, token: str) -> str | None:
    """Claim the drop's edit so that no worker can pay for it. None when done; otherwise why it is too late."""
    settings = EditSettings.model_validate_json(drop["settings"])
    wanted = new_edit(drop, model_named(settings.model), settings)
    lease = stack.environment.submit_timeout_seconds + LEASE_MARGIN_SECONDS
    lost = stack.submit.edits.claim(wanted, token, stack.now(), lease)
    if lost is None or (lost.found is not None and lost.found.get("token") == token):
        return None
    edit = lost.found
    cost = "the price" if edit is None else usd(edit["usd"])
    match None if edit is None else edit["state"]:
        case State.CLAIMED:
            return f"A worker is about to pay {cost} for it. Try again in three minutes."
        case State.POSTING:
            return f"Too late: its paid request is running, and {cost} may have been charged."
        case State.SUBMITTED:
            return f"Too late: it was paid for, {cost}. The result will be stored in the outbox."
        case state:
            return f"Too late: its edit is {state}. It costs nothing more."
