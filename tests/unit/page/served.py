"""The page around moto's AWS, as a browser on this machine asks it."""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cli.page.app import Page, PageApp
from cli.stacks import find_stack
from tests.unit.cli.cloud import NAME, Cloud
from tests.unit.cli.conftest import _no_real_account, _resources, cloud, stack, upstream

if TYPE_CHECKING:
    from tests.unit.aws import Stack

__all__ = ["_no_real_account", "_resources", "browser", "cloud", "read_only", "stack", "upstream"]

HOST = "127.0.0.1:8899"
ORIGIN = f"http://{HOST}"


class Browser:
    """Sends what a browser sends; `stack` is what stands behind the page."""

    def __init__(self, cloud: Cloud, folder: Path, *, allow_drop: bool) -> None:
        self.stack: Stack = cloud.stack
        self.folder = folder
        page = Page(find_stack(NAME), [HOST, "localhost:8899"], folder, allow_drop=allow_drop)
        self.app: PageApp = page.app()

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app.asgi, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, **arguments)

        return asyncio.run(ask())

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def html(self, path: str = "/") -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def counted(self) -> str:
        """The list's HTML once the strip's count is there, as words."""
        asyncio.run(self.app.live.counting.now())
        text = self.html()
        return re.sub(r"<[^>]+>|\s+", " ", text[text.index("data-strip") : text.index("</dl>")])

    @property
    def token(self) -> str:
        found = re.search(r'<meta name="token" content="([^"]+)">', self.html())
        assert found is not None
        return found[1]

    def post(
        self, path: str, content: Any = b"", headers: dict[str, str] | None = None, **arguments: Any
    ) -> httpx.Response:
        own = {"origin": ORIGIN, "x-depthdrop-token": self.token, **(headers or {})}
        body = {"json": content} if isinstance(content, dict) else {"content": content}
        return self.ask("POST", path, headers=own, **body, **arguments)

    def draft(self, files: dict[str, bytes]) -> str:
        draft: str = self.post("/drafts").json()["draft"]
        for name, content in files.items():
            answer = self.post(f"/drafts/{draft}/files", content, params={"name": name})
            assert answer.status_code == 201, answer.text
        return draft

    def look(self, draft: str, **words: str) -> dict[str, Any]:
        answer = self.post(f"/drafts/{draft}/look", words)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def drop(self, draft: str, plan: str) -> httpx.Response:
        return self.post(f"/drafts/{draft}/drop", {"plan": plan})


@pytest.fixture
def browser(cloud: Cloud, tmp_path: Path) -> Browser:
    return Browser(cloud, tmp_path, allow_drop=True)


@pytest.fixture
def read_only(cloud: Cloud, tmp_path: Path) -> Browser:
    return Browser(cloud, tmp_path, allow_drop=False)
