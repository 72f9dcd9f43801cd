"""For the routes: a request's upstream, origin and key, its access log line, and the faults that strike it."""

from typing import Any, cast
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from local.fake_upstream.answers import comet_error
from local.fake_upstream.faults import Armed, Scene
from local.fake_upstream.upstream import Upstream

NOTE = "fake_upstream.note"


def upstream_of(request: Request) -> Upstream:
    return cast("Upstream", request.app.state.upstream)


def origin(request: Request) -> str:
    """Scheme and authority as the client wrote them, from its Host header."""
    return f"{request.url.scheme}://{request.url.netloc}"


def delivery_origin(request: Request) -> str:
    """The delivery port's origin, with the host name that this client used for the API port."""
    upstream = upstream_of(request)
    name = request.url.hostname or ""
    if name not in upstream.settings.extra_hosts:
        return upstream.delivery_url
    return f"http://{name}:{urlsplit(upstream.delivery_url).port}"


def refuse_key(request: Request) -> Response | None:
    """A 401, or None when the request has the current key."""
    if upstream_of(request).accepts(request.headers.get("authorization")):
        return None
    return comet_error(401, "Invalid token")


def note(request: Request, **facts: str) -> None:
    """Add facts to this request's access log line. Never a prompt, a key or a link."""
    request.scope.setdefault(NOTE, {}).update(facts)


def strike(request: Request, armed: Armed, **facts: Any) -> Response:
    """Count and log a fault; returns its answer. `facts` are the scene's further fields."""
    upstream = upstream_of(request)
    upstream.fault_queue.use(armed)
    note(request, fault=armed.fault.name)
    scene = Scene(armed.params, upstream.clock, upstream.tuning.speed, upstream.delivery_url, **facts)
    return armed.fault.effect(scene)
