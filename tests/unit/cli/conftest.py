from tests.unit.aws import _no_real_account, _resources, stack, upstream
from tests.unit.cli.cloud import cloud

__all__ = ["_no_real_account", "_resources", "cloud", "stack", "upstream"]
