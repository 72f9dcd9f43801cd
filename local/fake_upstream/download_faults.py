"""What can go wrong with a sample: storage errors, slow, short, oversized, mistyped and empty bodies."""

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PIL import Image
from starlette.responses import HTMLResponse, RedirectResponse, Response

from local.fake_upstream.answers import storage_error
from local.fake_upstream.clock import Clock
from local.fake_upstream.faults import Fault, Params
from local.fake_upstream.wire import Chunks, Drip, Partial, Stall

_MIB = 1024 * 1024


@dataclass(frozen=True)
class DownloadScene:
    """What an effect may use: the sample and its link's own URL."""

    params: Params
    sample: bytes
    media_type: str
    url: str
    clock: Clock
    speed: float


@dataclass(frozen=True, kw_only=True)
class DownloadFault(Fault):
    """A fault with its answer. `expires` ends the link, so that the next poll gives a fresh one."""

    effect: Callable[[DownloadScene], Response] = field(repr=False)
    expires: bool = False


def _drip(scene: DownloadScene) -> Response:
    return Drip(scene.sample, scene.media_type, scene.clock, float(scene.params["seconds"]) / scene.speed)


def _endless(scene: DownloadScene) -> Response:
    def chunks() -> Iterator[bytes]:
        yield scene.sample
        yield from (bytes(_MIB) for _ in range(int(scene.params["mib"])))

    return Chunks(chunks(), {"Content-Type": scene.media_type})


def _gzip_bomb(scene: DownloadScene) -> Response:
    def chunks() -> Iterator[bytes]:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)  # 31: a gzip wrapper
        for _ in range(int(scene.params["mib"])):
            yield packer.compress(bytes(_MIB))
        yield packer.flush()

    headers = {"Content-Type": scene.media_type, "Content-Encoding": "gzip"}
    return Chunks((chunk for chunk in chunks() if chunk), headers)


def _black(scene: DownloadScene) -> Response:
    with Image.open(io.BytesIO(scene.sample)) as image:
        black, kind = Image.new("RGB", image.size), image.format
    out = io.BytesIO()
    black.save(out, kind)
    return Response(out.getvalue(), media_type=scene.media_type)


def _fault(
    name: str,
    tells: str,
    effect: Callable[[DownloadScene], Response],
    *,
    times: int | None = 1,
    expires: bool = False,
    **params: float,
) -> DownloadFault:
    return DownloadFault(name, "download", tells, times, params, effect=effect, expires=expires)


def _junk(scene: DownloadScene) -> Response:
    return Response(b"not a picture " * 100, media_type=scene.media_type)


DOWNLOAD_FAULTS = (
    _fault(
        "download.expired",
        "403: the link expired; the next poll gives a fresh one",
        lambda _scene: storage_error(403, "AuthenticationFailed"),
        expires=True,
    ),
    _fault(
        "download.404",
        "404: the sample was deleted; the next poll gives a fresh link",
        lambda _scene: storage_error(404, "BlobNotFound"),
        expires=True,
    ),
    _fault("download.500", "500 from the storage", lambda _scene: storage_error(500, "InternalError")),
    _fault("download.slow", "the sample drips for `seconds`", _drip, seconds=30.0),
    _fault("download.stall", "no answer until the client leaves", lambda scene: Stall(300 / scene.speed)),
    _fault(
        "download.truncated",
        "the body ends before its Content-Length",
        lambda scene: Partial(scene.sample, scene.media_type, reset=False),
    ),
    _fault(
        "download.reset",
        "the connection is reset in the middle of the body",
        lambda scene: Partial(scene.sample, scene.media_type, reset=True),
    ),
    _fault("download.endless", "a chunked body of `mib` MiB after the picture", _endless, times=None, mib=64),
    _fault(
        "download.html",
        "HTML with 200",
        lambda _scene: HTMLResponse("<h1>Signed out</h1>"),
    ),
    _fault("download.wrong_magic", "junk with an image's content type", _junk),
    _fault(
        "download.gzip_bomb",
        "gzip content encoding that unfolds to `mib` MiB",
        _gzip_bomb,
        times=None,
        mib=64,
    ),
    _fault("download.redirect", "302 to another path", lambda scene: RedirectResponse(scene.url + "/moved", 302)),
    _fault("download.empty", "200 with an empty body", lambda scene: Response(b"", media_type=scene.media_type)),
    _fault("download.black", "a sound picture that is all black", _black, times=None),
)
