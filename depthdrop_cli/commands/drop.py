"""`depthdrop drop`: shows the price, asks, uploads, and follows the drops until they end."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from depthdrop import aws
from depthdrop.drop.refusal import Refusal
from depthdrop_cli.commands.explain import Explanation, explanations, lines_of, obstacles
from depthdrop_cli.commands.offers import Offer, OfferedInbox, gather, in_order
from depthdrop_cli.commands.status import about
from depthdrop_cli.reading.records import edit_of, latest_drop
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import Exit, UsageError
from depthdrop_cli.terminal.output import Output, Timeout, Yes, agreed, table, usd

_SENT = frozenset({"buy", "bought"})
_ENDS = frozenset({"succeeded", "failed", "ambiguous", "refused"})
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What submit would do with each offered picture, and why drops would be parked now."""

    offers: Mapping[str, Offer]
    explanations: list[Explanation]
    obstacles: list[str]

    @property
    def good(self) -> list[Explanation]:
        """What would be uploaded: edits to pay for now, or paid for before."""
        return [item for item in self.explanations if item.verdict in _SENT]

    @property
    def total(self) -> Decimal:
        """In US dollars."""
        return sum((Decimal(str(item.usd)) for item in self.good), Decimal(0))

    @property
    def digest(self) -> str:
        """Identifies files and explanations, so that only a plan that was shown is paid for."""
        shown = json.dumps([asdict(item) for item in self.explanations], default=str, sort_keys=True)
        files = "".join(f"{key} {offer.version.etag}\n" for key, offer in sorted(self.offers.items()))
        return hashlib.sha256(f"{files}{shown}".encode()).hexdigest()


def drop(
    stack: OperatorStack,
    out: Output,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures and sidecars.")
    ],
    *,
    prompt: Annotated[str | None, typer.Option(help="Prompt for each picture, stored with it.")] = None,
    sidecar: Annotated[Path | None, typer.Option(help="A sidecar to use for each picture.")] = None,
    to: Annotated[
        str | None, typer.Option(help="Key prefix of the uploads; the default is the stack's InboxPrefix.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow until every edit has ended.")] = False,
    timeout: Timeout = 3900,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the price; upload nothing.")] = False,
    yes: Yes = False,
) -> Exit:
    """Check pictures on this machine, show the total price, and drop them. Asks before paying for several."""
    prefix = stack.environment.inbox_prefix
    below = prefix if to is None else to
    if not below.startswith(prefix):
        raise UsageError(f"{stack.name} takes drops below {prefix} only, not below {below}.")
    plan = plan_of(stack, gather(paths, below, prompt, sidecar))
    show_price(out, plan)
    good, explained = plan.good, [asdict(item) for item in plan.explanations]
    data: dict[str, Any] = {"total_usd": plan.total, "plan": explained, "uploaded": [], "ends": []}
    code = Exit.DONE if good and len(good) == len(explained) else Exit.UNSUCCESSFUL
    if dry_run or not good:
        out.answer(data, lines_of(plan.explanations))
        return code
    bought = sum(item.verdict == "buy" for item in good)
    if bought > 1 and not yes and not agreed(f"Pay {usd(plan.total)} for {bought} edits?"):
        out.say("Nothing was uploaded.")
        return Exit.UNSUCCESSFUL
    data["uploaded"] = upload(stack, plan, lambda key: out.say(f"{key}: uploaded"))
    if wait:
        ended, data["ends"] = follow(stack, out, [item.key for item in good], timeout)
        code = max(code, ended)
    rows = [(end["key"], end["state"], end["edit_id"], end["output"]) for end in data["ends"]]
    out.answer(data, [table(("picture", "state", "edit", "output"), rows)] if rows else ())
    return code


def plan_of(stack: OperatorStack, offers: Mapping[str, Offer]) -> Plan:
    """Explain each offered picture. Depth maps of other offered pictures are left out."""
    inbox = OfferedInbox(stack.submit.inbox.bucket, stack.submit.inbox.s3, offers)
    pictures = [offer for offer in offers.values() if offer.is_picture]
    explained = {item.key: item for offer in pictures for item in explanations(stack, inbox, offer.key)}
    maps = {item.depth_map for item in explained.values()}
    own = [item for key, item in explained.items() if key not in maps or item.verdict not in {"half", "depth_map"}]
    return Plan(offers, [_prefer_prompt(item, offers) for item in own], obstacles(stack))


