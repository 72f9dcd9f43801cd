"""The page on moto's AWS, requested as by a browser on this machine."""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from depthdrop_cli.page.app import PageApp
from depthdrop_cli.page.guard import Access
from depthdrop_cli.stack.stacks import find_stack
from tests.support.operator_cloud import NAME, Cloud
from tests.unit.cli.conftest import _no_real_account, _resources, cloud, stack, upstream

if TYPE_CHECKING:
    from tests.support.aws import Stack

__all__ = ["_no_real_account", "_resources", "browser", "cloud", "read_only", "stack", "upstream"]

PORT = 8899
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"


class Browser:
    """Sends requests as a browser that opened the printed address; `stack` is the stack behind the page.

    Paths are relative to the run's own path, unless they begin with it.
    """

    def __init__(self, cloud: Cloud, folder: Path, *, allow_drop: bool) -> None:
        self.stack: Stack = cloud.stack
        self.folder = folder
        self.access = Access(PORT)
        self.root = self.access.root
        self.app = PageApp(find_stack(NAME), self.access, folder, allow_drop=allow_drop)
        opened = self.plain("GET", f"/open/{self.access.secret}")
        self.cookie = opened.headers["set-cookie"].partition(";")[0]

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {"cookie": self.cookie, **(arguments.pop("headers", None) or {})}
        whole = path if path.startswith(self.root) else f"{self.root}{path}"
        return self.plain(method, whole, headers=headers, **arguments)

    def plain(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """A request without path or cookie of the run."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app.asgi, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, **arguments)

        return asyncio.run(ask())

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def html(self, path: str = "/") -> str:
        """Its addresses without what they all begin with."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text.replace(self.root, "")

    def counted(self) -> str:
        """The list's HTML once the count of the totals is there, as words."""
        asyncio.run(self.app.live.counting.now())
        text = self.html()
        return re.sub(r"<[^>]+>|\s+", " ", text[text.index("data-totals") : text.index("</dl>")])

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
