"""Calls a function that should refuse, and returns the refusal."""

from collections.abc import Callable

import pytest

from depthdrop.drop.refusal import Refusal, RefusedError


def refusal_of(call: Callable[[], object]) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        call()
    return caught.value.refusal
