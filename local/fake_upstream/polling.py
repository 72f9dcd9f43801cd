"""`GET /flux/v1/get_result?id=`: the task's state, or a fault."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.fake_upstream.answers import invalid
from local.fake_upstream.faults import Armed
from local.fake_upstream.requests import delivery_origin, note, refuse_key, strike, upstream_of
from local.fake_upstream.tasks import Task

PAINTING_PATIENCE = 2.0  # real seconds a poll waits for a picture that takes longer than the simulated latency


async def get_result(request: Request) -> Response:
    refusal = refuse_key(request)
    if refusal is not None:
        return refusal
    task_id = request.query_params.get("id")
    if not task_id:
        return invalid((("query", "id"), "Field required", "missing"))
    upstream = upstream_of(request)
    task = upstream.tasks.tasks.get(task_id)
    if task is None:
        return JSONResponse({"id": task_id, "status": "Task not found", "result": None}, 404)
    note(request, task=task_id)
    now = upstream.clock.now()
    ready = now >= task.ready_at and await _painted(task)

    def fits(armed: Armed) -> bool:
        bound = float(armed.params["seconds"]) / upstream.tuning.speed
        if armed.fault.name == "link.stale" or (bound and now - task.accepted_at >= bound):
            return False  # link.stale changes which link is given, not the answer
        return armed.fault.moment in ("always", "ready" if ready else "pending")

    armed = upstream.fault_queue.pick("poll", task.subject, fits)
    body = _body(request, task, now, ready=ready)
    if armed is None:
        return JSONResponse(body)
    if armed.fault.ends:
        task.ends_at = min(task.ends_at, now)
    return strike(request, armed, body=body, progress=task.progress(now))


async def _painted(task: Task) -> bool:
    await asyncio.wait([asyncio.wrap_future(task.painted)], timeout=PAINTING_PATIENCE)
    return task.painted.done()


def _body(request: Request, task: Task, now: float, *, ready: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"id": task.task_id, "status": "Pending", "result": None, "progress": None}
    if not ready:
        return {**body, "progress": round(task.progress(now), 2)}
    if task.painted.exception() is not None:
        return {**body, "status": "Error", "details": {"error": "the image could not be decoded"}}
    return {**body, "status": "Ready", "result": _result(request, task, now)}


def _result(request: Request, task: Task, now: float) -> dict[str, Any]:
    upstream = upstream_of(request)
    stale = upstream.fault_queue.pick("poll", task.subject, lambda armed: armed.fault.name == "link.stale")
    if stale is not None:
        upstream.fault_queue.use(stale)
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
