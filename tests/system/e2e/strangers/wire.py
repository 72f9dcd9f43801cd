"""Sends a request exactly as it is written, over a socket of its own, and reads what comes back."""

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tests.system.e2e.strangers.attack import CLOSED, Answer, Request

_SECONDS = 20.0  # for what an answer without an end says
_HANG_SECONDS = 240.0  # only what does not answer at all takes so long
_MOST_BYTES = 1 << 20  # of an answer that does not end


def sent(port: int, request: Request, tls: ssl.SSLContext | None = None, server_name: str = "") -> Answer:
    """Status 0 when the connection was closed without an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=_HANG_SECONDS) as plain:
        connection = tls.wrap_socket(plain, server_hostname=server_name) if tls else plain
        try:
            return _by_frames(connection, request) if request.is_http2 else _by_lines(connection, request)
        except (ConnectionError, http.client.HTTPException):
            return Answer(CLOSED)
        finally:
            if connection is not plain:
                connection.close()


def lines(request: Request) -> bytes:
    """HTTP/1 as bytes. A connection is asked to end unless the request says something else of it."""
    named = {name.lower() for name, _ in request.headers}
    headers = [] if request.host is None else [("Host", request.host)]
    headers += list(request.headers)
    if request.body and not named & {"content-length", "transfer-encoding"}:
        headers.append(("Content-Length", str(len(request.body.encode()))))
    if "connection" not in named:
        headers.append(("Connection", "close"))
    first = f"{request.method} {request.target} {request.version}"
    head = "\r\n".join([first, *(f"{name}: {value}" for name, value in headers), "", ""])
    return head.encode() + request.body.encode()


def _by_lines(connection: socket.socket, request: Request) -> Answer:
    connection.sendall(lines(request))
    found = http.client.HTTPResponse(connection, method=request.method)
    with found:
        found.begin()
        connection.settimeout(_SECONDS)
        headers = {name.lower(): value for name, value in found.getheaders()}
        if found.status == HTTPStatus.SWITCHING_PROTOCOLS and headers.get("upgrade") == "h2c":
            return _after_upgrade(connection, found)
        body = _beginning(found)
    head = "\r\n".join(f"{name}: {value}" for name, value in headers.items())
    return Answer(found.status, headers, f"{found.reason}\r\n{head}\r\n\r\n".encode() + body)


def _beginning(found: http.client.HTTPResponse) -> bytes:
    """All of it, or what came in time of one that does not end, such as a stream of events."""
    body, end = b"", time.monotonic() + _SECONDS
    with contextlib.suppress(TimeoutError, http.client.IncompleteRead):
        while len(body) < _MOST_BYTES and time.monotonic() < end and (chunk := found.read1(65_536)):
            body += chunk
    return body


def _after_upgrade(connection: socket.socket, found: http.client.HTTPResponse) -> Answer:
    """The answer to the request that asked for HTTP/2 comes in frames."""
    talk = _http2()
    talk.initiate_upgrade_connection()
    connection.sendall(talk.data_to_send())
    return _frames(talk, lambda: found.fp.read1(65_536), connection)


def _by_frames(connection: socket.socket, request: Request) -> Answer:
    """HTTP/2 in clear text, as a client does that knows beforehand."""
    talk = _http2()
    talk.initiate_connection()
    pseudo = [(":method", request.method), (":scheme", "http"), (":path", request.target)]
    if request.host is not None:
        pseudo.append((":authority", request.host))
    fields = [(name.lower(), value) for name, value in request.headers]
    talk.send_headers(1, [*pseudo, *fields], end_stream=not request.body)
    if request.body:
        talk.send_data(1, request.body.encode(), end_stream=True)
    connection.sendall(talk.data_to_send())
    return _frames(talk, lambda: connection.recv(65_536), connection)


def _http2() -> h2.connection.H2Connection:
    wanted = h2.config.H2Configuration(client_side=True, validate_outbound_headers=False, header_encoding="utf-8")
    return h2.connection.H2Connection(wanted)


def _frames(talk: h2.connection.H2Connection, read: Callable[[], bytes], connection: socket.socket) -> Answer:
    answer = Answer(CLOSED)
    while received := read():
        try:
            events = talk.receive_data(received)
        except h2.exceptions.ProtocolError:  # it speaks HTTP/1 alone
            return Answer(CLOSED, {}, received)
        ends = [_is_last(event, answer) for event in events]
        if any(ends):
            return answer
        connection.sendall(talk.data_to_send())
    return answer


def _is_last(event: Any, answer: Answer) -> bool:
    if isinstance(event, h2.events.ResponseReceived):
        headers = {str(name): str(value) for name, value in event.headers or ()}
        answer.status = int(headers.pop(":status"))
        answer.headers = headers
        answer.raw += "\r\n".join(f"{name}: {value}" for name, value in headers.items()).encode()
    if isinstance(event, h2.events.DataReceived):
        answer.raw += event.data or b""
    return isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset, h2.events.ConnectionTerminated))
