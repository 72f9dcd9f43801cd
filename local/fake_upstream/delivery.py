"""The second port: samples behind signed links, like the blob storage of a real one.

A link that expired answers 403 and one that was never given 404, as Azure's storage does. The key is
neither needed nor accepted here: an Authorization header is counted, refused with 400 and shown in
`/admin/state`. That includes requests that only a client which followed a foreign polling_url or a redirect
would make.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.fake_upstream.access_log import AccessLog
from local.fake_upstream.answers import storage_error
from local.fake_upstream.download_faults import DownloadFault, DownloadScene
from local.fake_upstream.requests import note, origin, upstream_of
from local.fake_upstream.tasks import Link
from local.fake_upstream.upstream import Upstream
from local.stack.loopback_only import LOOPBACK_NAMES, LoopbackOnly


def make_delivery(upstream: Upstream) -> Starlette:
    """The ASGI app of the delivery port."""
    every_method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    app = Starlette(
        routes=[
            Route("/{token}/sample.{kind}", _sample),
            Route("/{rest:path}", _stray, methods=every_method),
        ]
    )
    app.state.upstream = upstream
    app.add_middleware(AccessLog, upstream=upstream, side="delivery")
    names = (*LOOPBACK_NAMES, *upstream.settings.extra_hosts)
    app.add_middleware(LoopbackOnly, names=names, pictures=True)
    return app


def _count_a_leak(request: Request) -> bool:
    leaked = "authorization" in request.headers
    upstream_of(request).leaked_authorization += leaked
    return leaked


async def _stray(request: Request) -> Response:
    upstream_of(request).stray_requests += 1
    _count_a_leak(request)
    return storage_error(404, "ResourceNotFound")


async def _sample(request: Request) -> Response:
    if _count_a_leak(request):
        return storage_error(400, "InvalidAuthenticationInfo")
    upstream = upstream_of(request)
    link = upstream.tasks.link(request.path_params["token"])
    sample = upstream.studio.sample(link.task.task_id) if link else None
    if link is None or sample is None or request.path_params["kind"] != link.task.format:
        return storage_error(404, "BlobNotFound")
    note(request, task=link.task.task_id)
    if upstream.clock.now() >= link.expires_at:
        return storage_error(403, "AuthenticationFailed")
    return _strike(request, upstream, link, sample) or Response(sample, media_type=f"image/{link.task.format}")


def _strike(request: Request, upstream: Upstream, link: Link, sample: bytes) -> Response | None:
    armed = upstream.desk.pick("download", link.task.subject, lambda _armed: True)
    if armed is None or not isinstance(armed.fault, DownloadFault):
        return None
    upstream.desk.use(armed)
    note(request, fault=armed.fault.name)
    if armed.fault.expires:
        link.expires_at = upstream.clock.now()
    url = f"{origin(request)}/{link.token}"
    scene = DownloadScene(
        armed.params, sample, f"image/{link.task.format}", url, upstream.clock, upstream.tuning.speed
    )
    return armed.fault.effect(scene)
