"""The code in docs/webhooks.md works, and its lists are complete."""

import re
from typing import Any

import depthdrop_webhook as webhook
from local.stack.bundle import ROOT
from receiver.settings import ServiceSettings, explained
from tests.unit.webhook.delivery import EVENT, Delivery

_PAGE = (ROOT / "docs" / "webhooks.md").read_text()


def test_the_receiver_on_the_page_accepts_genuine_messages_and_refuses_forged_ones() -> None:
    handled: list[object] = []
    names: dict[str, Any] = {"handle": handled.append}
    (shown,) = re.findall(r"```python\n(.+?)```", _PAGE, re.DOTALL)
    exec(shown, names)  # noqa: S102  # the page's own example
    delivery = Delivery.genuine()
    forged = Delivery.genuine()
    forged.fields["Message"] = "{}"
    names["verifier"] = delivery.verifier()

    assert [names["post"](one.content(), {}) for one in (delivery, delivery, forged)] == [200, 200, 403]
    assert handled == [EVENT]


def test_the_page_lists_every_kind_of_refusal_and_its_status() -> None:
    kinds = webhook.RefusedError.__subclasses__()
    (row,) = [line for line in _PAGE.splitlines() if line.startswith("| `RefusedError`")]
    cells = row.split("|")

    assert set(re.findall(r"`([a-z_]+)`", cells[1])) == {kind.code for kind in kinds}
    assert {int(status) for status in cells[2].split(",")} == {kind.http_status for kind in kinds}


def test_the_page_names_settings_that_exist() -> None:
    assert set(re.findall(r"WEBHOOK_[A-Z_]+", _PAGE)) <= set(re.findall(r"WEBHOOK_\w+", explained(ServiceSettings)))
