from tests.unit.aws import _no_real_account, _resources, stack, upstream
from tests.unit.bus import bus

__all__ = ["_no_real_account", "_resources", "bus", "stack", "upstream"]
