"""Faults of a download: storage errors, and slow, short, oversized, mistyped and empty bodies."""

import asyncio
import io
import zlib
from collections.abc import AsyncIterator

from PIL import Image
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from local.fake_upstream.answers import stalled, storage_error
from local.fake_upstream.faults import Effect, Fault, Scene
from local.fake_upstream.wire import Partial

_MIB = 1024 * 1024
_PIECES = 20


def _gone(name: str, description: str, status: int, code: str) -> Fault:
    """The link no longer works; the next poll gives a new one."""
    return Fault(name, f"{status}: {description}", lambda _: storage_error(status, code), 1, ends=True)


def _cut_off(*, reset: bool) -> Effect:
    return lambda scene: Partial(scene.sample, scene.media_type, reset=reset)


def _slow(scene: Scene) -> Response:
    """The whole body, in small pieces over time."""

    async def pieces() -> AsyncIterator[bytes]:
        step = -(-len(scene.sample) // _PIECES)
        for start in range(0, len(scene.sample), step):
            await scene.clock.sleep(scene.seconds("seconds") / _PIECES)
            yield scene.sample[start : start + step]

    headers = {"Content-Length": str(len(scene.sample))}
    return StreamingResponse(pieces(), headers=headers, media_type=scene.media_type)


def _endless(scene: Scene) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        yield scene.sample
        for _ in range(int(scene.params["mib"])):
            await asyncio.sleep(0)  # so that a disconnect is noticed
            yield bytes(_MIB)

    return StreamingResponse(chunks(), media_type=scene.media_type)


def _gzip_bomb(scene: Scene) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)  # 31: a gzip wrapper
        for _ in range(int(scene.params["mib"])):
            await asyncio.sleep(0)  # so that a disconnect is noticed
            yield packer.compress(bytes(_MIB))
        yield packer.flush()

    return StreamingResponse(chunks(), headers={"Content-Encoding": "gzip"}, media_type=scene.media_type)


def _black(scene: Scene) -> Response:
    with Image.open(io.BytesIO(scene.sample)) as image:
        black, kind = Image.new("RGB", image.size), image.format
    out = io.BytesIO()
    black.save(out, kind)
    return Response(out.getvalue(), media_type=scene.media_type)


def _junk(scene: Scene) -> Response:
    return Response(b"not a picture " * 100, media_type=scene.media_type)


DOWNLOAD_FAULTS = (
    _gone("download.expired", "the link expired; the next poll gives a new one", 403, "AuthenticationFailed"),
    _gone("download.404", "the sample was deleted; the next poll gives a new link", 404, "BlobNotFound"),
    Fault("download.500", "500 from the storage", lambda _: storage_error(500, "InternalError"), 1),
    Fault("download.slow", "the body takes `seconds`", _slow, 1, {"seconds": 30.0}),
    Fault("download.stall", "no answer until the client disconnects", stalled(), 1),
    Fault("download.truncated", "the body ends before its Content-Length", _cut_off(reset=False), 1),
    Fault("download.reset", "the connection is reset in the middle of the body", _cut_off(reset=True), 1),
    Fault("download.endless", "a chunked body of `mib` MiB after the picture", _endless, params={"mib": 64}),
    Fault("download.html", "HTML with 200", lambda _: HTMLResponse("<h1>Signed out</h1>"), 1),
    Fault("download.wrong_magic", "junk with an image's content type", _junk, 1),
    Fault("download.gzip_bomb", "gzip content encoding that unpacks to `mib` MiB", _gzip_bomb, params={"mib": 64}),
    Fault("download.redirect", "302 to another path", lambda scene: RedirectResponse(f"{scene.url}/moved", 302), 1),
    Fault("download.empty", "200 with an empty body", lambda scene: Response(b"", media_type=scene.media_type), 1),
    Fault("download.black", "a valid picture that is all black", _black),
)