def _prefer_prompt(item: Explanation, offers: Mapping[str, Offer]) -> Explanation:
    """Refused when a sidecar in the inbox would silently override the prompt of the offered picture."""
    if item.key in offers and offers[item.key].prompt is not None and item.sidecar is not None:
        refusal = Refusal(
            "sidecar_there",
            f"{item.sidecar} is in the inbox and would be used instead of --prompt.",
            "Remove it, or leave out --prompt.",
        )
        return Explanation(item.key, "refused", refusal=refusal)
    return item


def show_price(out: Output, plan: Plan) -> None:
    """Print the total, refusals and obstacles."""
    counts = Counter(item.verdict for item in plan.explanations)
    rest = len(plan.explanations) - len(plan.good)
    out.say(
        f"{counts['buy']} to pay for, {counts['bought']} paid for before, {rest} not to edit: {usd(plan.total)}."
    )
    for item in plan.explanations:
        if item.refusal is not None:
            out.say(f"{item.key}: {item.refusal.message} {item.refusal.hint}")
    for block in plan.obstacles:
        out.say(f"Drops will be parked until this is over: {block}")


def upload(stack: OperatorStack, plan: Plan, on_each: Callable[[str], None]) -> list[str]:
    """Upload sidecars, then pictures with their prompts. Returns the keys in order.

    Pictures that the plan refuses, and their sidecars, are not uploaded. Presets and depth maps always are.
    """
    rest = [item for item in plan.explanations if item.verdict not in _SENT]
    refused = {key for item in rest for key in (item.key, item.sidecar)}
    sent = [offer for offer in in_order(plan.offers) if offer.key not in refused]
    for offer in sent:
        metadata = {} if offer.prompt is None else {"prompt": offer.prompt}
        bucket = stack.submit.inbox.bucket
        aws.s3().put_object(Bucket=bucket, Key=offer.key, Body=offer.content, Metadata=metadata)
        on_each(offer.key)
    return [offer.key for offer in sent]


def follow(
    stack: OperatorStack, out: Output, keys: Sequence[str], timeout: float
) -> tuple[Exit, list[dict[str, Any]]]:
    """Print each change of state until every edit has ended in the table, for at most `timeout` seconds."""
    ends: dict[str, dict[str, Any]] = {}
    open_keys, until = list(keys), stack.now() + timeout
    while True:
        for key in open_keys:
            before, ends[key] = ends.get(key), _end(stack, key)
            if before is None or before["state"] != ends[key]["state"]:
                out.say(f"{key}: {ends[key]['state']}{_because(ends[key])}")
        open_keys = [key for key in open_keys if ends[key]["state"] not in _ENDS]
        if not open_keys or stack.now() >= until:
            break
        stack.pause(_LOOK_SECONDS)
    if open_keys:
        out.say(f"{len(open_keys)} still running; check them with `depthdrop status KEY`.")
        return Exit.NOT_FINISHED, list(ends.values())
    good = all(end["state"] == "succeeded" for end in ends.values())
    return (Exit.DONE if good else Exit.UNSUCCESSFUL), list(ends.values())


def _end(stack: OperatorStack, key: str) -> dict[str, Any]:
    drop = latest_drop(stack, key)
    if drop is None:
        return {"key": key, "state": "uploaded", "edit_id": None, "output": None, "trouble": None}
    facts = about(stack, drop, edit_of(stack, drop))
    result = facts["result"]
    return {
        "key": key,
        "state": facts["state"],
        "edit_id": facts["edit_id"],
        "spend": facts["spend"],
        "output": None if result is None else f"s3://{result['bucket']}/{result['key']}",
        "trouble": facts["refusal"] or facts["error"] or facts["parked"],
    }


def _because(end: dict[str, Any]) -> str:
    error = end["trouble"]
    return f" ({error['message']} {error.get('hint', '')})".replace(" )", ")") if error else ""
