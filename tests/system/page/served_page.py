"""The page of moto's AWS on a real port, for a real browser or a plain socket."""

from collections.abc import Iterator

import pytest

from depthdrop_cli.page.server import Served, bound, served
from depthdrop_cli.stack.stacks import find_stack
from tests.support.operator_cloud import NAME, Cloud
from tests.unit.page.served import _no_real_account, _resources, cloud, stack, upstream

__all__ = ["_no_real_account", "_resources", "cloud", "page", "stack", "upstream"]


@pytest.fixture
def page(cloud: Cloud) -> Iterator[Served]:
    assert cloud.stack
    with served(find_stack(NAME), bound(0), allow_drop=True) as running:
        yield running
