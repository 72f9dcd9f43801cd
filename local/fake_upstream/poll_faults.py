"""Faults of a poll.

Each has the parameter `seconds`: it strikes only during these first simulated seconds of a task; 0 is no limit. A
fault with the moment "pending" or "ready" strikes only polls of a task in that state.
"""

from typing import Any

from starlette.responses import JSONResponse, Response

from local.fake_upstream.answers import KEY_REFUSED, changed, late, moved, not_json, page, refused, stalled
from local.fake_upstream.faults import Effect, Fault, Moment, Scene
from local.fake_upstream.wire import Reset


def _fault(
    name: str, text: str, effect: Effect, times: int | None = None, moment: Moment = "always", **params: float
) -> Fault:
    return Fault(name, text, effect, times, {"seconds": 0.0, **params}, moment=moment)


def _end(name: str, description: str, effect: Effect, moment: Moment = "ready") -> Fault:
    """A failure: the task has ended once a poll has shown it."""
    return Fault(name, description, effect, None, {"seconds": 0.0}, moment=moment, ends=True)


def _bare(status: str, code: int = 200, **extra: Any) -> Effect:
    """A status without a result."""
    return lambda scene: JSONResponse({"id": scene.body["id"], "status": status, "result": None, **extra}, code)


def _envelope(status: str, reason: str = "", data: Any = None) -> Response:
    return JSONResponse({"code": "success", "data": {"status": status, "fail_reason": reason, "data": data}})


def _wrapped(scene: Scene) -> Response:
    result = scene.body.get("result")
    return _envelope("SUCCESS" if result else "IN_PROGRESS", data=result)


def _without_sample(scene: Scene) -> Response:
    result = {key: value for key, value in scene.body["result"].items() if key != "sample"}
    return JSONResponse({**scene.body, "result": result})


def _file_link(scene: Scene) -> Response:
    return JSONResponse({**scene.body, "result": {**scene.body["result"], "sample": "file:///etc/hostname"}})


_NOT_FOUND = "'Task not found' with {} for `seconds` (0: for ever)"

TRANSPORT = (
    _fault("poll.401", KEY_REFUSED, refused(401, "Invalid token"), 2),
    _fault("poll.403", "403, key refused; twice, as 401", refused(403, "Access denied"), 2),
    _fault("poll.429", "429 with Retry-After (real seconds)", refused(429, "Too many requests"), 1, retry_after=1),
    _fault("poll.500", "500 in CometAPI's form", refused(500, "Internal error"), 2),
    _fault("poll.502", "502 from a proxy", page(502), 2),
    _fault("poll.503", "503 in CometAPI's form", refused(503, "Service unavailable"), 2),
    _fault("poll.not_json", "200 that is not JSON", not_json("wait"), 2),
    _fault("poll.html", "HTML with 200", page(), 2),
    _fault("poll.redirect", "301 to another origin", moved("/moved"), 2),
    _fault("poll.reset", "the connection is reset", lambda _: Reset(), 2),
    _fault("poll.stall", "no answer until the client disconnects", stalled(), 1),
    _fault("poll.slow", "the normal answer, late", late("delay"), 1, delay=5.0),
)

PENDING = (
    _fault("poll.not_found", _NOT_FOUND.format(200), _bare("Task not found"), seconds=5.0),
    _fault("poll.404_not_found", _NOT_FOUND.format(404), _bare("Task not found", 404), seconds=5.0),
    _fault(
        "poll.pending",
        "Pending for ever, or for at least `seconds`; the task stays active, at most an hour",
        _bare("Pending"),
    ),
    *(
        _fault(f"poll.{status.lower()}", f"{status} instead of Pending", changed(status=status), moment="pending")
        for status in ("Processing", "Reasoning", "Generating", "Queued")
    ),
    _fault(
        "poll.unknown_status",
        "the unknown status Marinating instead of Pending",
        changed(status="Marinating"),
        moment="pending",
    ),
    _fault(
        "poll.progress_percent",
        "progress as 0 to 100",
        lambda scene: JSONResponse({**scene.body, "progress": round(100 * scene.progress)}),
    ),
)

FAILURES = (
    _end("poll.request_moderated", "Request Moderated, at once", _bare("Request Moderated", details={}), "always"),
    _end(
        "poll.content_moderated",
        "Content Moderated with reasons, when the task would be ready",
        _bare("Content Moderated", details={"Moderation Reasons": ["Derivative Works Filter"]}),
    ),
    _end("poll.error", "Error, when the task would be ready", _bare("Error", details={"error": "CUDA"})),
    _end("poll.failed", "Failed, when the task would be ready", _bare("Failed", details=None)),
    _end(
        "poll.503_error",
        "503 whose body is a normal answer with the status Error",
        _bare("Error", 503, details={"error": "worker lost"}),
    ),
    _end(
        "poll.wrapped_failure",
        "a failure in a wrapped envelope",
        lambda _: _envelope("FAILURE", "the channel gave up"),
    ),
)

RESULTS = (
    _fault("poll.ready_without_sample", "Ready without a sample", _without_sample, 2, "ready"),
    _fault("poll.result_null", "Ready with result null", changed(result=None), 2, "ready"),
    _fault("poll.wrapped", "every answer is in a wrapped envelope", _wrapped),
    _fault("link.stale", "a poll never gives a new link, even after the first has expired", changed()),
    _fault("link.file", "a sample link with the scheme file:", _file_link, moment="ready"),
)

POLL_FAULTS = (*TRANSPORT, *PENDING, *FAILURES, *RESULTS)
