"""Reads the table and the inbox for one stack: the drops of a key, an edit by its name, all records of a kind."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

from depthdrop.drop import identities
from depthdrop.drop.keys import Kind, kind_of
from depthdrop.drop.pairing import Half, Pair, Pairing
from depthdrop.inbox.depth_maps import map_of
from depthdrop.records.drops import OVER_BUDGET
from depthdrop.records.edits import pk_of as edit_pk
from depthdrop.records.table import OPEN_INDEX, from_item, to_item
from depthdrop.records.types import DropRecord, EditRecord
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import CliError, NotFoundError

_NAME_OF_EDIT = re.compile(r"[0-9a-f]{8,64}")
_WHOLE = 64


def is_edit_name(text: str) -> bool:
    """An edit_id, or its beginning as the names of results have it."""
    return _NAME_OF_EDIT.fullmatch(text) is not None


def key_of(stack: OperatorStack, text: str) -> str:
    """A key, also when it was given as s3://INBOX/key. Raises CliError for another bucket."""
    if not text.startswith("s3://"):
        return text
    bucket, _, key = text.removeprefix("s3://").partition("/")
    if bucket != stack.submit.inbox.bucket:
        raise CliError(f"{bucket} is not the inbox of {stack.name}; that is {stack.submit.inbox.bucket}.")
    return key


def read_all(
    stack: OperatorStack, call: Literal["scan", "query"], values: Mapping[str, object], **arguments: Any
) -> Iterator[Any]:
    """Every record that a scan or query finds, read answer by answer. `values` are those of its expressions."""
    table: Any = stack.submit.edits.table
    pages = table.client.get_paginator(call).paginate(
        TableName=table.name, ExpressionAttributeValues=to_item(values), **arguments
    )
    for page in pages:
        yield from map(from_item, page["Items"])


def scan(stack: OperatorStack, *kinds: str, only: Collection[str] = ()) -> Iterator[Any]:
    """Every record of these kinds: edit, drop, file, slot, circuit. It reads the whole table.

    `only`: just `pk` and these attributes; without it, all.
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
    """What the index has of the open records of this kind, those that are due first; `most` of them at most."""
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
    """The edit with this id, or with the one id that begins so. Raises NotFoundError."""
    if len(name) == _WHOLE:
        found = [edit] if (edit := stack.submit.edits.get(name)) is not None else []
    else:
        found = [item for item in scan(stack, "edit") if item["pk"].startswith(edit_pk(name))]
    if not found:
        raise NotFoundError(f"There is no edit {name} in {stack.name}.")
    if len(found) > 1:
        raise CliError(f"{len(found)} edits begin with {name}; give more of the id.")
    return found[0]


def drop_id_of(stack: OperatorStack, found: Pairing) -> str | None:
    """The drop that this pairing makes; of a picture alone, the one it makes if it carries its prompt."""
    if isinstance(found, Half) and kind_of(found.file.key) is Kind.SIDECAR:
        return None
    return identities.id_of(stack.submit.inbox.bucket, found)


def drops_at(stack: OperatorStack, found: Pairing) -> list[DropRecord]:
    """The recorded drops of what is in the inbox now: the pair's, and the one that its depth map made later."""
    drops = stack.submit.drops
    drop_id = drop_id_of(stack, found)
    drop = None if drop_id is None else drops.get(drop_id)
    if drop is None:
        return []
    if "map_key" not in drop or not isinstance(found, Pair | Half):
        return [drop]
    depth_map = stack.submit.inbox.version(drop["map_key"])
    if depth_map is None or depth_map == map_of(drop):
        return [drop]
    pair = found if isinstance(found, Pair) else Pair(found.file, None)
    later = drops.get(identities.drop_id(stack.submit.inbox.bucket, pair, depth_map))
    return [drop] if later is None else [drop, later]


def latest_drop(stack: OperatorStack, key: str) -> DropRecord | None:
    """The latest drop of what is at this key now; None until submit has seen it."""
    drops = [drop for found in stack.submit.inbox.pairings(key) for drop in drops_at(stack, found)]
    return drops[-1] if drops else None


def edit_of(stack: OperatorStack, drop: DropRecord) -> EditRecord | None:
    return stack.submit.edits.get(drop["edit_id"]) if "edit_id" in drop else None


def open_drops_of(stack: OperatorStack, image_key: str) -> Iterator[DropRecord]:
    """Drops of this picture that submit may still send: of what is there now, and of what was there before."""
    for item in (*open_records(stack, "parked"), *open_records(stack, OVER_BUDGET)):
        drop = stack.submit.drops.get(item["drop_id"])
        if drop is not None and drop["image_key"] == image_key and "open" in drop:
            yield drop


def history_of(stack: OperatorStack, key: str) -> list[DropRecord]:
    """Every drop on record of a picture or of a sidecar, the latest first. It reads the whole table."""
    found = [drop for drop in scan(stack, "drop") if key in {drop.get("image_key"), drop.get("sidecar_key")}]
    return sorted(found, key=lambda drop: -int(drop["created_at"]))
