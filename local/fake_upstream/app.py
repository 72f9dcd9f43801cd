"""The API port's routes."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.fake_upstream import admin
from local.fake_upstream.access_log import AccessLog
from local.fake_upstream.answers import html_page
from local.fake_upstream.polling import get_result
from local.fake_upstream.submission import submit
from local.fake_upstream.upstream import Upstream
from local.stack.loopback_only import LOOPBACK_NAMES, LoopbackOnly


def make_api(upstream: Upstream) -> Starlette:
    """The ASGI app of the API port."""
    app = Starlette(
        routes=[
            Route("/flux/v1/get_result", get_result, methods=["GET"]),
            Route("/flux/v1/{model}", submit, methods=["POST"]),
            admin.ROUTES,
            Route("/{rest:path}", _wrong_path, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
    )
    app.state.upstream = upstream
    app.add_middleware(AccessLog, upstream=upstream, side="api")
    app.add_middleware(LoopbackOnly, names=(*LOOPBACK_NAMES, *upstream.settings.extra_hosts))
    return app


async def _wrong_path(_request: Request) -> Response:
    """CometAPI answers a wrong path with its website: HTML with 200 (contract)."""
    return html_page()
