"""What doctor looks at upstream. Asking for a task that nobody made tells whether the key is taken, for free.

Whether the balance is enough cannot be asked without spending; the circuit tells when it was not.
"""

from decimal import Decimal

from depthdrop.settings.catalogue import CHEAPEST_USD
from depthdrop.upstream.answer import NoAnswer
from depthdrop.upstream.client import Upstream
from depthdrop.upstream.key import KeyMissingError
from depthdrop.upstream.poll_outcome import Missing, Stopped, classify_poll
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.findings import Finding, bad, good

_NOBODYS_TASK = "00000000-0000-0000-0000-000000000000"
_SECONDS = 15


def key(stack: OperatorStack) -> Finding:
    try:
        value = stack.submit.purchase.key.current()
    except KeyMissingError as error:
        return bad(str(error), stack.outputs.get("SetKeyCommand", ""))
    base_url = stack.environment.upstream_base_url
    seen = Upstream(base_url).get_result(_NOBODYS_TASK, None, value, _SECONDS)
    if isinstance(seen, NoAnswer):
        return Finding(
            None, f"set; {base_url} did not answer: {seen.detail}", "Look whether this machine may reach it."
        )
    outcome = classify_poll(seen)
    if isinstance(outcome, Stopped):
        return bad(f"{base_url} refuses it: {outcome.message}", "Set another one with the output SetKeyCommand.")
    if isinstance(outcome, Missing):
        return good(f"set, and {base_url} takes it; its balance cannot be asked for")
    return Finding(
        None, f"set; {base_url} answered with HTTP {seen.status}, which does not tell", "Try again later."
    )


def budget(stack: OperatorStack) -> Finding:
    found = stack.submit.purchase.budget
    room = found.room(stack.now())
    if room is None:
        return good("none: a day may cost any amount; DailyBudgetUsd sets one")
    if room >= CHEAPEST_USD:
        return good(f"${room} of today's ${found.limit_usd} are left")
    fix = "Drops go on at midnight UTC, or when you deploy with a larger DailyBudgetUsd."
    return bad(f"reached: ${max(room, Decimal(0))} of today's ${found.limit_usd} are left", fix)


def circuit(stack: OperatorStack) -> Finding:
    record = stack.submit.purchase.circuit.standing()
    if record is None:
        return good("closed: drops are sent")
    fix = "Put that right; the next probe closes the circuit and resting drops go on."
    return bad(f"open since a request was refused ({record['reason']}): {record['message']}", fix)
