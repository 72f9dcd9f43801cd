"""gallery: serves the page of a stack until Ctrl-C, read-only without --allow-drop."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from depthdrop_cli.page import server
from tests.support.operator_cloud import NAME, Cloud

URL = "http://127.0.0.1:4321/open/s3cr3t"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked to be served; Ctrl-C is pressed as soon as it is."""
    asked: list[dict[str, Any]] = []

    @contextlib.contextmanager
    def serve(stack: Any, port: int, **settings: Any) -> Iterator[Any]:
        asked.append({"stack": stack.name, "port": port, **settings})
        yield SimpleNamespace(url=URL, opener=Path("/private/open.html"))
        asked.append({"stopped": True})

    class Pressed:
        def wait(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(server, "bound", lambda port: port)
    monkeypatch.setattr(server, "served", serve)
    monkeypatch.setattr(threading, "Event", Pressed)
    return asked


def test_the_gallery_is_read_only_and_prints_its_address(cloud: Cloud, served: list[dict[str, Any]]) -> None:
    ended = cloud.run("gallery")

    assert ended.exit_code == 0
    assert URL in ended.stdout
    assert served == [{"stack": NAME, "allow_drop": False, "port": 0}, {"stopped": True}]


def test_it_drops_when_it_is_asked_to(cloud: Cloud, served: list[dict[str, Any]]) -> None:
    shown = cloud.json("gallery", "--allow-drop", "--port", "4321", "--no-browser")

    assert shown == {"url": URL, "stack": NAME, "allow_drop": True}
    assert served[0] == {"stack": NAME, "allow_drop": True, "port": 4321}
