"""What a storage may send instead of the picture. Each is a manner of the server; none may become an object."""

import gzip
import zlib
from collections.abc import Callable, Iterator

from tests.hostile.network.download_server import HANG_SECONDS, Connection, Manner, head
from tests.support.scripted import EDITED, picture

MIB = 1024 * 1024
MAX_BYTES = 4 * MIB  # of these tests; endless bodies need no hundred to be seen as such
_LENGTH = f"Content-Length: {len(EDITED)}"
_CHUNKED = "Transfer-Encoding: chunked"
_PNG, _WEBP = picture("PNG"), picture("WEBP")


def says(*parts: bytes) -> Manner:
    """All of it at once, and then the end."""
    return lambda connection: connection.send(*parts)


def drips(*first: bytes, then: Callable[[int], bytes], every: float = 0.05) -> Manner:
    """Longer than any client stays that keeps its deadline; a time-out of a single read does not end it."""

    def manner(connection: Connection) -> None:
        connection.send(*first)
        for number in range(int(HANG_SECONDS / every)):
            connection.pause(every)
            connection.send(then(number))
        connection.outlasted()

    return manner


def endless(*first: bytes, then: bytes) -> Manner:
    def manner(connection: Connection) -> None:
        connection.send(*first)
        while True:
            connection.send(then)

    return manner


def stalls(*first: bytes) -> Manner:
    def manner(connection: Connection) -> None:
        connection.send(*first)
        connection.pause(HANG_SECONDS)
        connection.outlasted()

    return manner


def resets(*first: bytes) -> Manner:
    def manner(connection: Connection) -> None:
        connection.send(*first)
        connection.pause(0.05)  # a reset discards what has not been read
        connection.reset()

    return manner


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def with_body(content: bytes, *headers: str, status: str = "200 OK") -> Manner:
    return says(head(f"Content-Length: {len(content)}", *headers, status=status), content)


def _bomb() -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)  # 31: a gzip wrapper
    yield packer.compress(EDITED)
    for _ in range(64):
        yield packer.compress(bytes(MIB))
    yield packer.flush()


_BOMB = b"".join(_bomb())

DOWNLOADS: dict[str, Manner] = {
    # slow
    "a body that drips": drips(head(_LENGTH), then=lambda n: EDITED[n % len(EDITED) :][:1]),
    "a body without a length that drips": drips(head(), EDITED, then=lambda _: b"\0"),
    "chunks that drip": drips(head(_CHUNKED), chunk(EDITED), then=lambda _: chunk(b"\0")),
    "headers that drip": drips(b"HTTP/1.1 200 OK\r\n", then=lambda n: b"X-%d: y\r\n" % n),
    "one header that drips": drips(b"HTTP/1.1 200 OK\r\nX: ", then=lambda _: b"y"),
    "informational answers without an end": drips(then=lambda _: b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "trailers that drip": drips(head(_CHUNKED), chunk(EDITED), b"0\r\n", then=lambda n: b"X-%d: y\r\n" % n),
    "silence": stalls(),
    "silence after the headers": stalls(head(_LENGTH)),
    "silence in the middle": stalls(head(_LENGTH), EDITED[:500]),
    # short
    "truncated": says(head(_LENGTH), EDITED[:-1]),
    "truncated by a reset": resets(head(_LENGTH), EDITED[:500]),
    "truncated without a length": says(head(), EDITED[:-1]),
    "a PNG truncated without a length": says(head(), _PNG[:-12]),
    "a WebP truncated without a length": says(head(), _WEBP[:-2]),
    "chunks that stop": says(head(_CHUNKED), chunk(EDITED[:500])),
    "a chunk that stops": says(head(_CHUNKED), chunk(EDITED)[:500]),
    "truncated, with the length of what is left": with_body(EDITED[:-20]),
    "a reset at once": resets(),
    "an end at once": says(),
    "nothing": with_body(b""),
    "only magic": with_body(b"\xff\xd8\xff"),
    # long
    "longer than promised": says(head(f"Content-Length: {len(EDITED) - 20}"), EDITED),
    "much longer than promised": says(head("Content-Length: 10"), EDITED),
    "a promise beyond the cap": says(head(f"Content-Length: {MAX_BYTES + 1}"), EDITED),
    "an endless body": endless(head(), EDITED, then=bytes(MIB)),
    "endless chunks": endless(head(_CHUNKED), chunk(EDITED), then=chunk(bytes(MIB))),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", then=b"X: y\r\n" * 1000),
    # packed
    "a gzip bomb": with_body(_BOMB, "Content-Encoding: gzip"),
    "a gzip bomb in chunks": says(head(_CHUNKED, "Content-Encoding: gzip"), chunk(_BOMB), chunk(b"")),
    "a gzip bomb that does not say so": with_body(_BOMB),
    "a gzip bomb as a transfer encoding": says(head("Transfer-Encoding: gzip, chunked"), chunk(_BOMB), chunk(b"")),
    "a picture that is packed": with_body(gzip.compress(EDITED), "Content-Encoding: gzip"),
    "a picture packed twice": with_body(gzip.compress(EDITED), "Content-Encoding: br, gzip"),
    "a picture said to be packed": with_body(EDITED, "Content-Encoding: deflate"),
    # another thing
    "HTML with 200": with_body(b"<!doctype html><h1>Sign in</h1>"),
    "HTML around a picture": with_body(b"<html>" + EDITED),
    "a GIF": with_body(b"GIF89a" + bytes(500)),
    "a TIFF": with_body(b"II*\0" + bytes(500)),
    "JSON": with_body(b'{"error": "expired"}'),
    "a program": with_body(b"\x7fELF" + bytes(500)),
    "a header without a picture": with_body(_PNG[:8] + _PNG[-12:]),
    "a redirect with a picture": with_body(EDITED, "Location: http://127.0.0.1:1/", status="302 Found"),
    "an error with a picture": with_body(EDITED, status="500 Oops"),
    "a part": with_body(EDITED, f"Content-Range: bytes 0-9/{len(EDITED)}", status="206 Partial Content"),
    "no content": says(head(status="204 No Content")),
    # garbage
    "chunks that are none": says(head(_CHUNKED), b"zz\r\n" + EDITED),
    "a chunk of a negative size": says(head(_CHUNKED), b"-5\r\n" + EDITED),
    "a chunk of an absurd size": says(head(_CHUNKED), b"f" * 40 + b"\r\n" + EDITED),
    "two lengths": says(head(_LENGTH, "Content-Length: 10"), EDITED),
    "a negative length": says(head("Content-Length: -1"), EDITED),
    "a length that is no number": says(head("Content-Length: many"), EDITED),
    "no HTTP": says(EDITED),
    "another protocol": says(b"SSH-2.0-OpenSSH_9.6\r\n"),
}

GENUINE: dict[str, Manner] = {
    "with its length": with_body(EDITED),
    "in chunks": says(head(_CHUNKED), chunk(EDITED[:100]), chunk(EDITED[100:]), chunk(b"")),
    "to the end of the connection": says(head(), EDITED),
    "in small pieces": says(head(_LENGTH), *(EDITED[at : at + 100] for at in range(0, len(EDITED), 100))),
    "by another name": with_body(EDITED, "Content-Encoding: identity", "Content-Disposition: attachment"),
}
