"""A page on another origin, as anybody on the internet may have one."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Foreign:
    """`url` is its address, `cookies` whatever browsers sent it."""

    url: str = ""
    cookies: list[str] = field(default_factory=list)


@contextmanager
def foreign(html: str, headers: Mapping[str, str] | None = None) -> Iterator[Foreign]:
    """On loopback, on a port of its own; every path answers with this, and with these headers."""
    content, found = html.encode(), Foreign()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.cookies += self.headers.get_all("Cookie", [])
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        found.url = f"http://127.0.0.1:{server.server_address[1]}/"
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
