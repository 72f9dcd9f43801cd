"""What can go wrong with a POST. Each row of CometAPI's error table is here, in charged and uncharged form
where the table calls it ambiguous: the client cannot tell the two apart, the ledger can.
"""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse

from local.fake_upstream.answers import detail, moved, not_json, page, problem, refused
from local.fake_upstream.faults import Effect, Fault
from local.fake_upstream.ledger import Answer
from local.fake_upstream.wire import Partial, Reset, Slow

_LONGEST_STALL = 300.0  # simulated seconds; a client's read timeout ends it long before


def _refusal(times: int | None, name: str, tells: str, message: str, code: str = "", **params: int) -> Fault:
    """CometAPI's error, with the HTTP status that the name begins with."""
    return Fault(f"post.{name}", tells, refused(int(name[:3]), message, code), times, params, charged=False)


def _both(
    name: str, tells: str, effect: Effect, answer: Answer = "unclear", **params: float
) -> tuple[Fault, Fault]:
    return (
        Fault(f"post.{name}", f"{tells}; not charged", effect, 1, params, charged=False),
        Fault(f"post.{name}_charged", f"{tells}; charged", effect, 1, params, charged=True, answer=answer),
    )


def _lost(name: str, tells: str, effect: Effect) -> Fault:
    return Fault(name, tells, effect, 1, charged=True, answer="lost")


def _shape(name: str, tells: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """An accepted POST whose answer is `change` of the usual one."""
    return Fault(f"post.{name}", tells, lambda scene: JSONResponse(change(scene.body)), charged=True)


REFUSALS = (
    _refusal(None, "400", "400 in CometAPI's form", "Invalid prompt", "invalid_request"),
    Fault(
        "post.422",
        "422 in FastAPI's form",
        lambda _: detail(problem(("body", "steps"), "Input should be less than or equal to 50", "less_than_equal")),
        charged=False,
    ),
    _refusal(2, "401", "401, key refused; twice, so that a refetched key meets it too", "Invalid token"),
    _refusal(2, "403", "403, key refused; twice, as 401", "Access denied for this token"),
    _refusal(1, "402", "402, out of credit", "Insufficient balance", "insufficient_quota"),
    _refusal(
        1,
        "403_quota",
        "403 speaking of quota: out of credit",
        "The token quota is exhausted",
        "insufficient_user_quota",
    ),
    _refusal(None, "404", "404, model withdrawn", "Model not found", "model_not_found"),
    _refusal(None, "410", "410, model withdrawn for good", "This model was retired"),
    _refusal(
        None,
        "503_model_not_found",
        "503 with code model_not_found: no channel for the model",
        "No available channel for model",
        "model_not_found",
    ),
    _refusal(
        1,
        "429",
        "429 with Retry-After (real seconds)",
        "Too many active tasks",
        "rate_limit_exceeded",
        retry_after=1,
    ),
    _refusal(1, "429_bare", "429 without Retry-After", "Too many requests"),
    _refusal(
        None,
        "500_invalid_request",
        "500 with code invalid_request: a refusal in disguise",
        "Image could not be processed",
        "invalid_request",
    ),
)

AMBIGUOUS = (
    *_both("500", "500 without a telling code", refused(500, "Internal error")),
    *_both("502", "502 from a proxy", page(502)),
    *_both("503", "503 in CometAPI's form", refused(503, "Service unavailable")),
    *_both("504", "504 from a proxy", page(504)),
    *_both("524", "524, a CDN's timeout", page(524)),
    *_both("redirect", "301 to another origin", moved("/flux/v1/moved")),
    *_both("html", "HTML with 200", page()),
    *_both("no_id", "200 without an id", lambda _: JSONResponse({"status": "Pending"})),
    *_both("not_json", "200 that is not JSON", not_json("ok, queued")),
    Fault(
        "post.reset",
        "the connection is reset; before the body is read when armed by POST /admin/faults without a match",
        lambda _: Reset(),
        1,
        charged=False,
    ),
    _lost("post.reset_charged", "the connection is reset after the charge: a lost answer", lambda _: Reset()),
    _lost(
        "post.truncated_charged",
        "the answer breaks off in the middle; charged",
        lambda scene: Partial(bytes(JSONResponse(scene.body).body), "application/json", reset=False),
    ),
    *_both(
        "stall",
        "no answer until the client leaves",
        lambda scene: Reset(scene.seconds("seconds")),
        "lost",
        seconds=_LONGEST_STALL,
    ),
)

SHAPES = (
    _shape("task_id", "task_id instead of id", lambda body: {"task_id": body["id"]}),
    _shape(
        "status_pending",
        "an id and a status, no polling_url",
        lambda body: {"id": body["id"], "status": "Pending"},
    ),
    _shape(
        "extra_keys",
        "unknown keys beside the known ones",
        lambda body: {**body, "cost": 6.0, "input_mp": 0.27, "output_mp": None, "new": {"a": [1]}},
    ),
    Fault(
        "post.foreign_polling_url",
        "polling_url at another origin, which counts keys that arrive",
        lambda scene: scene.but(polling_url=f"{scene.elsewhere}/flux/v1/get_result?id={scene.body['id']}"),
        charged=True,
    ),
    Fault(
        "post.slow",
        "a good answer, late",
        lambda scene: Slow(scene.but(), scene.clock, scene.seconds("seconds")),
        params={"seconds": 5.0},
        charged=True,
    ),
)

POST_FAULTS = (*REFUSALS, *AMBIGUOUS, *SHAPES)
