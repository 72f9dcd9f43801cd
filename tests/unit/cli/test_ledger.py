"""ledger: what was charged according to the table, and what was charged without a result."""

import pytest

from depthdrop_cli.commands.ledger import since_seconds
from depthdrop_cli.terminal.errors import UsageError
from tests.support.acts import finish
from tests.support.operator_cloud import Cloud
from tests.support.scripted import NOW, refused


def _edits(cloud: Cloud) -> None:
    """One that came out, one that was moderated, one whose answer was lost, one that was refused for free."""
    stack = cloud.stack
    for name, word in (("good", "ready"), ("bad", "failed")):
        stack.deliver(stack.drop(name, name))
        finish(stack, word)
        for execution in stack.executions():
            stack.close_execution(execution)
    stack.upstream.post_answers.append(refused(502))
    stack.deliver(stack.drop("lost", "lost"))
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop("free", "free"))


def test_charges_and_waste_are_shown_by_cause(cloud: Cloud) -> None:
    _edits(cloud)

    shown = cloud.json("ledger")

    assert shown["charged"] == {"count": 2, "usd": 0.12}
    assert shown["unknown"] == {"count": 1, "usd": 0.06}
    assert shown["waste"] == {
        "answer lost, may have been charged": {"count": 1, "usd": 0.06},
        "moderated": {"count": 1, "usd": 0.06},
    }
    printed = cloud.run("ledger").stdout
    assert "without a result: moderated" in printed
    assert "$0.12" in printed


def test_since_leaves_out_earlier_payments(cloud: Cloud) -> None:
    _edits(cloud)
    cloud.stack.clock.now += 3 * 86400

    assert cloud.json("ledger", "--since", "2d")["charged"]["count"] == 0
    assert cloud.json("ledger", "--since", "4d")["charged"]["count"] == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12h", NOW - 43200),
        ("1w", NOW - 604800),
        ("2026-06-10", 1781049600),
        ("2026-06-10T08:00+02:00", 1781071200),
    ],
)
def test_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert since_seconds(text, NOW) == seconds


def test_an_invalid_time_is_an_error(cloud: Cloud) -> None:
    with pytest.raises(UsageError, match="--since takes 12h"):
        since_seconds("yesterday", NOW)
    assert cloud.run("ledger", "--since", "0d").exit_code == 2
