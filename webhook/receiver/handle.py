"""Handles an event: write your own."""

import logging

from depthdrop_webhook import CloudEvent

log = logging.getLogger("webhook")


def handle(event: CloudEvent) -> None:
    """Called once for each event id; if it raises, SNS delivers the event again.

    An event may correct an earlier one, whose id is then in `data["supersedes"]`.
    """
    result = event["data"].get("result", {})
    # %r: a key may have any characters.
    log.info("%r: %r %r", event["type"], event.get("subject"), result.get("key"))
