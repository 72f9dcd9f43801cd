"""`depthdrop drop`: says what would be paid, asks, uploads, and follows what becomes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from depthdrop import aws
from depthdrop.drop.refusal import Refusal
from depthdrop_cli.commands.explain import Explanation, explanations, obstacles, print_one
from depthdrop_cli.commands.follow import follow
from depthdrop_cli.commands.offers import Offer, OfferedInbox, gather, in_order
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output, table, usd

_SENT = frozenset({"buy", "bought"})
_MOST_WITHOUT_ASKING = 1


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    paths: Sequence[Path]
    below: str | None
    prompt: str | None
    sidecar: Path | None
    wait: bool
    dry_run: bool
    yes: bool
    patience: float


def drop(stack: OperatorStack, out: Output, wish: Wish) -> Exit:
    below = stack.environment.inbox_prefix if wish.below is None else wish.below
    if not below.startswith(stack.environment.inbox_prefix):
        raise UsageError(
            f"{stack.name} takes drops below {stack.environment.inbox_prefix} only, not below {below}."
        )
    offers = gather(wish.paths, below, wish.prompt, wish.sidecar)
    plan = plan_of(stack, offers)
    good, total = good_of(plan), tell_price(stack, out, plan)
    data: dict[str, Any] = {"total_usd": total, "plan": [one.as_data() for one in plan], "uploaded": [], "ends": []}
    code = Exit.DONE if good and len(good) == len(plan) else Exit.NOT_SO
    if wish.dry_run or not good:
        out.answer(data, lambda console: _print_plan(console, plan))
        return code
    bought = sum(one.verdict == "buy" for one in good)
    if bought > _MOST_WITHOUT_ASKING and not wish.yes and not _agreed(bought, total):
        out.say("Nothing was uploaded.")
        return Exit.NOT_SO
    data["uploaded"] = upload(stack, offers, plan, lambda key: out.say(f"{key}: uploaded"))
    if wish.wait:
        ended, data["ends"] = follow(stack, out, [one.key for one in good], wish.patience)
        code = max(code, ended)
    out.answer(data, lambda console: _print_ends(console, data))
    return code


def plan_of(stack: OperatorStack, offers: Mapping[str, Offer]) -> list[Explanation]:
    """What each offered picture would come to; depth maps of one another are no drops."""
    own = stack.submit.inbox
    inbox = OfferedInbox(own.bucket, own.s3, offers)
    pictures = [offer for offer in offers.values() if offer.is_picture]
    found = {one.key: one for offer in pictures for one in explanations(stack, inbox, offer.key)}
    maps = {one.depth_map for one in found.values() if one.depth_map is not None}
    return [_without_surprise(one, offers) for key, one in found.items() if not (key in maps and _is_alone(one))]


def good_of(plan: Sequence[Explanation]) -> list[Explanation]:
    """What would be sent: to be paid for now, or paid for before."""
    return [one for one in plan if one.verdict in _SENT]


def total_of(plan: Sequence[Explanation]) -> Decimal:
    return sum((Decimal(str(one.usd)) for one in good_of(plan)), Decimal(0))


def _is_alone(one: Explanation) -> bool:
    return one.verdict in {"half", "depth_map"}


def _without_surprise(one: Explanation, offers: Mapping[str, Offer]) -> Explanation:
    """A sidecar that lies in the inbox counts more than a prompt that goes with the picture: that is not meant."""
    if one.key in offers and offers[one.key].prompt is not None and one.sidecar is not None:
        refusal = Refusal(
            "sidecar_there",
            f"{one.sidecar} lies in the inbox and would count in place of --prompt.",
            "Remove it, or leave --prompt away.",
        )
        return Explanation(one.key, "refused", refusal=refusal)
    return one


def _is_sent(offer: Offer, plan: Sequence[Explanation]) -> bool:
    """Presets and depth maps always; pictures that are good, and the sidecars of those."""
    bad = {one.key for one in plan if one.verdict not in _SENT}
    bad |= {one.sidecar for one in plan if one.verdict not in _SENT and one.sidecar}
    return offer.key not in bad


def tell_price(stack: OperatorStack, out: Output, plan: Sequence[Explanation]) -> Decimal:
    """The total, and whatever stands in the way."""
    total = total_of(plan)
    counts = {word: sum(one.verdict == word for one in plan) for word in ("buy", "bought")}
    rest = len(plan) - sum(counts.values())
    out.say(f"{counts['buy']} to pay for, {counts['bought']} paid for before, {rest} that cannot be: {usd(total)}.")
    for one in plan:
        if one.refusal is not None:
            out.say(f"{one.key}: {one.refusal.message} {one.refusal.hint}")
    for block in obstacles(stack):
        out.say(f"Drops will rest until this is over: {block}")
    return total


def _agreed(count: int, total: Decimal) -> bool:
    try:
        return typer.confirm(f"Pay {usd(total)} for {count} edits? (--yes answers this)", err=True)
    except typer.Abort:
        return False


def upload(
    stack: OperatorStack, offers: Mapping[str, Offer], plan: Sequence[Explanation], told: Callable[[str], None]
) -> list[str]:
    """Sidecars first; a picture takes its prompt with it. What the plan refuses stays here. The keys, in order."""
    keys = []
    for offer in in_order(offers):
        if _is_sent(offer, plan):
            metadata = {} if offer.prompt is None else {"prompt": offer.prompt}
            bucket = stack.submit.inbox.bucket
            aws.s3().put_object(Bucket=bucket, Key=offer.key, Body=offer.content, Metadata=metadata)
            told(offer.key)
            keys.append(offer.key)
    return keys


def _print_plan(console: Console, plan: Sequence[Explanation]) -> None:
    for one in plan:
        print_one(console, one)


def _print_ends(console: Console, data: dict[str, Any]) -> None:
    rows = [(end["key"], end["state"], end["edit_id"], end["output"]) for end in data["ends"]]
    if rows:
        console.print(table(("picture", "state", "edit", "output"), rows))
