"""Edits for the page to show: one that the real code makes, and as many after its model as are asked for."""

from typing import Any

from tests.support.acts import finish
from tests.support.scripted import NOW, PICTURE
from tests.system.page.stock import many
from tests.unit.page.served import Browser


def edited(browser: Browser, key: str = "photo.jpg", prompt: str = "a watercolour", at: float = NOW - 60) -> str:
    browser.stack.put(key, PICTURE, at, prompt=prompt)
    browser.stack.deliver(key)
    finish(browser.stack)
    for name in browser.stack.executions():
        browser.stack.close_execution(name)
    edit = max(browser.stack.records("edit"), key=lambda one: int(one["created_at"]))
    return str(edit["edit_id"])


def stock(browser: Browser, count: int) -> None:
    edited(browser)
    [drop], [edit] = browser.stack.records("drop"), browser.stack.records("edit")
    write(browser, many(drop, edit, count))


def write(browser: Browser, records: list[dict[str, Any]]) -> None:
    for record in records:
        browser.stack.table.put(record, "attribute_not_exists(pk)")
