"""What a released version left behind, as files: `vN.N.N/` has one for each scene, and its workflow."""

import base64
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from depthdrop import aws
from tests.support.aws import INBOX, OUTBOX, TABLE, WORKFLOW_ARN, Stack

FOLDER = Path(__file__).parent
WORKFLOW = "edit_workflow.asl.json"


@dataclass(frozen=True)
class Scene:
    """A stack in the middle of something: whole table, both buckets, what runs, and what is on its way.

    `records` are items as DynamoDB has them. `messages` are bodies in the inbox queue. `state` is what an execution
    carries from one state to the next.
    """

    at: float
    records: list[dict[str, Any]]
    objects: list[dict[str, Any]]
    executions: dict[str, dict[str, Any]]
    messages: list[str] = field(default_factory=list)
    state: dict[str, Any] | None = None

    def text(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def versions() -> list[Path]:
    """Their folders, the oldest first."""
    found = [path for path in FOLDER.glob("v*") if path.is_dir()]
    return sorted(found, key=lambda path: [int(part) for part in path.name[1:].split(".")])


def scenes_of(version: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(version.glob("*.json")) if path.name != WORKFLOW}


def read(path: Path) -> Scene:
    return Scene(**json.loads(path.read_text()))


def taken(stack: Stack, messages: list[str], state: dict[str, Any] | None) -> Scene:
    """The stack in its current state."""
    items = aws.dynamodb().scan(TableName=TABLE)["Items"]
    running = [name for name, status in stack.executions().items() if status == "RUNNING"]
    return Scene(
        at=stack.clock(),
        records=sorted(items, key=lambda item: str(item["pk"]["S"])),
        objects=[_object(bucket, key) for bucket in ("inbox", "outbox") for key in _keys(bucket)],
        executions={name: stack.execution_input(name) for name in running},
        messages=messages,
        state=state,
    )


def restore(stack: Stack, scene: Scene) -> None:
    """Put all of it into an empty stack."""
    stack.clock.now = scene.at
    for item in scene.records:
        aws.dynamodb().put_item(TableName=TABLE, Item=item)
    for one in scene.objects:
        content = base64.b64decode(one["content"])
        if one["bucket"] == "inbox":
            stack.put(one["key"], content, one["modified"], one["prompt"])
        else:
            aws.s3().put_object(Bucket=_name(one["bucket"]), Key=one["key"], Body=content)
    for name, given in scene.executions.items():
        aws.stepfunctions().start_execution(stateMachineArn=WORKFLOW_ARN, name=name, input=json.dumps(given))


def _name(bucket: str) -> str:
    return INBOX if bucket == "inbox" else OUTBOX


def _keys(bucket: str) -> list[str]:
    return [one["Key"] for one in aws.s3().list_objects_v2(Bucket=_name(bucket)).get("Contents", [])]


def _object(bucket: str, key: str) -> dict[str, Any]:
    got = aws.s3().get_object(Bucket=_name(bucket), Key=key)
    return {
        "bucket": bucket,
        "key": key,
        "modified": got["LastModified"].timestamp(),
        "prompt": got["Metadata"].get("prompt"),
        "content": base64.b64encode(got["Body"].read()).decode(),
    }
