"""The whole stack in memory, for every unit test that asks for it; nothing of this machine leads to AWS."""

from tests.support.aws import _no_real_account, _resources, stack, upstream
from tests.support.bus import bus

__all__ = ["_no_real_account", "_resources", "bus", "stack", "upstream"]
