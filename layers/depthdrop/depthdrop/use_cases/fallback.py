"""The fallback: what a drop asks for instead of a model that was withdrawn, if the owner opted in. Pure.

The fallback's edit is the one that the drop would have been, had its sidecar asked for that model: it has an id, a
claim and a price of its own. The order of the writes makes it safe:

    POST refused ── drop points to the other edit ── old claim freed ── message comes back ── bought like any drop

Until the claim is freed nobody can claim the old edit, and one that claims it later sees that the drop has left it.
A crash in between leaves the old edit POSTING; the drop holds the token of the refused POST, so sweep can free it.
"""

import json
from typing import TYPE_CHECKING

from depthdrop.drop.identities import edit_id
from depthdrop.drop.refusal import Refusal
from depthdrop.inbox.order import Order
from depthdrop.settings.edit_settings import BUILT_IN, Layer, objections, resolve
from depthdrop.settings.model import Model
from depthdrop.upstream.post_outcome import Refused

if TYPE_CHECKING:
    from depthdrop.records.types import DropRecord, Resolved

FALLBACK = "fallback"  # where such an edit's model comes from


def fallback_or_refusal(
    order: Order, drop: "DropRecord", fallback: Model | None, said: str
) -> "Resolved | Refusal":
    """The result for a drop whose model was withdrawn: the new facts of its record, or its refusal."""
    gone = f"The upstream no longer offers {order.model.name}: {said}"
    if "asked_model" in drop:
        gone = f"The upstream offers neither {drop['asked_model']} nor its fallback {order.model.name}: {said}"
    if fallback is None or fallback is order.model or "asked_model" in drop:  # a drop falls back once
        successor = order.model.successor
        hint = f"Its successor is {successor}." if successor else "Ask for another model."
        return Refusal(Refused.MODEL.value, gone, hint, "model")
    # What the owner asked for is kept, and the fallback must take it all; built-in values become the fallback's.
    asked = {
        name: getattr(order.settings, name)
        for name, origin in order.origins.items()
        if origin != BUILT_IN and name != "model"
    }
    against = objections(fallback, asked)
    if against:
        why = f"The fallback {fallback.name} cannot take its place: it {' and '.join(against.values())}."
        message = f"The upstream no longer offers {order.model.name}. {why} The upstream said: {said}"
        hint = f"Leave out {' and '.join(against)}, or ask for another model."
        return Refusal(Refused.MODEL.value, message, hint, next(iter(against)))
    resolved = resolve(fallback.name, [Layer(order.origins[name], {name: value}) for name, value in asked.items()])
    return {
        "edit_id": edit_id(order.image_digest, order.map_digest, drop["image_key"], resolved.values.bought()),
        "settings": resolved.values.model_dump_json(exclude_none=True),
        "origins": json.dumps({**resolved.origins, "model": FALLBACK}, ensure_ascii=False),
        "asked_model": order.model.name,
    }
