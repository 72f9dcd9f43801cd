"""A claim that was left behind may be freed by others; a POST may not."""

import pytest

from tests.support.aws import Stack
from tests.support.scripted import NOW


@pytest.mark.parametrize(("state", "left"), [("CLAIMED", "RELEASED"), ("POSTING", "POSTING")])
def test_giving_up_frees_a_claim_and_never_a_post(stack: Stack, state: str, left: str) -> None:
    stack.deliver(stack.drop())
    edit = stack.edit()
    stack.table.update(edit["pk"], {"state": state}, "attribute_exists(pk)")
    stack.edits.give_up(edit["edit_id"], edit["token"], NOW)

    assert stack.edit()["state"] == left
