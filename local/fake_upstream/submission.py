"""`POST /flux/v1/{model}`: refuse what can be refused, then charge, then answer.

The order is the contract's: key, model, body, fault that refuses, active cap, balance. Only after all of
them is a task accepted and charged, whatever answer the client then gets.
"""

import json
import math
from typing import Any

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from local.fake_upstream.answers import comet_error, detail, problem, validation_detail
from local.fake_upstream.bodies import SubmitBody
from local.fake_upstream.faults import Armed, BadFaultError, Subject, parse_directives, without_directives
from local.fake_upstream.ledger import PROMPT_CHARS, Answer, Charge, digest, iso
from local.fake_upstream.models import Model, find_model
from local.fake_upstream.post_faults import PostFault, PostScene
from local.fake_upstream.requests import note, origin, refuse_key, upstream_of
from local.fake_upstream.tasks import Task, draw_seed, new_task_id
from local.fake_upstream.upstream import Upstream
from local.fake_upstream.wire import Json, Nothing, Reset

LONGEST_HOLD = 3600.0  # simulated seconds that a task which stays Pending for ever keeps its place


async def submit(request: Request) -> Response:
    upstream = upstream_of(request)
    early = upstream.desk.before_the_body()
    if early is not None:
        upstream.desk.use(early)
        note(request, fault=early.fault.name)
        return Reset()
    model = find_model(request.path_params["model"], upstream.tuning.withdrawn)
    refusal = refuse_key(request) or (_no_model(request.path_params["model"]) if model is None else None)
    if refusal is not None or model is None:
        return refusal or _no_model("")
    read = await _read(request, upstream.settings.max_body_bytes)
    if isinstance(read, Response):
        return read
    body = _parse(read, model, upstream)
    return body if isinstance(body, Response) else _decide(request, upstream, model, body)


def _no_model(name: str) -> Response:
    return comet_error(404, f"The model `{name}` does not exist or was withdrawn", "model_not_found")


async def _read(request: Request, limit: int) -> bytes | Response:
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                return comet_error(413, "Request body too large", "invalid_request", {"Connection": "close"})
            chunks.append(chunk)
    except ClientDisconnect:
        return Nothing()
    return b"".join(chunks)


def _parse(raw: bytes, model: Model, upstream: Upstream) -> SubmitBody | Response:
    try:
        content: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return detail(problem(("body",), "JSON decode error", "json_invalid"))
    try:
        body = model.body.model_validate(content)
        parse_directives(upstream.desk.catalogue, body.prompt)
    except ValidationError as error:
        return validation_detail(error)
    except BadFaultError as error:
        return detail(problem(("body", "prompt"), str(error), "fault_directive"))
    return body


def _decide(request: Request, upstream: Upstream, model: Model, body: SubmitBody) -> Response:
    subject = Subject(body.prompt, body.picture.sha256 if body.picture else "")
    strike = upstream.desk.pick("post", subject, lambda _armed: True)
    fault = strike.fault if strike is not None and isinstance(strike.fault, PostFault) else None
    refusal = None if fault is not None and not fault.charged else _no_room(upstream, model)
    if refusal is not None:
        return refusal
    if strike is not None:
        upstream.desk.use(strike)
        note(request, fault=strike.fault.name)
    if fault is not None and not fault.charged:
        return fault.effect(_scene(request, upstream, strike, new_task_id()))
    task = _accept(upstream, model, body, subject, fault.answer if fault else "sent")
    note(request, task=task.task_id)
    scene = _scene(request, upstream, strike, task.task_id)
    return fault.effect(scene) if fault else Json(dict(scene.accepted))


def _no_room(upstream: Upstream, model: Model) -> Response | None:
    now = upstream.clock.now()
    if upstream.tasks.active(now) >= upstream.tuning.active_cap:
        headers = {"Retry-After": str(max(1, math.ceil(upstream.tasks.next_end(now))))}
        return comet_error(
            429, f"At most {upstream.tuning.active_cap} active tasks", "rate_limit_exceeded", headers
        )
    if upstream.tuning.balance is not None and upstream.tuning.balance < model.price:
        return comet_error(402, "Insufficient balance", "insufficient_quota")
    return None


def _scene(request: Request, upstream: Upstream, strike: Armed | None, task_id: str) -> PostScene:
    accepted = {"id": task_id, "polling_url": f"{origin(request)}/flux/v1/get_result?id={task_id}"}
    params = strike.params if strike else {}
    return PostScene(params, accepted, upstream.elsewhere, upstream.clock, upstream.tuning.speed)


def _accept(upstream: Upstream, model: Model, body: SubmitBody, subject: Subject, answer: Answer) -> Task:
    now, task_id = upstream.clock.now(), new_task_id()
    seed = body.seed if body.seed is not None else draw_seed(subject)
    ready_at = now + upstream.tasks.latency(upstream.tuning)
    charge = Charge(
        task_id=task_id,
        model=model.name,
        usd=str(model.price),
        charged_at=iso(now),
        image_sha256=subject.image_sha256,
        prompt_sha256=digest(body.prompt),
        prompt=body.prompt[:PROMPT_CHARS],
        seed=seed,
        answer=answer,
    )
    upstream.ledger.add(charge)
    if upstream.tuning.balance is not None:
        upstream.tuning.balance -= model.price
    task = Task(
        task_id=task_id,
        model=model,
        subject=subject,
        seed=seed,
        format=body.format,
        accepted_at=now,
        ready_at=ready_at,
        ends_at=max(ready_at, now + _hold(upstream, subject)),
        painted=upstream.studio.order(
            task_id, body.picture, without_directives(body.prompt), seed, body.size, body.format
        ),
    )
    upstream.tasks.add(task)
    return task


def _hold(upstream: Upstream, subject: Subject) -> float:
    """Real seconds for which a `poll.pending` directive keeps the task active."""
    for armed in parse_directives(upstream.desk.catalogue, subject.prompt):
        if armed.fault.name == "poll.pending":
            seconds = float(armed.params["seconds"]) or LONGEST_HOLD
            return min(seconds, LONGEST_HOLD) / upstream.tuning.speed
    return 0.0
