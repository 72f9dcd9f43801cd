"""Values into HTML. Every name, prompt and sentence is escaped by the templates; ids and numbers are our own."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from depthdrop.drop.formats import IMAGE_SUFFIXES
from depthdrop.drop.keys import SIDECAR_SUFFIXES
from depthdrop_cli.page.access import Access
from depthdrop_cli.page.cards import GROUPS, WORDS, WORKING, Card
from depthdrop_cli.page.list_page import Leaf, Wanted
from depthdrop_cli.page.totals import Counted
from depthdrop_cli.page.uploads import Plan
from depthdrop_cli.reading.entries import Money
from depthdrop_cli.reading.timeline import Moment
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.output import usd

_VERDICTS = {
    "buy": "would be paid for",
    "bought": "was paid for before, costs nothing more",
    "refused": "is refused, nothing is charged",
    "half": "has no prompt, so it would wait",
    "depth_map": "is the depth map of another picture",
}


class Views:
    def __init__(self, stack: OperatorStack, access: Access, *, allow_drop: bool, is_local: bool) -> None:
        upstream = stack.environment.upstream_base_url
        self._shared: dict[str, Any] = {
            "stack": "this machine" if is_local else stack.name,
            "root": access.root,
            "token": access.token,
            "allow_drop": allow_drop,
            "simulated": is_simulated(upstream),
            "accept": ",".join(sorted(IMAGE_SUFFIXES | SIDECAR_SUFFIXES)),
        }

    def list_page(
        self, wanted: Wanted, found: Leaf, waiting: Sequence[Card], mark: str, counted: Counted | None
    ) -> str:
        return self._made(
            "list.html",
            cards=[*waiting, *found.cards],
            counted=counted,
            wanted=wanted,
            filters=_filters(wanted),
            older=None if found.older is None else _address(wanted.group, wanted.folder, found.older),
            newest=None if wanted.before is None else _address(wanted.group, wanted.folder, None),
            events=f"/events?{_query(status=wanted.group, folder=wanted.folder, since=mark)}",
            is_first=wanted.before is None,
        )

    def detail(self, card: Card, moments: Sequence[Moment], mark: str, result: dict[str, Any] | None) -> str:
        return self._made(
            "detail.html",
            card=card,
            moments=[(datetime.fromtimestamp(at, UTC), what) for at, what in moments],
            first=moments[0][0] if moments else 0,
            result=result,
            events=f"/events?{_query(since=mark)}",
        )

    def card(self, card: Card) -> str:
        return self._made("card.html", card=card)

    def strip(self, counted: Counted) -> str:
        return self._made("strip.html", counted=counted)

    def plan(self, plan: Plan) -> str:
        return self._made("plan.html", plan=plan, verdicts=_VERDICTS)

    def trouble(self, sentence: str) -> str:
        return self._made("trouble.html", sentence=sentence)

    def _made(self, name: str, **values: object) -> str:
        return _templates().get_template(name).render(**self._shared, **values)


def is_simulated(upstream: str) -> bool:
    """Whether this upstream stands on the machine itself: nobody sends a bill from there."""
    host = urlsplit(upstream).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cost(money: Money) -> str:
    sums = {"none": "nothing", "charged": usd(money.usd)}
    return sums.get(money.state, f"{usd(money.usd)}, perhaps")


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("depthdrop_cli.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"usd": usd, "cost": cost, "moment": lambda at: datetime.fromtimestamp(at, UTC)}
    return made


def _filters(wanted: Wanted) -> list[tuple[str, str, bool]]:
    words = {WORKING: "Under way", **WORDS}
    groups = [(None, "All"), *((group, words[group]) for group in GROUPS)]
    return [(word, _address(group, wanted.folder, None), group == wanted.group) for group, word in groups]


def _address(group: str | None, folder: str | None, before: str | None) -> str:
    query = _query(status=group, folder=folder, before=before)
    return f"/?{query}" if query else "/"


def _query(**values: str | None) -> str:
    return urlencode({name: value for name, value in values.items() if value})
