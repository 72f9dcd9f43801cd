"""destroy: the stack's name first; pictures and the table stay unless they are named."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from depthdrop import aws
from depthdrop_cli.commands import destroy
from tests.support.aws import INBOX, OUTBOX, TABLE
from tests.support.operator_cloud import NAME, Cloud

YES = ["--yes", NAME]


@pytest.fixture
def deleted(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks and whatever else was deleted, in order; nothing is, for the tests that follow need it."""
    done: list[str] = []
    monkeypatch.setattr(destroy, "_delete", done.append)
    monkeypatch.setattr(destroy, "delete_bucket", done.append)
    monkeypatch.setattr(destroy, "delete_table", done.append)
    assert cloud.stack
    return done


def test_by_default_the_stack_is_deleted_and_what_was_paid_for_is_kept(cloud: Cloud, deleted: list[str]) -> None:
    shown = cloud.json("destroy", *YES)

    assert deleted == [NAME]
    assert (shown["kept_buckets"], shown["kept_table"]) == ([INBOX, OUTBOX], TABLE)


def test_kept_resources_are_named_with_how_to_remove_them(cloud: Cloud, deleted: list[str]) -> None:
    sentence = cloud.run("destroy", *YES).stderr

    assert deleted
    assert f"s3://{INBOX} is kept with all its objects." in sentence
    assert f"delete-table --table-name {TABLE}" in sentence
    assert "--no-deletion-protection-enabled" in sentence


def test_buckets_and_table_go_only_when_they_are_named_and_after_the_stack(
    cloud: Cloud, deleted: list[str]
) -> None:
    shown = cloud.json("destroy", *YES, "--empty", "--table")

    assert deleted == [NAME, INBOX, OUTBOX, TABLE]
    assert (shown["kept_buckets"], shown["kept_table"]) == ([], None)


def test_buckets_that_were_there_before_the_stack_are_not_touched(
    cloud: Cloud, deleted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {name: one for name, one in cloud.stack.names.items() if name != "InboxBucket"}
    monkeypatch.setattr(cloud, "_resources", lambda _: {"StackResourceSummaries": _summaries(names)})

    cloud.json("destroy", *YES, "--empty")

    assert deleted == [NAME, OUTBOX]


def _summaries(names: dict[str, str]) -> list[dict[str, str]]:
    return [{"LogicalResourceId": one, "PhysicalResourceId": name} for one, name in names.items()]


@pytest.mark.parametrize("arguments", [[], ["--yes", "depthdrop-dev"], ["--yes", "yes"]])
def test_without_a_terminal_only_its_name_said_beforehand_deletes_it(
    cloud: Cloud, deleted: list[str], arguments: list[str]
) -> None:
    ended = cloud.run("destroy", *arguments, answer=f"{NAME}\n")

    assert ended.exit_code == 3
    assert deleted == []
    assert "Nothing was deleted." in ended.stderr


@pytest.mark.parametrize(("typed", "gone"), [(f"{NAME}\n", [NAME]), ("yes\n", []), ("", [])])
def test_at_a_terminal_its_name_is_to_be_typed(
    cloud: Cloud, deleted: list[str], monkeypatch: pytest.MonkeyPatch, typed: str, gone: list[str]
) -> None:
    monkeypatch.setattr(destroy, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))

    ended = cloud.run("destroy", answer=typed)

    assert f"Type {NAME} to delete it" in ended.stderr
    assert deleted == gone


def test_edits_that_are_being_watched_are_counted_before_anybody_is_asked(cloud: Cloud, deleted: list[str]) -> None:
    cloud.stack.deliver(cloud.stack.drop())

    ended = cloud.run("destroy")

    assert deleted == []
    assert "1 paid edits are running: their pictures will be LOST." in ended.stderr


@pytest.mark.parametrize(("trouble", "code", "gone"), [("StateMachineDoesNotExist", 0, [NAME]), ("Denied", 1, [])])
def test_a_partly_deleted_stack_can_be_deleted_again(
    cloud: Cloud, deleted: list[str], trouble: str, code: int, gone: list[str]
) -> None:
    cloud.refused["ListExecutions"] = trouble

    assert cloud.run("destroy", *YES).exit_code == code
    assert deleted == gone


def test_the_stack_must_be_named(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, deleted: list[str]) -> None:
    monkeypatch.setattr("depthdrop_cli.app.find_stack", lambda _: SimpleNamespace(name="depthdrop-local"))
    monkeypatch.setattr("tests.support.operator_cloud.NAME", "")

    ended = cloud.run("destroy", "--yes", "depthdrop-local")

    assert ended.exit_code == 2
    assert deleted == []


def test_the_reason_of_a_failed_deletion_is_shown(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destroy, "_PATIENCE", {"Delay": 0, "MaxAttempts": 600})
    call = cloud.call
    failed = {
        "LogicalResourceId": "InboxQueue",
        "ResourceStatus": "DELETE_FAILED",
        "ResourceStatusReason": "no right to",
    }

    def answer(name: str, arguments: dict[str, Any]) -> Any:
        if name == "DeleteStack":
            return {}
        if name == "DescribeStackEvents":
            return {"StackEvents": [failed]}
        if name == "DescribeStacks" and arguments["StackName"] == "the-id":
            return {"Stacks": [{"StackStatus": "DELETE_FAILED"}]}
        found = call(name, arguments)
        return {"Stacks": [{**found["Stacks"][0], "StackId": "the-id"}]} if name == "DescribeStacks" else found

    monkeypatch.setattr(cloud, "call", answer)
    ended = cloud.run("destroy", *YES, "--empty")

    assert ended.exit_code == 1
    assert "depthdrop could not be deleted: InboxQueue: no right to" in ended.stderr
    assert aws.s3().list_buckets()["Buckets"]


def test_a_bucket_goes_with_every_version_and_marker(cloud: Cloud) -> None:
    assert cloud.stack
    s3 = aws.s3()
    s3.create_bucket(Bucket="of-this-test")
    s3.put_bucket_versioning(Bucket="of-this-test", VersioningConfiguration={"Status": "Enabled"})
    for content in (b"1", b"2"):
        s3.put_object(Bucket="of-this-test", Key="a", Body=content)
    s3.delete_object(Bucket="of-this-test", Key="a")

    assert destroy.delete_bucket("of-this-test") == 3
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket="of-this-test")


def test_the_table_goes_in_spite_of_its_protection(cloud: Cloud) -> None:
    assert cloud.stack
    dynamodb = aws.dynamodb()
    dynamodb.create_table(
        TableName="of-this-test",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )

    destroy.delete_table("of-this-test")

    assert "of-this-test" not in dynamodb.list_tables()["TableNames"]
