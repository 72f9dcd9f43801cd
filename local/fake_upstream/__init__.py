"""A fake of CometAPI's Flux endpoint: a real HTTP server with real faults and no costs."""

from local.fake_upstream.server import FakeUpstream
from local.fake_upstream.settings import Settings

__all__ = ["FakeUpstream", "Settings"]
