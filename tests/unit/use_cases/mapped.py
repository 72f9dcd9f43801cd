"""A picture, its sidecar and the depth map that it names, in the inbox."""

import json

from depthdrop import aws
from depthdrop.inbox.bucket import Inbox
from depthdrop.inbox.depth_maps import is_depth_map
from depthdrop.inbox.message import Done
from depthdrop.records.files import Files
from tests.support.aws import INBOX, Stack
from tests.support.scripted import NOW, PICTURE, picture

MAP = "room_depth.png"
SIDECAR = json.dumps({"prompt": "a watercolour", "depth_map": MAP}).encode()
HAS_IT = Done("the depth map of a picture that has it already")
WAITS = Done("waits for its other half")


def put_pair(stack: Stack, folder: str = "", sidecar: bytes = SIDECAR) -> str:
    stack.put(f"{folder}room.jpg", PICTURE)
    stack.put(f"{folder}room.json", sidecar)
    return f"{folder}room.jpg"


def put_map(stack: Stack, folder: str = "", shade: int = 7, at: float = NOW - 50) -> str:
    stack.put(f"{folder}{MAP}", picture("PNG", shade=shade), at)
    return f"{folder}{MAP}"


def is_map(stack: Stack, key: str = MAP) -> bool:
    return is_depth_map(Inbox(INBOX, aws.s3()), Files(stack.table), stack.drops, key)


def waits(stack: Stack, key: str = MAP) -> bool:
    return "half" in Files(stack.table).get(key)


def delete(key: str) -> None:
    aws.s3().delete_object(Bucket=INBOX, Key=key)
