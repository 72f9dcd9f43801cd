from tests.support.aws import _no_real_account, _resources, stack, upstream
from tests.support.operator_cloud import cloud

__all__ = ["_no_real_account", "_resources", "cloud", "stack", "upstream"]
