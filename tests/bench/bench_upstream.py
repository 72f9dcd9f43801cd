"""An upstream that is as fast as this machine: it takes pictures of any size and gives results of any size.

The fake upstream keeps the vendor's limits and paints its results, which is slow for large ones.
"""

import base64
import hashlib
import json
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from tests.bench.bench_pictures import jpeg

if TYPE_CHECKING:
    from collections.abc import Callable


class Upstream:
    """`seen` has the SHA-256 of every picture that came, in order. A task's result has `result_bytes`."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.result_bytes = 1024
        self.during_post: Callable[[], object] = lambda: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def sample(self, size: int) -> str:
        return f"{self.url}/sample.jpeg?bytes={size}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@cache
def _result(size: int) -> bytes:
    return jpeg(size, shade=10)


def _handler_for(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the standard library's name
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            upstream.seen.append(hashlib.sha256(base64.b64decode(body["control_image"])).hexdigest())
            upstream.during_post()
            self._answer(json.dumps({"id": f"task-{len(upstream.seen)}"}).encode(), "application/json")

        def do_GET(self) -> None:  # the standard library's name
            url = urlsplit(self.path)
            if url.path == "/sample.jpeg":
                self._answer(_result(int(parse_qs(url.query)["bytes"][0])), "image/jpeg")
                return
            result = {"sample": upstream.sample(upstream.result_bytes)}
            self._answer(json.dumps({"status": "Ready", "result": result}).encode(), "application/json")

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

        def _answer(self, content: bytes, content_type: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
