"""doctor: each check can fail, shows a fix, and spends nothing."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from depthdrop import aws
from tests.support.acts import asked
from tests.support.aws import INBOX
from tests.support.operator_cloud import Cloud
from tests.support.scripted import refused

_MISSING = httpx.Response(404, json={"status": "Task not found"})


def _found(cloud: Cloud, code: int) -> dict[str, Any]:
    return {one["check"]: one for one in cloud.json("doctor", code=code)["checks"]}


@pytest.fixture
def well(cloud: Cloud) -> Cloud:
    cloud.stack.upstream.poll_answers.append(_MISSING)
    return cloud


def test_a_healthy_stack_is_reported_as_such_and_nothing_is_spent(well: Cloud) -> None:
    assert {name: one["ok"] for name, one in _found(well, 0).items()} == dict.fromkeys(
        (
            *("stack", "versions", "configuration", "buckets", "EventBridge on the inbox"),
            *("no other stack on this prefix", "Lambda quota", "dead letters", "key", "budget", "circuit"),
        ),
        True,
    )
    assert well.stack.upstream.posts == []


def test_it_changes_nothing(well: Cloud) -> None:
    calls = set(asked(well.stack, lambda: well.run("doctor")))

    assert not {name for name in calls if name.startswith(("Put", "Update", "Delete", "Send", "Publish", "Start"))}


def _other_rule(_cloud: Cloud) -> None:
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [INBOX]}, "object": {"key": [{"prefix": "a/"}]}}}
    aws.events().put_rule(Name="other-stack", EventPattern=json.dumps(pattern))


def _switched_off(cloud: Cloud) -> None:
    cloud.notifications.clear()


def _letters(cloud: Cloud) -> None:
    aws.sqs().send_message(QueueUrl=cloud.stack.names["InboxDeadLetters"], MessageBody="{}")


def _circuit(cloud: Cloud) -> None:
    cloud.stack.upstream.post_answers.append(refused(402))
    cloud.stack.deliver(cloud.stack.drop())


def _budget(cloud: Cloud) -> None:
    cloud.stack.names["DailyBudgetUsd"] = "0.03"


def _refused_key(cloud: Cloud) -> None:
    cloud.stack.upstream.poll_answers[0] = refused(401, "bad key")


def _odd(cloud: Cloud) -> None:
    cloud.odd["PollFunction"] = {"EDITS_TABLE": "elsewhere"}


@pytest.mark.parametrize(
    ("spoil", "check", "sentence"),
    [
        (lambda cloud: setattr(cloud, "status", "UPDATE_ROLLBACK_COMPLETE"), "stack", "UPDATE_ROLLBACK_COMPLETE"),
        (lambda cloud: cloud.outputs.pop("Version"), "versions", "older than"),
        (_odd, "configuration", "EDITS_TABLE"),
        (lambda cloud: cloud.refused.update(HeadBucket="404"), "buckets", "could not be checked"),
        (_switched_off, "EventBridge on the inbox", "sends no events of new objects to EventBridge"),
        (_other_rule, "no other stack on this prefix", "other-stack"),
        (lambda cloud: setattr(cloud, "concurrency", 10), "Lambda quota", "20 slots need 26"),
        (_letters, "dead letters", "1 messages"),
        (_refused_key, "key", "refuses it: bad key"),
        (lambda cloud: cloud.stack.set_key(" "), "key", "no API key"),
        (_circuit, "circuit", "balance_empty"),
        (_budget, "budget", "reached: $0.03 of today's $0.03 are left"),
    ],
)
def test_each_check_can_fail_alone_and_says_what_to_do(
    well: Cloud, spoil: Callable[[Cloud], object], check: str, sentence: str
) -> None:
    spoil(well)
    ended = well.run("doctor", "--json")
    found = {one["check"]: one for one in json.loads(ended.stdout)["checks"]}
    if check == "no other stack on this prefix":
        aws.events().delete_rule(Name="other-stack")

    assert sentence in found[check]["message"]
    assert found[check]["fix"]
    assert [name for name, one in found.items() if one["ok"] is not True] == [check]
    assert ended.exit_code == (0 if found[check]["ok"] is None else 3)


def test_a_check_that_these_credentials_may_not_make_is_unknown(well: Cloud) -> None:
    well.refused["GetAccountSettings"] = "AccessDenied"

    assert _found(well, 0)["Lambda quota"]["ok"] is None
    assert "unknown" in well.run("doctor").stdout


def test_an_upstream_that_does_not_answer_is_no_proof_against_the_key(well: Cloud) -> None:
    well.stack.upstream.poll_answers[0] = httpx.ConnectError("away")

    assert _found(well, 0)["key"]["ok"] is None


def test_the_key_is_never_printed(well: Cloud) -> None:
    from tests.support.scripted import KEY  # noqa: PLC0415  # what must not be seen

    assert KEY not in well.run("doctor").output


@pytest.mark.parametrize(
    ("budget", "sentence"), [("0", "none: a day may cost any amount"), ("5", "$4.94 of today's $5 are left")]
)
def test_a_budget_that_is_not_reached_is_in_order(well: Cloud, budget: str, sentence: str) -> None:
    well.stack.names["DailyBudgetUsd"] = budget
    well.stack.deliver(well.stack.drop())

    assert sentence in _found(well, 0)["budget"]["message"]
