"""Faults of a POST: each row of CometAPI's error table.

Those that the table calls ambiguous come charged and not charged: only the ledger shows the difference.
"""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse

from local.fake_upstream.answers import KEY_REFUSED, invalid, late, moved, not_json, page, refused, stalled
from local.fake_upstream.faults import Effect, Fault
from local.fake_upstream.ledger import Answer
from local.fake_upstream.wire import Partial, Reset


def _refusal(times: int | None, name: str, description: str, message: str, code: str = "", **params: int) -> Fault:
    """CometAPI's error, with the HTTP status that the name begins with."""
    return Fault(f"post.{name}", description, refused(int(name[:3]), message, code), times, params, charged=False)


def _both(
    name: str, description: str, effect: Effect, answer: Answer = "unclear", **params: float
) -> tuple[Fault, Fault]:
    return (
        Fault(f"post.{name}", f"{description}; not charged", effect, 1, params, charged=False),
        Fault(f"post.{name}_charged", f"{description}; charged", effect, 1, params, charged=True, answer=answer),
    )


def _lost(name: str, description: str, effect: Effect) -> Fault:
    return Fault(name, description, effect, 1, charged=True, answer="lost")


def _shape(name: str, description: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """An accepted POST: `change` makes the answer from the normal one."""
    return Fault(f"post.{name}", description, lambda scene: JSONResponse(change(scene.body)), charged=True)


REFUSALS = (
    _refusal(None, "400", "400 in CometAPI's form", "Invalid prompt", "invalid_request"),
    Fault(
        "post.422",
        "422 in FastAPI's form",
        lambda _: invalid((("body", "steps"), "Input should be less than or equal to 50", "less_than_equal")),
        charged=False,
    ),
    _refusal(2, "401", KEY_REFUSED, "Invalid token"),
    _refusal(2, "403", "403, key refused; twice, as 401", "Access denied for this token"),
    _refusal(1, "402", "402, out of credit", "Insufficient balance", "insufficient_quota"),
    _refusal(
        1,
        "403_quota",
        "403 with a message about quota: out of credit",
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
        "500 with code invalid_request: really a refusal",
        "Image could not be processed",
        "invalid_request",
    ),
)

AMBIGUOUS = (
    *_both("500", "500 without a code", refused(500, "Internal error")),
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
    _lost("post.reset_charged", "the connection is reset after the charge: the answer is lost", lambda _: Reset()),
    _lost(
        "post.truncated_charged",
        "the answer ends in the middle; charged",
        lambda scene: Partial(bytes(JSONResponse(scene.body).body), "application/json", reset=False),
    ),
    *_both("stall", "no answer until the client disconnects", stalled("seconds"), "lost", seconds=300.0),
)

SHAPES = (
    _shape("task_id", "task_id instead of id", lambda body: {"task_id": body["id"]}),
    _shape(
        "status_pending", "an id and a status, no polling_url", lambda body: {"id": body["id"], "status": "Pending"}
    ),
    _shape(
        "extra_keys",
        "unknown keys beside the known ones",
        lambda body: {**body, "cost": 6.0, "input_mp": 0.27, "output_mp": None, "new": {"a": [1]}},
    ),
    Fault(
        "post.foreign_polling_url",
        "polling_url at another origin, which counts the keys that it is sent",
        lambda scene: JSONResponse(
            {**scene.body, "polling_url": f"{scene.foreign_origin}/flux/v1/get_result?id={scene.body['id']}"}
        ),
        charged=True,
    ),
    Fault("post.slow", "the normal answer, late", late("seconds"), params={"seconds": 5.0}, charged=True),
)

POST_FAULTS = (*REFUSALS, *AMBIGUOUS, *SHAPES)
