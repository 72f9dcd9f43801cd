from tests.support.aws import _no_real_account, _resources, stack, upstream

__all__ = ["_no_real_account", "_resources", "stack", "upstream"]
