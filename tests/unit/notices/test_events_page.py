"""docs/events.md says what the models, the schemas and the released examples say."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from depthdrop.notices.events import EventType
from local.written.event_schemas import releases, schema_path
from local.written.pages import EVENTS_PAGE as PAGE
from local.written.pages import example_path, rewritten


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text()

    assert page == rewritten(PAGE, page), "run `make schemas`"


@pytest.mark.parametrize("kind", EventType)
def test_the_page_leads_to_the_example_and_the_schema_of_each_type(kind: EventType) -> None:
    page = PAGE.read_text()
    example, schema = example_path(releases()[-1], kind), schema_path(kind)

    assert all(f"]({path.relative_to(PAGE.parent)})" in page and path.is_file() for path in (example, schema))
    assert f"| `{kind}` | `{kind.status}` |" in page


def test_the_page_shows_the_example_of_a_success_as_it_is_committed() -> None:
    example = example_path(releases()[-1], EventType.SUCCEEDED)

    assert f"```json\n{example.read_text()}```" in PAGE.read_text()


def test_a_change_on_the_page_is_written_over() -> None:
    page = PAGE.read_text()

    assert rewritten(PAGE, page.replace("Height in pixels.", "Height in inches.")) == page


def test_a_page_without_its_marks_is_not_written_over() -> None:
    with pytest.raises(ValueError, match="lost the marks"):
        rewritten(PAGE, PAGE.read_text().replace("<!-- fields: make schemas -->", ""))


@pytest.mark.parametrize("kind", EventType)
def test_the_handler_on_the_page_takes_every_example_once(kind: EventType) -> None:
    calls: list[tuple[str, object]] = []
    seen: set[str] = set()

    def seen_before(event_id: str) -> bool:
        known = event_id in seen
        seen.add(event_id)
        return known

    def noted(name: str) -> Callable[..., None]:
        return lambda *given: calls.append((name, given[:2]))

    names: dict[str, Any] = {
        "seen_before": seen_before,
        **{name: noted(name) for name in ("show", "tell", "withdraw")},
    }
    (shown,) = re.findall(r"```python\n(.+?)```", PAGE.read_text(), re.DOTALL)
    exec(shown, names)  # noqa: S102  # the page's own example
    event = json.loads(example_path(releases()[-1], kind).read_text())
    names["handle"](event)
    names["handle"](event)
    data = event["data"]
    first = (
        ("show", (data["result"]["bucket"], data["result"]["key"]))
        if kind is EventType.SUCCEEDED
        else ("tell", (event["subject"], data["error"]["message"]))
    )

    assert calls == [first, *([("withdraw", (data["supersedes"],))] if "supersedes" in data else [])]
