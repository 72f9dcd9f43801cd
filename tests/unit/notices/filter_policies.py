"""The filter policies that docs/events.md shows, and what each should let through."""

import json
import re
from typing import Any

from depthdrop.drop.pairing import InboxObject
from depthdrop.drop.refusal import Refusal
from depthdrop.notices.compose import Announcer
from depthdrop.notices.events import Event
from local.written.pages import EVENTS_PAGE as PAGE
from tests.support.announced import DROP, EDIT, MANIFEST, MISSING, NOW, RECEIPT, RESULT, TROUBLE
from tests.support.records import part

KONTEXT, DEPTH = "flux-kontext-pro", "flux-pro-1.0-depth"


def shown() -> list[dict[str, Any]]:
    section = PAGE.read_text().partition("## Filter\n")[2].partition("\n## ")[0]
    return [json.loads(block) for block in re.findall(r"```json\n(.+?)```", section, re.DOTALL)]


def commanded() -> dict[str, Any]:
    """The policy in the command that the page shows."""
    (text,) = re.findall(r"--attribute-value '(.+?)'\n", PAGE.read_text())
    policy: dict[str, Any] = json.loads(text)
    return policy


def announced_events(source: str) -> dict[str, Event]:
    """Events of every type, of two models, in the root and in folders with like names; by what tests call them."""
    announcer = Announcer(source, "inbox")

    def succeeded(key: str, model: str) -> Event:
        edit = EDIT | {"image_key": key, "model": model, "edit_id": f"{key} {model}"}
        return announcer.succeeded(part(edit), RESULT, MANIFEST, NOW, None, None)

    below = EDIT | {"image_key": "wedding/church/a.jpg", "model": KONTEXT}
    return {
        "root": succeeded("a.jpg", DEPTH),
        "wedding": succeeded("wedding/a.jpg", DEPTH),
        "wedding by kontext": succeeded("wedding/a.jpg", KONTEXT),
        "wedding below, failed": announcer.failed(part(below), TROUBLE, NOW),
        "wedding-2": succeeded("wedding-2/a.jpg", DEPTH),
        "ambiguous": announcer.ambiguous(part(EDIT | {"image_key": "b/a.jpg"}), "Lost.", NOW),
        "rejected": announcer.rejected(
            part(DROP | {"image_key": "wedding/b.jpg"}), Refusal("c", "m", "h"), RECEIPT, NOW
        ),
        "unpaired": announcer.unpaired(InboxObject("a.txt", "e", 1, 1), MISSING, NOW),
        "odd": succeeded('a "b"\\c/a.jpg', DEPTH),
    }


FAILURES = {"wedding below, failed", "ambiguous", "rejected", "unpaired"}
# In the page's order.
LET_THROUGH = (
    FAILURES,
    {"wedding", "wedding by kontext", "rejected"},
    {"wedding", "wedding by kontext", "rejected", "wedding below, failed"},
    {"wedding by kontext", "wedding below, failed"},
    {"wedding"},
)
ODD_FOLDER = {"folder": ["a %22b%22%5Cc"]}
EVERY_POLICY = [*zip(shown(), LET_THROUGH, strict=True), (ODD_FOLDER, {"odd"})]


def names_of(source: str, messages: list[dict[str, Any]]) -> list[str]:
    """What these messages are called, in alphabetical order; those of another source are not looked at."""
    names = {event.id: name for name, event in announced_events(source).items()}
    return sorted(names[message["id"]] for message in messages if message["source"] == source)
