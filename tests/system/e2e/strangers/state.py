"""All that the emulator keeps, as the owner of the run's keys sees it, in short texts that can be compared."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError


def state_of(client: Callable[[str], Any]) -> dict[str, str]:
    """By what it is and what it is called. What changes by itself, times and counts of messages, is left out."""
    found = {**_buckets(client("s3")), **_functions(client("lambda")), **_topics(client("sns"))}
    sqs, iam, stacks = client("sqs"), client("iam"), client("cloudformation")
    found["queues"] = str(sorted(sqs.list_queues().get("QueueUrls", [])))
    found["messages"] = str(messages(sqs))
    for table in client("dynamodb").list_tables()["TableNames"]:
        items = client("dynamodb").scan(TableName=table)["Items"]
        found[f"table {table}"] = _short(sorted(items, key=str))
    found["stacks"] = str(sorted((one["StackName"], one["StackStatus"]) for one in _stacks(stacks)))
    found["users"] = str(sorted(one["UserName"] for one in iam.list_users()["Users"]))
    found["roles"] = str(sorted(one["RoleName"] for one in iam.list_roles()["Roles"]))
    found["rules"] = str(sorted((one["Name"], one["State"]) for one in client("events").list_rules()["Rules"]))
    found["machines"] = str(
        sorted(one["name"] for one in client("stepfunctions").list_state_machines()["stateMachines"])
    )
    found["secrets"] = str(_secrets(client("secretsmanager")))
    return found


def _buckets(s3: Any) -> dict[str, str]:
    names = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    found = {"buckets": str(names)}
    for name in names:
        objects = s3.list_objects_v2(Bucket=name).get("Contents", [])
        found[f"bucket {name}"] = str(sorted((one["Key"], one["ETag"]) for one in objects))
        found[f"bucket policy {name}"] = _policy(s3, name)
    return found


def _policy(s3: Any, name: str) -> str:
    try:
        text: str = s3.get_bucket_policy(Bucket=name)["Policy"]
    except ClientError as error:
        return error.response["Error"]["Code"]
    return text


def _functions(functions: Any) -> dict[str, str]:
    configurations = functions.list_functions()["Functions"]
    kept = ("CodeSha256", "Handler", "Environment", "Role", "Timeout")
    return {
        f"function {one['FunctionName']}": _short({name: one.get(name) for name in kept}) for one in configurations
    } | {"functions": str(sorted(one["FunctionName"] for one in configurations))}


def _topics(sns: Any) -> dict[str, str]:
    subscribed = sns.list_subscriptions()["Subscriptions"]
    return {
        "topics": str(sorted(one["TopicArn"] for one in sns.list_topics()["Topics"])),
        "subscriptions": str(
            sorted((one["TopicArn"], one["Endpoint"], one["SubscriptionArn"]) for one in subscribed)
        ),
    }


def messages(sqs: Any) -> dict[str, int]:
    """How many each queue has, those in flight and those delayed included."""
    names = [f"ApproximateNumberOfMessages{which}" for which in ("", "Delayed", "NotVisible")]
    urls = sqs.list_queues().get("QueueUrls", [])
    counted = {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values() for url in urls
    }
    return {url: sum(map(int, counts)) for url, counts in counted.items()}


def _stacks(stacks: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stacks.describe_stacks()["Stacks"]
    return found


def _secrets(manager: Any) -> list[tuple[str, str]]:
    names = [one["Name"] for one in manager.list_secrets()["SecretList"]]
    return [(name, _short(manager.get_secret_value(SecretId=name).get("SecretString", ""))) for name in names]


def _short(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]
