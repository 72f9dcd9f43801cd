"""The ASGI apps of both ports: routes, middleware and error answers."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.fake_upstream import admin
from local.fake_upstream.access_log import AccessLog
from local.fake_upstream.answers import html_page, invalid
from local.fake_upstream.delivery import sample, stray
from local.fake_upstream.faults import BadFaultError
from local.fake_upstream.polling import get_result
from local.fake_upstream.submission import submit
from local.fake_upstream.upstream import Upstream
from local.stack.loopback_only import LOOPBACK_NAMES, LoopbackOnly


def make_api(upstream: Upstream) -> Starlette:
    """The ASGI app of the API port."""
    routes = [
        Route("/flux/v1/get_result", get_result, methods=["GET"]),
        Route("/flux/v1/{model}", submit, methods=["POST"]),
        admin.ROUTES,
        Route("/{rest:path}", _wrong_path, methods=["GET", "POST", "PUT", "DELETE"]),
    ]
    return _app(upstream, "api", routes)


def make_delivery(upstream: Upstream) -> Starlette:
    """The ASGI app of the delivery port."""
    every_method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    routes = [Route("/{token}/sample.{kind}", sample), Route("/{rest:path}", stray, methods=every_method)]
    return _app(upstream, "delivery", routes)


def _app(upstream: Upstream, side: Literal["api", "delivery"], routes: Sequence[BaseRoute]) -> Starlette:
    app = Starlette(routes=routes, exception_handlers={ValidationError: _invalid, BadFaultError: _bad_fault})
    app.state.upstream = upstream
    app.add_middleware(AccessLog, upstream=upstream, side=side)
    names = (*LOOPBACK_NAMES, *upstream.settings.extra_hosts)
    app.add_middleware(LoopbackOnly, names=names, pictures=side == "delivery")
    return app


async def _wrong_path(_request: Request) -> Response:
    """CometAPI answers a wrong path with its website: HTML with 200 (contract)."""
    return html_page()


async def _invalid(_request: Request, error: Any) -> Response:
    """A pydantic error as FastAPI would answer it, without the input: that may be a picture or a key."""
    messages = {"json_invalid": "JSON decode error"}
    return invalid(
        *(
            (("body", *found["loc"]), messages.get(found["type"], found["msg"]), found["type"])
            for found in error.errors()
        )
    )


async def _bad_fault(_request: Request, error: Exception) -> Response:
    return invalid((("body", "fault"), str(error), "fault"))
