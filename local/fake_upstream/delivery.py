"""The second port: samples behind signed links, like the blob storage of a real one.

As with Azure's storage, a link that expired answers 403 and an unknown link 404. The key is neither needed nor
accepted: a request with an Authorization header is counted in `/admin/state` and refused with 400. So is one to any
other path, which only a client that followed a foreign polling_url or a redirect sends (404).
"""

from starlette.requests import Request
from starlette.responses import Response

from local.fake_upstream.answers import storage_error
from local.fake_upstream.requests import note, origin, strike, upstream_of


def _count_a_leak(request: Request) -> bool:
    upstream_of(request).leaked_authorization += "authorization" in request.headers
    return "authorization" in request.headers


async def stray(request: Request) -> Response:
    upstream_of(request).stray_requests += 1
    _count_a_leak(request)
    return storage_error(404, "ResourceNotFound")


async def sample(request: Request) -> Response:
    if _count_a_leak(request):
        return storage_error(400, "InvalidAuthenticationInfo")
    upstream = upstream_of(request)
    link = upstream.tasks.links.get(request.path_params["token"])
    picture = upstream.painter.samples.get(link.task.task_id) if link else None
    if link is None or picture is None or request.path_params["kind"] != link.task.format:
        return storage_error(404, "BlobNotFound")
    note(request, task=link.task.task_id)
    if upstream.clock.now() >= link.expires_at:
        return storage_error(403, "AuthenticationFailed")
    media_type = f"image/{link.task.format}"
    armed = upstream.fault_queue.pick("download", link.task.subject)
    if armed is None:
        return Response(picture, media_type=media_type)
    if armed.fault.ends:
        link.expires_at = upstream.clock.now()
    return strike(request, armed, sample=picture, media_type=media_type, url=f"{origin(request)}/{link.token}")
