from tests.unit.page.served import _no_real_account, _resources, browser, cloud, read_only, stack, upstream

__all__ = ["_no_real_account", "_resources", "browser", "cloud", "read_only", "stack", "upstream"]
