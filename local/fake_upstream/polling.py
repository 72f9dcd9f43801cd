"""`GET /flux/v1/get_result?id=`: what a task looks like now, or what a fault makes of it."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.fake_upstream.answers import detail, problem
from local.fake_upstream.faults import Armed
from local.fake_upstream.poll_faults import PollFault, PollScene
from local.fake_upstream.requests import delivery_origin, note, refuse_key, upstream_of
from local.fake_upstream.tasks import Task
from local.fake_upstream.upstream import Upstream
from local.fake_upstream.wire import Json

PAINTING_PATIENCE = 2.0  # real seconds a poll waits for a painter that is later than the drawn latency


async def get_result(request: Request) -> Response:
    refusal = refuse_key(request)
    if refusal is not None:
        return refusal
    task_id = request.query_params.get("id")
    if not task_id:
        return detail(problem(("query", "id"), "Field required", "missing"))
    upstream = upstream_of(request)
    task = upstream.tasks.find(task_id)
    if task is None:
        return Json({"id": task_id, "status": "Task not found", "result": None}, 404)
    note(request, task=task_id)
    now = upstream.clock.now()
    ready = now >= task.ready_at and await _painted(task)
    strike = upstream.desk.pick("poll", task.subject, lambda armed: _fits(armed, upstream, task, now, ready=ready))
    body = _look(request, task, now, ready=ready)
    if strike is None or not isinstance(strike.fault, PollFault):
        return Json(body)
    upstream.desk.use(strike)
    note(request, fault=strike.fault.name)
    if strike.fault.fails:
        upstream.tasks.end(task, now)
    scene = PollScene(
        strike.params, body, task.progress(now), upstream.elsewhere, upstream.clock, upstream.tuning.speed
    )
    return strike.fault.effect(scene)


async def _painted(task: Task) -> bool:
    await asyncio.wait([asyncio.wrap_future(task.painted)], timeout=PAINTING_PATIENCE)
    return task.painted.done()


def _fits(armed: Armed, upstream: Upstream, task: Task, now: float, *, ready: bool) -> bool:
    if armed.fault.name == "link.stale":
        return False  # it changes which link is given, not the answer
    bound = float(armed.params["seconds"]) / upstream.tuning.speed
    if bound and now - task.accepted_at >= bound:
        return False
    return {"always": True, "pending": not ready, "ready": ready}[armed.fault.moment]


def _look(request: Request, task: Task, now: float, *, ready: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"id": task.task_id, "status": "Pending", "result": None, "progress": None}
    if not ready:
        return {**body, "progress": round(task.progress(now), 2)}
    problem_met = task.painted.exception()
    if problem_met is not None:
        return {**body, "status": "Error", "details": {"error": "the image could not be decoded"}}
    return {**body, "status": "Ready", "result": _result(request, task, now)}


def _result(request: Request, task: Task, now: float) -> dict[str, Any]:
    upstream = upstream_of(request)
    stale = upstream.desk.pick("poll", task.subject, lambda armed: armed.fault.name == "link.stale")
    if stale is not None:
        upstream.desk.use(stale)
    fresh = upstream.tuning.fresh_links and stale is None
    link = upstream.tasks.give_link(task, now, upstream.tuning, fresh=fresh)
    return {
        "sample": f"{delivery_origin(request)}/{link.token}/sample.{task.format}",
        "prompt": task.subject.prompt,
        "seed": task.seed,
        "duration": round(task.ready_at - task.accepted_at, 3),
        "start_time": round(task.accepted_at, 3),
        "end_time": round(task.ready_at, 3),
    }
