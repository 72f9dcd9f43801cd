"""What a poll may answer instead of plain Pending and Ready.

`seconds`, on every fault here, bounds the fault in time: it strikes only during the first so many simulated
seconds of a task; 0 is no bound. A fault of the moment "pending" or "ready" leaves the other polls alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from local.fake_upstream.answers import comet_error, html_page
from local.fake_upstream.clock import Clock
from local.fake_upstream.faults import Fault, Moment, Params
from local.fake_upstream.wire import Json, Reset, Slow, Stall


@dataclass(frozen=True)
class PollScene:
    """What an effect may use. `body` is the answer the client would have got; `progress` is 0 to 1."""

    params: Params
    body: dict[str, Any]
    progress: float
    elsewhere: str
    clock: Clock
    speed: float

    def but(self, **changes: object) -> Response:
        """The normal body with changes."""
        return Json({**self.body, **changes})

    def seconds(self, name: str) -> float:
        """A time parameter, in real seconds."""
        return float(self.params[name]) / self.speed


@dataclass(frozen=True, kw_only=True)
class PollFault(Fault):
    """A fault with its answer. `fails` tells that the task is over for good once it was told so."""

    effect: Callable[[PollScene], Response] = field(repr=False)
    fails: bool = False


Effect = Callable[[PollScene], Response]


def _fault(
    name: str,
    tells: str,
    effect: Effect,
    *,
    times: int | None = None,
    moment: Moment = "always",
    fails: bool = False,
    seconds: float = 0.0,
    **params: float,
) -> PollFault:
    return PollFault(
        name, "poll", tells, times, {"seconds": seconds, **params}, moment=moment, effect=effect, fails=fails
    )


def _named(status: str) -> Effect:
    return lambda scene: scene.but(status=status)


def _failed(status: str, details: object = None, code: int = 200) -> Effect:
    def effect(scene: PollScene) -> Response:
        return Json({"id": scene.body["id"], "status": status, "result": None, "details": details}, code)

    return effect


def _not_found(code: int) -> Effect:
    return lambda scene: Json({"id": scene.body["id"], "status": "Task not found", "result": None}, code)


def _http(status: int, message: str, code: str = "", headers: dict[str, str] | None = None) -> Effect:
    return lambda _scene: comet_error(status, message, code, headers)


def _too_many(scene: PollScene) -> Response:
    return comet_error(429, "Too many requests", "", {"Retry-After": str(int(scene.params["retry_after"]))})


def _wrapped(scene: PollScene) -> Response:
    result = scene.body.get("result")
    status = "SUCCESS" if result else "IN_PROGRESS"
    return Json({"code": "success", "data": {"status": status, "fail_reason": "", "data": result}})


def _wrapped_failure(_scene: PollScene) -> Response:
    data = {"status": "FAILURE", "fail_reason": "the channel gave up", "data": None}
    return Json({"code": "success", "data": data})


def _without_sample(scene: PollScene) -> Response:
    result = {key: value for key, value in scene.body["result"].items() if key != "sample"}
    return scene.but(result=result)


def _file_link(scene: PollScene) -> Response:
    return scene.but(result={**scene.body["result"], "sample": "file:///etc/hostname"})


TRANSPORT = (
    _fault(
        "poll.401",
        "401, key refused; twice, so that a refetched key meets it too",
        _http(401, "Invalid token"),
        times=2,
    ),
    _fault("poll.403", "403, key refused; twice, as 401", _http(403, "Access denied"), times=2),
    _fault("poll.429", "429 with Retry-After (real seconds)", _too_many, times=1, retry_after=1),
    _fault("poll.500", "500 in CometAPI's form", _http(500, "Internal error"), times=2),
    _fault("poll.502", "502 from a proxy", lambda _scene: html_page(502), times=2),
    _fault("poll.503", "503 in CometAPI's form", _http(503, "Service unavailable"), times=2),
    _fault(
        "poll.not_json",
        "200 that is not JSON",
        lambda _scene: PlainTextResponse("wait", media_type="application/json"),
        times=2,
    ),
    _fault("poll.html", "HTML with 200", lambda _scene: html_page(), times=2),
    _fault(
        "poll.redirect",
        "301 to another origin",
        lambda scene: RedirectResponse(scene.elsewhere + "/moved", 301),
        times=2,
    ),
    _fault("poll.reset", "the connection is reset", lambda _scene: Reset(), times=2),
    _fault("poll.stall", "no answer until the client leaves", lambda scene: Stall(300 / scene.speed), times=1),
    _fault(
        "poll.slow",
        "the normal answer, late",
        lambda scene: Slow(scene.but(), scene.clock, scene.seconds("delay")),
        times=1,
        delay=5.0,
    ),
)

PENDING = (
    _fault(
        "poll.not_found",
        "'Task not found' with 200 for a while (seconds=0: for ever)",
        _not_found(200),
        seconds=5.0,
    ),
    _fault(
        "poll.404_not_found",
        "'Task not found' with 404 for a while (seconds=0: for ever)",
        _not_found(404),
        seconds=5.0,
    ),
    _fault(
        "poll.pending",
        "Pending for ever, or for at least `seconds`; the task stays active, at most an hour",
        lambda scene: Json({"id": scene.body["id"], "status": "Pending", "result": None}),
    ),
    *(
        _fault(f"poll.{status.lower()}", f"{status} instead of Pending", _named(status), moment="pending")
        for status in ("Processing", "Reasoning", "Generating", "Queued")
    ),
    _fault(
        "poll.unknown_status",
        "the unknown status Marinating instead of Pending",
        _named("Marinating"),
        moment="pending",
    ),
    _fault(
        "poll.progress_percent",
        "progress as 0 to 100",
        lambda scene: scene.but(progress=round(100 * scene.progress)),
    ),
)

FAILURES = (
    _fault("poll.request_moderated", "Request Moderated, at once", _failed("Request Moderated", {}), fails=True),
    _fault(
        "poll.content_moderated",
        "Content Moderated with reasons, once the work is done",
        _failed("Content Moderated", {"Moderation Reasons": ["Derivative Works Filter"]}),
        moment="ready",
        fails=True,
    ),
    _fault(
        "poll.error",
        "Error, once the work is done",
        _failed("Error", {"error": "CUDA"}),
        moment="ready",
        fails=True,
    ),
    _fault("poll.failed", "Failed, once the work is done", _failed("Failed"), moment="ready", fails=True),
    _fault(
        "poll.503_error",
        "503 whose body is a normal answer with the status Error",
        _failed("Error", {"error": "worker lost"}, 503),
        moment="ready",
        fails=True,
    ),
    _fault(
        "poll.wrapped_failure",
        "a wrapped envelope that tells a failure",
        _wrapped_failure,
        moment="ready",
        fails=True,
    ),
)

RESULTS = (
    _fault("poll.ready_without_sample", "Ready without a sample", _without_sample, times=2, moment="ready"),
    _fault(
        "poll.result_null",
        "Ready with result null",
        lambda scene: scene.but(result=None),
        times=2,
        moment="ready",
    ),
    _fault("poll.wrapped", "every answer in a wrapped envelope", _wrapped),
    _fault("link.stale", "a poll never gives a fresh link, expired or not", lambda scene: scene.but()),
    _fault("link.file", "a sample link with the scheme file:", _file_link, moment="ready"),
)

POLL_FAULTS = (*TRANSPORT, *PENDING, *FAILURES, *RESULTS)
