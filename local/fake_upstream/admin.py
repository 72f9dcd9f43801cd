"""`/admin/…`: what a test or a person at the keyboard asks of the fake, and the real API does not have.

It asks for the token that was made at start, before a body is read. It shows neither the key nor a link.
"""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from local.fake_upstream.answers import detail, problem, validation_detail
from local.fake_upstream.faults import Armed, BadFaultError, Fault
from local.fake_upstream.requests import upstream_of
from local.fake_upstream.wire import Json

TOKEN_HEADER = "X-Fake-Upstream-Token"  # noqa: S105  # a header's name


class _TokenAsked:
    """Everything below `/admin` answers 403 without the token, also what does not exist."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        known = upstream_of(request).administers(request.headers.get(TOKEN_HEADER))
        app = self.app if known else PlainTextResponse(f"{TOKEN_HEADER} must be the token made at start.\n", 403)
        await app(scope, receive, send)


class Arming(BaseModel):
    """The body of `POST /admin/faults`. `times` absent: the catalogue's default; null: endless."""

    model_config = ConfigDict(extra="forbid")

    fault: str
    times: int | None = Field(default=None, ge=1)
    match: str = ""
    params: dict[str, Any] = {}


class NewKey(BaseModel):
    """The body of `POST /admin/key`."""

    model_config = ConfigDict(extra="forbid")

    key: SecretStr = Field(min_length=1)


async def show_ledger(request: Request) -> Response:
    return Json(upstream_of(request).ledger.as_json())


async def show_state(request: Request) -> Response:
    return Json(upstream_of(request).state())


async def show_faults(request: Request) -> Response:
    desk = upstream_of(request).desk
    return Json(
        {
            "catalogue": [_entry(fault) for fault in desk.catalogue.values()],
            "armed": [_armed(armed) for armed in desk.armed],
        }
    )


async def arm_fault(request: Request) -> Response:
    try:
        order = Arming.model_validate_json(await request.body())
        raw = dict(order.params)
        if "times" in order.model_fields_set:
            raw["times"] = order.times
        armed = upstream_of(request).desk.arm(order.fault, raw, order.match)
    except ValidationError as error:
        return validation_detail(error)
    except BadFaultError as error:
        return detail(problem(("body", "fault"), str(error), "fault"))
    return Json(_armed(armed), 201)


async def clear_faults(request: Request) -> Response:
    upstream_of(request).desk.clear()
    return Response(status_code=204)


async def reset(request: Request) -> Response:
    upstream_of(request).reset()
    return Response(status_code=204)


async def rotate_key(request: Request) -> Response:
    try:
        order = NewKey.model_validate_json(await request.body())
    except ValidationError as error:
        return validation_detail(error)
    upstream_of(request).rotate_key(order.key.get_secret_value())
    return Response(status_code=204)


async def change_settings(request: Request) -> Response:
    upstream = upstream_of(request)
    try:
        changes = json.loads(await request.body())
    except ValueError:
        return detail(problem(("body",), "JSON decode error", "json_invalid"))
    if not isinstance(changes, dict):
        return detail(problem(("body",), "Input should be an object", "dict_type"))
    try:
        upstream.configure(**changes)
    except ValidationError as error:
        return validation_detail(error)
    return Json(upstream.tuning.model_dump(mode="json"))


def _entry(fault: Fault) -> dict[str, Any]:
    return {
        "name": fault.name,
        "stage": fault.stage,
        "tells": fault.tells,
        "charged": fault.charged,
        "times": fault.times,
        "params": dict(fault.params),
    }


def _armed(armed: Armed) -> dict[str, Any]:
    return {
        "fault": armed.fault.name,
        "times": armed.times,
        "used": armed.used,
        "match": armed.match,
        "params": dict(armed.params),
    }


ROUTES = Mount(
    "/admin",
    routes=[
        Route("/ledger", show_ledger),
        Route("/state", show_state),
        Route("/faults", show_faults),
        Route("/faults", arm_fault, methods=["POST"]),
        Route("/faults", clear_faults, methods=["DELETE"]),
        Route("/reset", reset, methods=["POST"]),
        Route("/key", rotate_key, methods=["POST"]),
        Route("/settings", change_settings, methods=["POST"]),
    ],
    middleware=[Middleware(_TokenAsked)],
)
