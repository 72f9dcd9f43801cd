"""A client without sockets, a clock moved by hand, and small pictures, for the fake upstream's own tests."""

import asyncio
import base64
import io
from typing import Any

import httpx
from PIL import Image, ImageDraw

from local.fake_upstream.admin import TOKEN_HEADER
from local.fake_upstream.app import make_api, make_delivery
from local.fake_upstream.clock import Clock
from local.fake_upstream.settings import Settings
from local.fake_upstream.upstream import Upstream

KEY = "local-key"
API = "http://127.0.0.1:7001"
DELIVERY = "http://127.0.0.1:7002"


class HandClock(Clock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class Talk:
    """A fake upstream, and a client of both of its ports."""

    def __init__(self, **settings: Any) -> None:
        self.clock = HandClock()
        # Equal median and mean: every task takes exactly 10 s.
        self.upstream = Upstream(Settings(**{"median": 10, "mean": 10, "key": KEY, **settings}), self.clock)
        self.upstream.delivery_url = DELIVERY
        self._apps = {7001: make_api(self.upstream), 7002: make_delivery(self.upstream)}

    def call(self, method: str, url: str, **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self._apps[httpx.URL(url).port or 0])
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.request(method, url, **options)

        return asyncio.run(go())

    def post(
        self, prompt: str = "a garden", model: str = "flux-pro-1-0-depth", key: str = KEY, **fields: Any
    ) -> httpx.Response:
        body = {"prompt": prompt, "control_image": PICTURE, **fields}
        body = {name: value for name, value in body.items() if value is not ...}
        return self.call("POST", f"{API}/flux/v1/{model}", json=body, headers=bearer(key))

    def task(self, prompt: str = "a garden", **fields: Any) -> str:
        """Post, and return the id."""
        answer = self.post(prompt, **fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def poll(self, task_id: str, key: str = KEY) -> httpx.Response:
        return self.call("GET", f"{API}/flux/v1/get_result?id={task_id}", headers=bearer(key))

    def wait(self, seconds: float) -> None:
        self.clock.time += seconds

    def sample(self, task_id: str) -> str:
        """Wait until the task is ready, and return its link."""
        self.wait(10)
        return str(self.poll(task_id).json()["result"]["sample"])

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self.call("GET", url, headers=headers)

    def admin(self, method: str, path: str, body: Any = None) -> httpx.Response:
        token = {TOKEN_HEADER: self.upstream.admin_token}
        return self.call(method, f"{API}/admin/{path}", json=body, headers=token)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def drawing(width: int = 256, height: int = 256) -> Image.Image:
    """A picture with edges and a gradient."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.ellipse((width // 4, height // 4, width // 2, height // 2), fill=(200, 60, 40))
    draw.rectangle((width // 2, height // 2, width - 40, height - 60), fill=(30, 90, 160))
    return image


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


PICTURE = base64_of(encoded(drawing()))
