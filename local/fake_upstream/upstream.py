"""Everything the fake upstream knows, in one object that routes and tests share.

It is touched from one event loop; a test's thread may arm faults and read counts, which are single steps.
"""

import hmac
import secrets
from collections import Counter
from typing import Any

from local.fake_upstream.catalogue import CATALOGUE
from local.fake_upstream.clock import Clock, WallClock
from local.fake_upstream.faults import FaultDesk
from local.fake_upstream.ledger import Ledger
from local.fake_upstream.settings import Settings
from local.fake_upstream.studio import Studio
from local.fake_upstream.tasks import TaskBook


class Upstream:
    """The state behind both ports. `elsewhere` is the delivery port's origin, set once it is known."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or WallClock()
        self.tuning = settings.tuning()
        self.ledger = Ledger(settings.ledger_path)
        self.desk = FaultDesk(CATALOGUE)
        self.tasks = TaskBook(settings.random_seed)
        self.studio = Studio()
        self.requests: dict[str, Counter[str]] = {kind: Counter() for kind in ("post", "poll", "download")}
        self.leaked_authorization = 0
        self.stray_requests = 0
        self.elsewhere = "http://delivery.invalid"
        self.admin_token = secrets.token_urlsafe(32)
        self._key = settings.key.get_secret_value().encode()

    @property
    def key(self) -> str:
        """The key that is accepted now."""
        return self._key.decode()

    def administers(self, token: str | None) -> bool:
        """Whether this is the token of `/admin/*`."""
        return hmac.compare_digest((token or "").encode(), self.admin_token.encode())

    def accepts(self, authorization: str | None) -> bool:
        """Whether this is the Bearer header with the current key."""
        scheme, _, presented = (authorization or "").partition(" ")
        right = hmac.compare_digest(presented.strip().encode(), self._key)
        return scheme.lower() == "bearer" and right

    def rotate_key(self, key: str) -> None:
        """Accept `key` and nothing else from now on.

        Raises:
            ValueError: the key is empty.

        """
        if not key:
            raise ValueError("a key cannot be empty")
        self._key = key.encode()

    def configure(self, /, **changes: object) -> None:
        """Change the tuning; tasks that are under way keep the times they were given.

        Raises:
            pydantic.ValidationError: a name or a value is wrong; nothing was changed.

        """
        self.tuning = self.tuning.changed(changes)

    def reset(self) -> None:
        """Back to the state at start: no tasks, charges, faults or counts; the key it began with."""
        self.tuning = self.settings.tuning()
        self._key = self.settings.key.get_secret_value().encode()
        for forget in (self.ledger.clear, self.desk.clear, self.tasks.clear, self.studio.clear):
            forget()
        for counter in self.requests.values():
            counter.clear()
        self.leaked_authorization = self.stray_requests = 0

    def state(self) -> dict[str, Any]:
        """The answer of `GET /admin/state`."""
        return {
            "requests": {kind: dict(sorted(counter.items())) for kind, counter in self.requests.items()},
            "tasks": len(self.tasks),
            "active": self.tasks.active(self.clock.now()),
            "peak_active": self.tasks.peak_active,
            "leaked_authorization": self.leaked_authorization,
            "stray_requests": self.stray_requests,
            "strikes": dict(sorted(self.desk.strikes.items())),
            "settings": self.tuning.model_dump(mode="json"),
        }

    def close(self) -> None:
        """Let the threads go."""
        self.studio.close()
