"""Error answers in the forms of CometAPI, FastAPI, a proxy and a blob storage."""

import uuid
from collections.abc import Sequence

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from local.fake_upstream.faults import Effect, Scene
from local.fake_upstream.wire import Reset, Slow

KEY_REFUSED = "401, key refused; twice, so that a key that is fetched again is refused too"


def comet_error(status: int, message: str, code: str = "", headers: dict[str, str] | None = None) -> Response:
    """CometAPI's error form (grade C); `code` may be empty."""
    text = f"{message} (request id: {uuid.uuid4().hex})"
    error = {"message": text, "type": "comet_api_error", "param": "", "code": code}
    return JSONResponse({"error": error}, status, headers)


def invalid(*problems: tuple[Sequence[str | int], str, str]) -> Response:
    """FastAPI's 422, from the place, message and kind of each problem."""
    entries = [{"loc": list(where), "msg": message, "type": kind} for where, message, kind in problems]
    return JSONResponse({"detail": entries}, 422)


def html_page(status: int = 200) -> Response:
    """The answer of a proxy, and that to a wrong path."""
    page = "<!doctype html><title>CometAPI</title><h1>One API for all models</h1>"
    return HTMLResponse(page, status)


def storage_error(status: int, code: str) -> Response:
    """A blob storage's XML error."""
    xml = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Response(xml, status, media_type="application/xml")


def refused(status: int, message: str, code: str = "") -> Effect:
    """CometAPI's error, with Retry-After where the fault has that parameter."""

    def effect(scene: Scene) -> Response:
        wait = scene.params.get("retry_after")
        headers = None if wait is None else {"Retry-After": str(int(wait))}
        return comet_error(status, message, code, headers)

    return effect


def page(status: int = 200) -> Effect:
    """HTML instead of JSON."""
    return lambda _scene: html_page(status)


def not_json(text: str) -> Effect:
    """Plain text with the content type of JSON."""
    return lambda _scene: PlainTextResponse(text, media_type="application/json")


def moved(path: str) -> Effect:
    """A redirect to an origin that the key must never reach."""
    return lambda scene: RedirectResponse(scene.foreign_origin + path, 301)


def changed(**changes: object) -> Effect:
    """The normal answer, with these changes."""
    return lambda scene: JSONResponse({**scene.body, **changes})


def late(name: str) -> Effect:
    """The normal answer, after the seconds of this parameter."""
    return lambda scene: Slow(JSONResponse(scene.body), scene.clock, scene.seconds(name))


def stalled(name: str | None = None) -> Effect:
    """No answer until the client disconnects, for at most the seconds of this parameter, or 300.

    A client's read timeout is shorter.
    """
    return lambda scene: Reset(scene.seconds(name) if name else 300 / scene.speed)
