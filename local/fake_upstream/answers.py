"""The shapes of answers: CometAPI's error form, FastAPI's detail form, a proxy's page, a storage's XML."""

import uuid
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.responses import HTMLResponse, Response

from local.fake_upstream.wire import Json


def comet_error(status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None) -> Json:
    """CometAPI's error form (grade C); `code` may be empty."""
    error = {
        "message": f"{message} (request id: {uuid.uuid4().hex})",
        "type": "comet_api_error",
        "param": "",
        "code": code,
    }
    return Json({"error": error}, status, dict(headers or {}))


def detail(*problems: dict[str, Any]) -> Json:
    """FastAPI's 422."""
    return Json({"detail": list(problems)}, 422)


def problem(where: tuple[str | int, ...], message: str, kind: str) -> dict[str, Any]:
    """One entry of a 422."""
    return {"loc": list(where), "msg": message, "type": kind}


def validation_detail(error: ValidationError, *, root: str = "body") -> Json:
    """A pydantic error as FastAPI would answer it, without the input: that may be a picture or a key."""
    return detail(*(problem((root, *one["loc"]), one["msg"], one["type"]) for one in error.errors()))


def html_page(status: int = 200) -> HTMLResponse:
    """What a proxy or a wrong path answers."""
    page = "<!doctype html><title>CometAPI</title><h1>One API for all models</h1>"
    return HTMLResponse(page, status)


def storage_error(status: int, code: str) -> Response:
    """A blob storage's XML error."""
    xml = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Response(xml, status, media_type="application/xml")
