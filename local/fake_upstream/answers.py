"""Error answers in the forms of CometAPI, FastAPI, a proxy and a blob storage."""

import uuid
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from local.fake_upstream.faults import Effect, Scene


def comet_error(status: int, message: str, code: str = "", headers: dict[str, str] | None = None) -> Response:
    """CometAPI's error form (grade C); `code` may be empty."""
    error = {
        "message": f"{message} (request id: {uuid.uuid4().hex})",
        "type": "comet_api_error",
        "param": "",
        "code": code,
    }
    return JSONResponse({"error": error}, status, headers)


def detail(*problems: dict[str, Any]) -> Response:
    """FastAPI's 422."""
    return JSONResponse({"detail": list(problems)}, 422)


def problem(where: tuple[str | int, ...], message: str, kind: str) -> dict[str, Any]:
    """One entry of a 422."""
    return {"loc": list(where), "msg": message, "type": kind}


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
