import pytest

from tests.support.aws import Stack, _no_real_account, _resources, stack, upstream
from tests.support.bus import bus

__all__ = ["_no_real_account", "_resources", "bus", "opted_in", "stack", "upstream"]


@pytest.fixture
def opted_in(stack: Stack) -> Stack:
    """A stack whose owner lets another model take the place of a withdrawn one."""
    stack.names["FallbackModel"] = "flux-kontext-pro"
    return stack
