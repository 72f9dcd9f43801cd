"""Reads a stack's table and inbox: the drops of a key, an edit by its id, all records of a kind."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

from depthdrop.drop import identities
from depthdrop.drop.inbox_keys import Kind, kind_of
from depthdrop.drop.pairing import Pair, Pairing, UnpairedFile
from depthdrop.inbox.depth_maps import depth_map_of
from depthdrop.records.drops import OVER_BUDGET
from depthdrop.records.edits import pk_of as edit_pk
from depthdrop.records.table import OPEN_INDEX, from_item, to_item
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError, NotFoundError

_EDIT_ID = re.compile(r"[0-9a-f]{8,64}")
_ID_LENGTH = 64


def is_edit_id(text: str) -> bool:
    """Whether this is an edit_id or its beginning, as in names of results."""
    return _EDIT_ID.fullmatch(text) is not None


def key_of(stack: OperatorStack, text: str) -> str:
    """The key of `key` or `s3://INBOX/key`. Raises CliError for another bucket."""
    if not text.startswith("s3://"):
        return text
    bucket, _, key = text.removeprefix("s3://").partition("/")
    if bucket != stack.submit.inbox.bucket:
        raise CliError(f"{bucket} is not the inbox of {stack.name}, which is {stack.submit.inbox.bucket}.")
    return key


def read_all(
    stack: OperatorStack, call: Literal["scan", "query"], values: Mapping[str, object], **arguments: Any
) -> Iterator[Any]:
    """Every record that a scan or query finds, read page by page. `values` belong to its expressions."""
    table: Any = stack.submit.edits.table
    pages = table.client.get_paginator(call).paginate(
        TableName=table.name, ExpressionAttributeValues=to_item(values), **arguments
    )
    for page in pages:
        yield from map(from_item, page["Items"])


def scan(stack: OperatorStack, *kinds: str, only: Collection[str] = ()) -> Iterator[Any]:
    """Every record of these kinds: edit, drop, file, slot, circuit. Reads the whole table.

    `only` limits records to `pk` and these attributes.
    """
    names = {f"#{name}": name for name in ("pk", *only)}
    projection = {"ProjectionExpression": ", ".join(names)} if only else {}
    return read_all(
        stack,
        "scan",
        {f":{kind}": f"{kind}#" for kind in kinds},
        FilterExpression=" OR ".join(f"begins_with(#pk, :{kind})" for kind in kinds),
        ExpressionAttributeNames=names,
        **projection,
    )


def open_records(stack: OperatorStack, kind: str, most: int | None = None) -> Iterator[Any]:
    """Open records of this kind as the index has them, those due first; at most `most` of them."""
    return read_all(
        stack,
        "query",
        {":kind": kind},
        IndexName=OPEN_INDEX,
        KeyConditionExpression="#open = :kind",
        ExpressionAttributeNames={"#open": "open"},
        PaginationConfig={"MaxItems": most, "PageSize": most},
    )


def edit_named(stack: OperatorStack, name: str) -> EditRecord:
    """The edit with this id or unique beginning of one. Raises NotFoundError, and CliError for several edits."""
    if len(name) == _ID_LENGTH:
        found = [edit] if (edit := stack.submit.edits.get(name)) is not None else []
    else:
        found = [item for item in scan(stack, "edit") if item["pk"].startswith(edit_pk(name))]
    if not found:
        raise NotFoundError(f"There is no edit {name} in {stack.name}.")
    if len(found) > 1:
        raise CliError(f"{len(found)} edits begin with {name}; give more of the id.")
    return found[0]


def drop_id_of(stack: OperatorStack, pairing: Pairing) -> str | None:
    """The id of this pairing's drop. A picture alone is a drop if it carries its prompt; a sidecar is none."""
    if isinstance(pairing, UnpairedFile) and kind_of(pairing.file.key) is Kind.SIDECAR:
        return None
    return identities.id_of(stack.submit.inbox.bucket, pairing)


def drops_at(stack: OperatorStack, pairing: Pairing) -> list[DropRecord]:
    """The recorded drops of a pairing now in the inbox: its own, and one made later by a new depth map."""
    drops = stack.submit.drops
    drop_id = drop_id_of(stack, pairing)
    drop = None if drop_id is None else drops.get(drop_id)
    if drop is None:
        return []
    if "map_key" not in drop or not isinstance(pairing, Pair | UnpairedFile):
        return [drop]
    depth_map = stack.submit.inbox.version(drop["map_key"])
    if depth_map is None or depth_map == depth_map_of(drop):
        return [drop]
    pair = pairing if isinstance(pairing, Pair) else Pair(pairing.file, None)
    later = drops.get(identities.drop_id(stack.submit.inbox.bucket, pair, depth_map))
    return [drop] if later is None else [drop, later]


def latest_drop(stack: OperatorStack, key: str) -> DropRecord | None:
    """The latest drop of the file now at this key; None until submit has recorded one."""
    drops = [drop for pairing in stack.submit.inbox.pairings(key) for drop in drops_at(stack, pairing)]
    return drops[-1] if drops else None


def edit_of(stack: OperatorStack, drop: DropRecord) -> EditRecord | None:
    return stack.submit.edits.get(drop["edit_id"]) if "edit_id" in drop else None


def open_drops_of(stack: OperatorStack, image_key: str) -> Iterator[DropRecord]:
    """Parked drops of this picture, of its present and its earlier versions, that submit may still send."""
    for item in (*open_records(stack, "parked"), *open_records(stack, OVER_BUDGET)):
        drop = stack.submit.drops.get(item["drop_id"])
        if drop is not None and drop["image_key"] == image_key and "open" in drop:
            yield drop


def history_of(stack: OperatorStack, key: str) -> list[DropRecord]:
    """Every recorded drop of a picture or sidecar, the latest first. Reads the whole table."""
    found = [drop for drop in scan(stack, "drop") if key in {drop.get("image_key"), drop.get("sidecar_key")}]
    return sorted(found, key=lambda drop: -int(drop["created_at"]))
