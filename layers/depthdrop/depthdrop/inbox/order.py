"""Resolves a drop to an order (settings, pictures and edit id) or to a refusal. Nothing is paid here."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from depthdrop.drop.foreign import HEAD_BYTES
from depthdrop.drop.formats import FORMAT_OF_SUFFIX
from depthdrop.drop.identities import edit_id
from depthdrop.drop.inbox_keys import KEY_MAX_BYTES, Kind, kind_of, preset_folders, sibling_key, suffix_of
from depthdrop.drop.pairing import InboxObject, Pair
from depthdrop.drop.refusal import Refusal, RefusedError, refuse, shown
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.prompt_header import decode_prompt
from depthdrop.picture.check import check_format, check_size
from depthdrop.picture.content import Pieces
from depthdrop.picture.prepare import make_picture
from depthdrop.records.files import Files
from depthdrop.settings.edit_settings import EditSettings, Layer, ResolvedSettings, resolve, wire_settings
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import model_named
from depthdrop.settings.sidecar import MAX_BYTES, read_settings
from depthdrop.upstream.request import PostRequest

_FOLDERS_MAX = 32  # each is listed for its preset before anything is paid


@dataclass(frozen=True, slots=True)
class Order:
    """A checked drop: its settings, and the request that buys the edit."""

    edit_id: str
    settings: EditSettings
    origins: dict[str, str]
    model: Model
    request: PostRequest
    image_digest: str
    map_digest: str | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The result for a first-seen drop, and the version of the depth map that its settings name.

    `map_key` without `depth_map`: the map does not exist, or the drop was refused before it was read.
    """

    outcome: Order | Refusal
    map_key: str | None = None
    depth_map: InboxObject | None = None


def resolve_drop(inbox: Inbox, files: Files, pair: Pair, prefix: str, default_model: str) -> Resolution:
    """Read a first-seen drop's presets and files. Raises ChangedError when a file was replaced or deleted."""
    map_key = depth_map = None
    try:
        layers = [*_presets(inbox, pair.image.key, prefix), _sidecar(inbox, pair)]
        resolved = resolve(default_model, layers)
        map_key = _map_key(pair.image.key, resolved.values.depth_map)
        if map_key is not None:
            # Recorded before the map is read: if drop and map come at the same time, one of them sees the other.
            files.name(map_key, pair.image.key)
            depth_map = _depth_map(inbox, map_key)
        return Resolution(_order(inbox, pair.image, depth_map, resolved), map_key, depth_map)
    except RefusedError as error:
        return Resolution(error.refusal, map_key, depth_map)


def reread_order(
    inbox: Inbox, image: InboxObject, depth_map: InboxObject | None, settings: str, origins: str
) -> Order:
    """The same order, from the recorded settings. Raises RefusedError, and ChangedError as `resolve_drop` does."""
    values = EditSettings.model_validate_json(settings)
    resolved = ResolvedSettings(values, json.loads(origins), model_named(values.model))
    return _order(inbox, image, depth_map, resolved)


def _order(inbox: Inbox, image: InboxObject, depth_map: InboxObject | None, resolved: ResolvedSettings) -> Order:
    model, values = resolved.model, resolved.values
    digest, made = _picture(inbox, image, model)
    pictures, map_digest = {model.image_field: made}, None
    if depth_map is not None:
        map_digest, made = _picture(inbox, depth_map, model)
        pictures = {str(model.depth_map_field): made}
    identity = edit_id(digest, map_digest, image.key, values.bought())
    request = PostRequest(model.wire_name, wire_settings(values, model), pictures)
    return Order(identity, values, dict(resolved.origins), model, request, digest, map_digest)


def _presets(inbox: Inbox, image_key: str, prefix: str) -> Iterator[Layer]:
    folders = preset_folders(image_key, prefix)
    if len(folders) > _FOLDERS_MAX:
        hint = f"At most {_FOLDERS_MAX - 1} are searched for presets; move it up."
        raise refuse("too_many_folders", f"The picture is {len(folders) - 1} folders deep.", hint)
    for folder in folders:
        found = inbox.presets(folder)
        if not found.whole:
            hint = "Rename them: depthdrop looks for presets there."
            raise refuse("crowded", f"Too many files begin with {folder}_preset.", hint)
        if len(found.objects) > 1:
            names = " and ".join(preset.key for preset in found.objects)
            hint = "Remove all but one, then drop the picture again."
            raise refuse("two_presets", f"{names} are presets of the same folder.", hint)
        for preset in found.objects:
            yield Layer(preset.key, read_settings(preset.key, inbox.read(preset, MAX_BYTES)))


def _sidecar(inbox: Inbox, pair: Pair) -> Layer:
    if pair.sidecar is None:
        prompt = decode_prompt(_name(pair.image.key), pair.prompt or "")
        return Layer(f"x-amz-meta-prompt of {pair.image.key}", {"prompt": prompt})
    content = inbox.read(pair.sidecar, MAX_BYTES)
    return Layer(pair.sidecar.key, read_settings(_name(pair.sidecar.key), content))


def _map_key(image_key: str, name: str | None) -> str | None:
    if name is None:
        return None
    key = sibling_key(image_key, name)
    if "/" in name or kind_of(name) is not Kind.IMAGE or len(key.encode()) > KEY_MAX_BYTES:
        fault, hint = "not a picture beside the image", "Name a JPEG, PNG or WebP file in the same folder."
    elif key == image_key:
        fault = "the picture itself"
        hint = "Name the picture's depth map, or remove depth_map: then the upstream makes one."
    else:
        return key
    raise refuse("bad_depth_map", f"depth_map {shown(name)} is {fault}.", hint, field="depth_map")


def _depth_map(inbox: Inbox, key: str) -> InboxObject:
    depth_map = inbox.version(key)
    if depth_map is None:
        hint = "Drop the depth map there; the edit starts when it has arrived."
        raise refuse("no_depth_map", f"There is no {key} in the inbox.", hint, field="depth_map")
    return depth_map


def _picture(inbox: Inbox, image: InboxObject, model: Model) -> tuple[str, Pieces]:
    """The digest of the dropped picture, and the bytes of it that are sent."""
    name, suffix, most = _name(image.key), suffix_of(image.key), model.picture.max_base64_bytes // 4 * 3
    if image.size > most or suffix.lower() not in FORMAT_OF_SUFFIX:
        # The format is checked first, so that a raw photo's refusal does not ask for more compression.
        check_format(name, suffix, inbox.read(image, HEAD_BYTES))
        check_size(name, image.size, model)
    content = inbox.spool(image, most)
    return content.digest, make_picture(name, suffix, content, model)


def _name(key: str) -> str:
    return key.rpartition("/")[2]
