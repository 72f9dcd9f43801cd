"""Resolves a drop a single time: settings, picture and identity, or a refusal. Nothing is spent here."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from depthdrop.edit_settings import EditSettings, Layer, ResolvedSettings, resolve, wire_settings
from depthdrop.identities import edit_id
from depthdrop.inbox import Inbox
from depthdrop.models import Model, model_named
from depthdrop.pairing import InboxObject, Pair, preset_keys
from depthdrop.picture import make_picture
from depthdrop.refusal import RefusedError, refuse
from depthdrop.sidecar import MAX_BYTES, read_settings
from depthdrop.upstream import PostRequest


@dataclass(frozen=True, slots=True)
class Order:
    """A checked drop: what would be bought, and the request that buys it."""

    edit_id: str
    settings: EditSettings
    origins: dict[str, str]
    model: Model
    request: PostRequest


def read_order(inbox: Inbox, pair: Pair, prefix: str, default_model: str) -> Order:
    """Read the sidecar, the presets and the picture of a first-seen drop.

    Raises RefusedError with a sentence for its owner, ChangedError when a half was replaced meanwhile.
    """
    layers = [*_presets(inbox, pair.image.key, prefix), _sidecar(inbox, pair.sidecar)]
    return _order(inbox, pair.image, resolve(default_model, layers))


def reread_order(inbox: Inbox, image: InboxObject, settings: str, origins: str) -> Order:
    """The same order again, from the settings that were recorded when the drop was first seen."""
    values = EditSettings.model_validate_json(settings)
    return _order(inbox, image, ResolvedSettings(values, json.loads(origins), model_named(values.model)))


def _order(inbox: Inbox, image: InboxObject, resolved: ResolvedSettings) -> Order:
    model, values = resolved.model, resolved.values
    content = _read_picture(inbox, image, model)
    picture = make_picture(_name(image.key), PurePosixPath(image.key).suffix, content, model)
    pictures = {model.image_field: picture.content}
    map_digest = None
    if values.depth_map is not None:
        depth_map = _read_depth_map(inbox, image.key, values.depth_map, model)
        map_digest = hashlib.sha256(depth_map).hexdigest()
        made = make_picture(values.depth_map, PurePosixPath(values.depth_map).suffix, depth_map, model)
        pictures = {str(model.depth_map_field): made.content}
    identity = edit_id(hashlib.sha256(content).hexdigest(), map_digest, image.key, values.bought())
    request = PostRequest(model.wire_name, wire_settings(values, model), pictures)
    return Order(identity, values, dict(resolved.origins), model, request)


def _presets(inbox: Inbox, image_key: str, prefix: str) -> Sequence[Layer]:
    layers = []
    for keys in preset_keys(image_key, prefix):
        found = inbox.first_of(keys, MAX_BYTES)
        if found is not None:
            key, content = found
            layers.append(Layer(key, read_settings(key, content)))
    return layers


def _sidecar(inbox: Inbox, sidecar: InboxObject) -> Layer:
    content = inbox.read(sidecar, MAX_BYTES)
    return Layer(sidecar.key, read_settings(_name(sidecar.key), content))


def _read_picture(inbox: Inbox, image: InboxObject, model: Model) -> bytes:
    most = model.max_base64_bytes // 4 * 3
    if image.size > most:
        raise refuse(
            "image_too_large",
            f"{_name(image.key)} is {image.size / 1024 / 1024:.1f} MiB.",
            f"{model.name} takes at most {most / 1024 / 1024:.0f} MiB; save it with more compression.",
        )
    return inbox.read(image, most)


def _read_depth_map(inbox: Inbox, image_key: str, name: str, model: Model) -> bytes:
    if model.depth_map_field is None:
        raise refuse(
            "setting_not_taken", f"{model.name} takes no depth_map.", "Remove depth_map.", field="depth_map"
        )
    if PurePosixPath(name).suffix.lower() not in {".jpg", ".jpeg", ".png", ".webp"} or "/" in name:
        raise refuse(
            "bad_depth_map",
            f"depth_map {name!r} is not a picture beside the image.",
            "Name a sibling file.",
            "depth_map",
        )
    key = f"{image_key.rpartition('/')[0]}/{name}".lstrip("/") if "/" in image_key else name
    most = model.max_base64_bytes // 4 * 3
    found = inbox.first_of([key], most)
    if found is None:
        raise refuse(
            "no_depth_map", f"There is no {key} in the inbox.", "Drop the depth map first.", field="depth_map"
        )
    return found[1]


def _name(key: str) -> str:
    return key.rpartition("/")[2] or key


__all__ = ["Order", "RefusedError", "read_order", "reread_order"]
