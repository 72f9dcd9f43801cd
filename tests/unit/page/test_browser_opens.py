"""The browser opens only for a user at a terminal."""

import webbrowser
from pathlib import Path

import pytest

from depthdrop_cli.page import server


@pytest.mark.parametrize(
    ("is_terminal", "wanted", "opened"), [(True, True, 1), (True, False, 0), (False, True, 0), (False, False, 0)]
)
def test_it_opens_at_a_terminal_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,  # noqa: FBT001  # a case
    wanted: bool,  # noqa: FBT001  # a case
    opened: int,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(webbrowser, "open", asked.append)

    server.show(Path("/private/open.html"), is_terminal=is_terminal, wanted=wanted)

    assert asked == ["file:///private/open.html"] * opened


def test_a_machine_without_a_browser_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_url: str) -> None:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "open", none)

    server.show(Path("/private/open.html"), is_terminal=True, wanted=True)
