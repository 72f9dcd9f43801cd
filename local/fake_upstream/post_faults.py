"""What can go wrong with a POST. Each row of CometAPI's error table is here, in charged and uncharged form
where the table calls it ambiguous: the client cannot tell the two apart, the ledger can.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from local.fake_upstream.answers import comet_error, detail, html_page, problem
from local.fake_upstream.clock import Clock
from local.fake_upstream.faults import Fault, Params
from local.fake_upstream.ledger import Answer
from local.fake_upstream.wire import Json, Partial, Reset, Slow, Stall


@dataclass(frozen=True)
class PostScene:
    """What an effect may use. `accepted` is the answer the client would have got."""

    params: Params
    accepted: Mapping[str, Any]
    elsewhere: str  # an origin the key must never reach
    clock: Clock
    speed: float

    def seconds(self, name: str) -> float:
        """A time parameter, in real seconds."""
        return float(self.params[name]) / self.speed


@dataclass(frozen=True, kw_only=True)
class PostFault(Fault):
    """A fault with its answer, and what the ledger should say of that answer."""

    effect: Callable[[PostScene], Response] = field(repr=False)
    answer: Answer = "sent"


def _refused(status: int, message: str, code: str = "") -> Callable[[PostScene], Response]:
    return lambda _scene: comet_error(status, message, code)


def _refusal(name: str, tells: str, effect: Callable[[PostScene], Response], times: int | None) -> PostFault:
    return PostFault(name, "post", tells, times, charged=False, effect=effect)


def _too_many(scene: PostScene) -> Response:
    headers = {"Retry-After": str(int(scene.params["retry_after"]))}
    return comet_error(429, "Too many active tasks", "rate_limit_exceeded", headers)


def _redirect(scene: PostScene) -> Response:
    return RedirectResponse(scene.elsewhere + "/flux/v1/moved", 301)


def _no_id(_scene: PostScene) -> Response:
    return Json({"status": "Pending"})


def _not_json(_scene: PostScene) -> Response:
    return PlainTextResponse("ok, queued", media_type="application/json")


def _accepted_as(change: Callable[[PostScene], dict[str, Any]]) -> Callable[[PostScene], Response]:
    return lambda scene: Json(change(scene))


REFUSALS = (
    _refusal("post.400", "400 in CometAPI's form", _refused(400, "Invalid prompt", "invalid_request"), None),
    _refusal(
        "post.422",
        "422 in FastAPI's form",
        lambda _scene: detail(
            problem(("body", "steps"), "Input should be less than or equal to 50", "less_than_equal")
        ),
        None,
    ),
    _refusal(
        "post.401",
        "401, key refused; twice, so that a refetched key meets it too",
        _refused(401, "Invalid token"),
        2,
    ),
    _refusal("post.403", "403, key refused; twice, as 401", _refused(403, "Access denied for this token"), 2),
    _refusal("post.402", "402, out of credit", _refused(402, "Insufficient balance", "insufficient_quota"), 1),
    _refusal(
        "post.403_quota",
        "403 speaking of quota: out of credit",
        _refused(403, "The token quota is exhausted", "insufficient_user_quota"),
        1,
    ),
    _refusal("post.404", "404, model withdrawn", _refused(404, "Model not found", "model_not_found"), None),
    _refusal("post.410", "410, model withdrawn for good", _refused(410, "This model was retired"), None),
    _refusal(
        "post.503_model_not_found",
        "503 with code model_not_found: no channel for the model",
        _refused(503, "No available channel for model", "model_not_found"),
        None,
    ),
    PostFault(
        "post.429",
        "post",
        "429 with Retry-After (real seconds)",
        1,
        {"retry_after": 1},
        charged=False,
        effect=_too_many,
    ),
    _refusal("post.429_bare", "429 without Retry-After", _refused(429, "Too many requests"), 1),
    _refusal(
        "post.500_invalid_request",
        "500 with code invalid_request: a refusal in disguise",
        _refused(500, "Image could not be processed", "invalid_request"),
        None,
    ),
)


def _both(
    name: str, tells: str, effect: Callable[[PostScene], Response], answer: Answer
) -> tuple[PostFault, PostFault]:
    return (
        PostFault(name, "post", tells + "; not charged", 1, charged=False, effect=effect),
        PostFault(f"{name}_charged", "post", tells + "; charged", 1, charged=True, effect=effect, answer=answer),
    )


_LONGEST_STALL = 300.0  # simulated seconds; a client's read timeout ends it long before

AMBIGUOUS = (
    *_both("post.500", "500 without a telling code", _refused(500, "Internal error"), "unclear"),
    *_both("post.502", "502 from a proxy", lambda _scene: html_page(502), "unclear"),
    *_both("post.503", "503 in CometAPI's form", _refused(503, "Service unavailable"), "unclear"),
    *_both("post.504", "504 from a proxy", lambda _scene: html_page(504), "unclear"),
    *_both("post.524", "524, a CDN's timeout", lambda _scene: html_page(524), "unclear"),
    *_both("post.redirect", "301 to another origin", _redirect, "unclear"),
    *_both("post.html", "HTML with 200", lambda _scene: html_page(), "unclear"),
    *_both("post.no_id", "200 without an id", _no_id, "unclear"),
    *_both("post.not_json", "200 that is not JSON", _not_json, "unclear"),
    PostFault(
        "post.reset",
        "post",
        "the connection is reset; before the body is read when armed by POST /admin/faults without a match",
        1,
        charged=False,
        effect=lambda _scene: Reset(),
    ),
    PostFault(
        "post.reset_charged",
        "post",
        "the connection is reset after the charge: a lost answer",
        1,
        charged=True,
        effect=lambda _scene: Reset(),
        answer="lost",
    ),
    PostFault(
        "post.truncated_charged",
        "post",
        "the answer breaks off in the middle; charged",
        1,
        charged=True,
        answer="lost",
        effect=lambda scene: Partial(bytes(Json(dict(scene.accepted)).body), "application/json", reset=False),
    ),
    PostFault(
        "post.stall",
        "post",
        "no answer until the client leaves; not charged",
        1,
        {"seconds": _LONGEST_STALL},
        charged=False,
        effect=lambda scene: Stall(scene.seconds("seconds")),
    ),
    PostFault(
        "post.stall_charged",
        "post",
        "no answer until the client leaves; charged",
        1,
        {"seconds": _LONGEST_STALL},
        charged=True,
        answer="lost",
        effect=lambda scene: Stall(scene.seconds("seconds")),
    ),
)


def _shape(name: str, tells: str, change: Callable[[PostScene], dict[str, Any]]) -> PostFault:
    return PostFault(name, "post", tells, None, charged=True, effect=_accepted_as(change))


SHAPES = (
    _shape("post.task_id", "task_id instead of id", lambda scene: {"task_id": scene.accepted["id"]}),
    _shape(
        "post.status_pending",
        "an id and a status, no polling_url",
        lambda scene: {"id": scene.accepted["id"], "status": "Pending"},
    ),
    _shape(
        "post.extra_keys",
        "unknown keys beside the known ones",
        lambda scene: {**scene.accepted, "cost": 6.0, "input_mp": 0.27, "output_mp": None, "new": {"a": [1]}},
    ),
    _shape(
        "post.foreign_polling_url",
        "polling_url at another origin, which counts keys that arrive",
        lambda scene: {
            **scene.accepted,
            "polling_url": f"{scene.elsewhere}/flux/v1/get_result?id={scene.accepted['id']}",
        },
    ),
    PostFault(
        "post.slow",
        "post",
        "a good answer, late",
        None,
        {"seconds": 5.0},
        charged=True,
        effect=lambda scene: Slow(Json(dict(scene.accepted)), scene.clock, scene.seconds("seconds")),
    ),
)

POST_FAULTS = (*REFUSALS, *AMBIGUOUS, *SHAPES)
