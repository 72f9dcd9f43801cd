"""The values that the templates show. Ids and numbers in addresses are made by depthdrop, never user text."""

import ipaddress
from typing import Any
from urllib.parse import urlencode, urlsplit

from depthdrop.drop.formats import IMAGE_SUFFIXES
from depthdrop.drop.inbox_keys import SIDECAR_SUFFIXES
from depthdrop_cli.page.cards import GROUPS, WORDS, WORKING
from depthdrop_cli.page.guard import Access
from depthdrop_cli.page.list_page import Wanted
from depthdrop_cli.stack.stacks import OperatorStack

_VERDICTS = {
    "buy": "would be paid for",
    "bought": "was paid for before, costs nothing more",
    "refused": "is refused, nothing is charged",
    "half": "is unpaired: it has no prompt and would wait",
    "depth_map": "is the depth map of another picture",
}


def shared_values(stack: OperatorStack, access: Access, *, allow_drop: bool, is_local: bool) -> dict[str, Any]:
    """Of every template."""
    return {
        "stack": "this machine" if is_local else stack.name,
        "root": access.root,
        "token": access.token,
        "allow_drop": allow_drop,
        "simulated": is_simulated(stack.environment.upstream_base_url),
        "accept": ",".join(sorted(IMAGE_SUFFIXES | SIDECAR_SUFFIXES)),
        "verdicts": _VERDICTS,
    }


def list_values(wanted: Wanted, next_page: str | None, mark: str) -> dict[str, Any]:
    """Of the list: its filters and addresses. `next_page` is a cursor, `mark` the last change that is shown."""
    words = dict[str | None, str](WORDS) | {None: "All", WORKING: "Not finished"}
    return {
        "wanted": wanted,
        "filters": [(words[it], _address(it, wanted.folder), it == wanted.group) for it in (None, *GROUPS)],
        "next_page": None if next_page is None else _address(wanted.group, wanted.folder, next_page),
        "newest": None if wanted.before is None else _address(wanted.group, wanted.folder),
        "events": f"/events?{_query(status=wanted.group, folder=wanted.folder, since=mark)}",
        "is_first": wanted.before is None,
    }


def is_simulated(upstream: str) -> bool:
    """Whether this upstream runs on this machine, where nothing is charged."""
    host = urlsplit(upstream).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(group: str | None, folder: str | None, before: str | None = None) -> str:
    query = _query(status=group, folder=folder, before=before)
    return f"/?{query}" if query else "/"


def _query(**values: str | None) -> str:
    return urlencode({name: value for name, value in values.items() if value})
