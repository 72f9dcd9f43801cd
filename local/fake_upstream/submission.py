"""`POST /flux/v1/{model}`: check, charge, answer.

The order of the checks is the contract's: key, model, body, fault that refuses, active cap, balance. A task that
passes them all is accepted and charged, whatever answer the client then gets.
"""

import hashlib
import math
import uuid
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from local.fake_upstream.answers import comet_error, invalid
from local.fake_upstream.faults import Armed, BadFaultError, Subject, parse_directives, without_directives
from local.fake_upstream.ledger import PROMPT_CHARS, Answer, Charge, digest
from local.fake_upstream.models import Model, SubmitBody, find_model
from local.fake_upstream.requests import note, origin, refuse_key, strike, upstream_of
from local.fake_upstream.restyle import restyle
from local.fake_upstream.tasks import Task
from local.fake_upstream.upstream import Upstream
from local.fake_upstream.wire import Reset

LONGEST_HOLD = 3600.0  # simulated seconds for which a task that is Pending for ever stays active


async def submit(request: Request) -> Response:
    """Accept or refuse an edit. Raises pydantic.ValidationError, which the app answers as FastAPI does."""
    upstream = upstream_of(request)
    early = upstream.fault_queue.before_the_body()
    if early is not None:
        return strike(request, early)
    refusal = refuse_key(request)
    if refusal is not None:
        return refusal
    name = request.path_params["model"]
    model = find_model(name, upstream.tuning.withdrawn)
    if model is None:
        return comet_error(404, f"The model `{name}` does not exist or was withdrawn", "model_not_found")
    try:
        raw = await _read(request, upstream.settings.max_body_bytes)
    except ClientDisconnect:
        return Reset()
    if raw is None:
        return comet_error(413, "Request body too large", "invalid_request", {"Connection": "close"})
    body = model.body.model_validate_json(raw)
    try:
        directives = parse_directives(upstream.fault_queue.catalogue, body.prompt)
    except BadFaultError as error:
        return invalid((("body", "prompt"), str(error), "fault_directive"))
    return _decide(request, model, body, _hold(directives) / upstream.tuning.speed)


async def _read(request: Request, limit: int) -> bytes | None:
    """The body; None when it is longer than `limit` bytes, of which no more are read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _hold(directives: list[Armed]) -> float:
    """Simulated seconds for which a `poll.pending` directive keeps the task active."""
    held = [float(armed.params["seconds"]) for armed in directives if armed.fault.name == "poll.pending"]
    return min(held[0] or LONGEST_HOLD, LONGEST_HOLD) if held else 0.0


def _decide(request: Request, model: Model, body: SubmitBody, hold: float) -> Response:
    upstream = upstream_of(request)
    subject = Subject(body.prompt, body.picture.sha256 if body.picture else "")
    armed = upstream.fault_queue.pick("post", subject)
    if armed is not None and not armed.fault.charged:
        return strike(request, armed)
    refusal = _over_a_limit(upstream, model)
    if refusal is not None:
        return refusal
    task = _accept(upstream, model, body, subject, armed.fault.answer if armed else "sent", hold)
    note(request, task=task.task_id)
    accepted = {"id": task.task_id, "polling_url": f"{origin(request)}/flux/v1/get_result?id={task.task_id}"}
    return strike(request, armed, body=accepted) if armed else JSONResponse(accepted)


def _over_a_limit(upstream: Upstream, model: Model) -> Response | None:
    now, cap, balance = upstream.clock.now(), upstream.tuning.active_cap, upstream.tuning.balance
    if upstream.tasks.active(now) >= cap:
        headers = {"Retry-After": str(max(1, math.ceil(upstream.tasks.next_end(now))))}
        return comet_error(429, f"At most {cap} active tasks", "rate_limit_exceeded", headers)
    if balance is not None and balance < model.price:
        return comet_error(402, "Insufficient balance", "insufficient_quota")
    return None


def _accept(
    upstream: Upstream, model: Model, body: SubmitBody, subject: Subject, answer: Answer, hold: float
) -> Task:
    now = upstream.clock.now()
    # Random even when the latencies are seeded: a restarted server must not repeat an id.
    task_id = str(uuid.uuid4())
    ready_at = now + upstream.tasks.latency(upstream.tuning)
    charge = Charge(
        task_id=task_id,
        model=model.name,
        usd=str(model.price),
        charged_at=datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        image_sha256=subject.image_sha256,
        prompt_sha256=digest(body.prompt),
        prompt=body.prompt[:PROMPT_CHARS],
        seed=_default_seed(subject) if body.seed is None else body.seed,
        answer=answer,
    )
    upstream.ledger.add(charge)
    if upstream.tuning.balance is not None:
        upstream.tuning.balance -= model.price
    task = Task(
        task_id=task_id,
        subject=subject,
        seed=charge.seed,
        format=body.format,
        accepted_at=now,
        ready_at=ready_at,
        ends_at=max(ready_at, now + hold),
        painted=_paint(upstream, task_id, body, charge.seed),
    )
    upstream.tasks.add(task)
    return task


def _default_seed(subject: Subject) -> int:
    """The seed of a request without one: the same for the same prompt and picture."""
    return int.from_bytes(hashlib.sha256(f"{subject.prompt}\0{subject.image_sha256}".encode()).digest()[:4])


def _paint(upstream: Upstream, task_id: str, body: SubmitBody, seed: int) -> Future[None]:
    source = (body.picture.width, body.picture.height) if body.picture else (1024, 1024)
    size = body.size or source
    data = body.picture.data if body.picture else None
    job = partial(restyle, data, without_directives(body.prompt), seed, size, body.format)
    return upstream.painter.order(task_id, max(math.prod(size), math.prod(source)), job)
