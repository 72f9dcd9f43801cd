"""The state of the fake upstream, shared by routes and tests.

One event loop uses it; a test's thread may arm faults and read counts, which are atomic.
"""

import hmac
import secrets
from collections import Counter
from typing import Any

from local.fake_upstream.catalogue import CATALOGUE
from local.fake_upstream.clock import Clock
from local.fake_upstream.faults import Armed, FaultQueue
from local.fake_upstream.ledger import Ledger
from local.fake_upstream.settings import Settings, Tuning
from local.fake_upstream.tasks import Painter, TaskBook


class Upstream:
    """The state of both ports. `delivery_url` is the origin of the delivery port, set once the port is bound.

    `key` is the accepted key; `/admin/*` requires `admin_token` in the header `X-Fake-Upstream-Token`.
    """

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        self.settings = settings or Settings()
        self.clock = clock or Clock()
        self.painter = Painter()
        self.delivery_url = "http://delivery.invalid"
        self.admin_token = secrets.token_urlsafe(32)
        self.fault_queue = FaultQueue(CATALOGUE)
        self.reset()

    def reset(self) -> None:
        """Return to the state at start, with its key. The ledger's file keeps its lines."""
        self.key = self.settings.key.get_secret_value()
        self.tuning = Tuning(**self.settings.model_dump(include=set(Tuning.model_fields)))
        self.ledger = Ledger(self.settings.ledger_path)
        self.tasks = TaskBook(self.settings.random_seed)
        self.fault_queue.clear()
        self.painter.samples = {}
        self.requests: dict[str, Counter[str]] = {kind: Counter() for kind in ("post", "poll", "download")}
        self.leaked_authorization = self.stray_requests = 0

    def accepts(self, authorization: str | None) -> bool:
        """Whether this is the Bearer header with the current key."""
        scheme, _, sent_key = (authorization or "").partition(" ")
        is_key = hmac.compare_digest(sent_key.strip().encode(), self.key.encode())
        return scheme.lower() == "bearer" and is_key

    def arm(self, name: str, *, match: str = "", **params: object) -> Armed:
        """Arm a fault for requests whose prompt contains `match`; `times=None` is endless. Raises BadFaultError."""
        return self.fault_queue.arm(name, params, match)

    def rotate_key(self, key: str) -> None:
        """Accept only `key` from now on."""
        self.key = key

    def configure(self, /, **changes: object) -> None:
        """Change the tuning; running tasks keep their times. Raises ValidationError, and then changes nothing."""
        self.tuning = Tuning.model_validate({**self.tuning.model_dump(), **changes})

    @property
    def state(self) -> dict[str, Any]:
        """The answer of `GET /admin/state`."""
        return {
            "requests": {kind: dict(sorted(counter.items())) for kind, counter in self.requests.items()},
            "tasks": len(self.tasks.tasks),
            "active": self.tasks.active(self.clock.now()),
            "peak_active": self.tasks.peak_active,
            "leaked_authorization": self.leaked_authorization,
            "stray_requests": self.stray_requests,
            "strikes": dict(sorted(self.fault_queue.strikes.items())),
            "settings": self.tuning.model_dump(mode="json"),
        }
