"""One line of JSON per request, and the counts of `/admin/state`.

A line has the method, the path without secrets, the status and a task id: no key, prompt, query or link token.
`status` is null when a fault broke the connection.
"""

import json
import logging
import re
from time import perf_counter
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.fake_upstream.requests import NOTE
from local.fake_upstream.upstream import Upstream

logger = logging.getLogger("local.fake_upstream.access")

_TOKEN = re.compile(r"^/[^/]+/")


class AccessLog:
    """ASGI middleware that logs and counts."""

    def __init__(self, app: ASGIApp, upstream: Upstream, side: Literal["api", "delivery"]) -> None:
        self.app, self.upstream, self.side = app, upstream, side

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status: int | None = None

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._count(scope, str(status))
            await send(message)

        began = perf_counter()
        try:
            await self.app(scope, receive, watch)
        finally:
            if status is None:
                self._count(scope, "none")
            path = _TOKEN.sub("/…/", scope["path"]) if self.side == "delivery" else scope["path"]
            line = {"side": self.side, "method": scope["method"], "path": path, "status": status}
            line["ms"] = round((perf_counter() - began) * 1000, 1)
            logger.info(json.dumps(line | scope.get(NOTE, {})))

    def _count(self, scope: Scope, status: str) -> None:
        if self.side == "delivery":
            self.upstream.requests["download"][status] += 1
        elif scope["path"].startswith("/flux/"):
            self.upstream.requests["post" if scope["method"] == "POST" else "poll"][status] += 1
