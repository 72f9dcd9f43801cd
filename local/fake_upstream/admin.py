"""`/admin/…`, which the real API does not have: tests and developers control the fake upstream with it.

It requires the token made at start, before a body is read. It shows neither the key nor a link. Handlers raise
pydantic.ValidationError and BadFaultError, which the app answers with 422.
"""

import hmac
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from local.fake_upstream.faults import Armed
from local.fake_upstream.requests import upstream_of

TOKEN_HEADER = "X-Fake-Upstream-Token"  # noqa: S105  # a header's name
_CHANGES = TypeAdapter(dict[str, Any])


class _TokenRequired:
    """Middleware that answers 403 without the token, also for paths below `/admin` that do not exist."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        sent, wanted = request.headers.get(TOKEN_HEADER, ""), upstream_of(request).admin_token
        is_valid = hmac.compare_digest(sent.encode(), wanted.encode())
        app = self.app if is_valid else PlainTextResponse(f"{TOKEN_HEADER} must be the token made at start.\n", 403)
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
    return JSONResponse(upstream_of(request).ledger.as_json())


async def show_state(request: Request) -> Response:
    return JSONResponse(upstream_of(request).state)


async def show_faults(request: Request) -> Response:
    fault_queue = upstream_of(request).fault_queue
    names = ("name", "stage", "charged", "times", "params")
    catalogue = [
        {"tells": fault.description, **{name: getattr(fault, name) for name in names}}
        for fault in fault_queue.catalogue.values()
    ]
    return JSONResponse({"catalogue": catalogue, "armed": list(map(_shown, fault_queue.armed))})


async def arm_fault(request: Request) -> Response:
    order = Arming.model_validate_json(await request.body())
    times = {"times": order.times} if "times" in order.model_fields_set else {}
    armed = upstream_of(request).fault_queue.arm(order.fault, {**order.params, **times}, order.match)
    return JSONResponse(_shown(armed), 201)


async def clear_faults(request: Request) -> Response:
    upstream_of(request).fault_queue.clear()
    return Response(status_code=204)


async def reset(request: Request) -> Response:
    upstream_of(request).reset()
    return Response(status_code=204)


async def rotate_key(request: Request) -> Response:
    order = NewKey.model_validate_json(await request.body())
    upstream_of(request).rotate_key(order.key.get_secret_value())
    return Response(status_code=204)


async def change_settings(request: Request) -> Response:
    upstream = upstream_of(request)
    upstream.configure(**_CHANGES.validate_json(await request.body()))
    return JSONResponse(upstream.tuning.model_dump(mode="json"))


def _shown(armed: Armed) -> dict[str, Any]:
    facts = {name: getattr(armed, name) for name in ("times", "used", "match", "params")}
    return {"fault": armed.fault.name, **facts}


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
    middleware=[Middleware(_TokenRequired)],
)
