"""The page's routes and their answers. The content is made by the modules beside this one."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from depthdrop.records.drops import Drops
from depthdrop.records.edits import Edits
from depthdrop_cli.page import links
from depthdrop_cli.page.cards import GROUPS, Card, drop_card, edit_card
from depthdrop_cli.page.errors import EXPECTED, CrowdedError, TooLargeError, status_and_sentence
from depthdrop_cli.page.guard import Access, Guard
from depthdrop_cli.page.html import render
from depthdrop_cli.page.list_page import Wanted, list_page, place_from
from depthdrop_cli.page.push import Live
from depthdrop_cli.page.totals import count
from depthdrop_cli.page.uploads import Drafts
from depthdrop_cli.page.views import list_values, shared_values
from depthdrop_cli.page.watcher import Watcher
from depthdrop_cli.reading.entries import Moment, data_of, is_left, timeline
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import NotFoundError, UsageError

_ASSETS = Path(__file__).parent / "assets"
_LENGTH_DIGITS = 15  # of a body's length in bytes: a longer number is too large anyway
_ID_MAX = 256  # longest id that is looked up; ids have 64 characters, and DynamoDB refuses very long keys
_TEXTS_MAX_BYTES = 128 * 1024  # a prompt of 10,000 characters, escaped


class PageApp:
    """`asgi` is the application; `watcher` receives notifications. `folder` keeps files until they are dropped."""

    def __init__(
        self, stack: OperatorStack, access: Access, folder: Path, *, allow_drop: bool, is_local: bool = False
    ) -> None:
        self.stack = stack
        self.drafts = Drafts(stack, folder)
        self.watcher = Watcher(stack)
        self._root = access.root
        shared = shared_values(stack, access, allow_drop=allow_drop, is_local=is_local)
        self._render: Callable[..., str] = partial(render, **shared)
        self.live = Live(self.watcher, self._render, partial(count, stack))
        routes = [
            Route("/", self._list),
            Route("/events", self._events),
            Route("/edits/{id}", self._edit),
            Route("/edits/{id}/{file}", partial(self._file_of, stack.submit.edits)),
            Route("/drops/{id}", self._drop_page),
            Route("/drops/{id}/{file}", partial(self._file_of, stack.submit.drops)),
            Mount("/assets", StaticFiles(directory=_ASSETS)),
        ]
        if allow_drop:
            routes += [
                Route("/drafts", self._draft, methods=["POST"]),
                Route("/drafts/{draft}/files", self._file, methods=["POST"]),
                Route("/drafts/{draft}/look", self._look, methods=["POST"]),
                Route("/drafts/{draft}/drop", self._drop, methods=["POST"]),
            ]
        errors = dict.fromkeys(EXPECTED, self._error)
        inner = Starlette(routes=routes, lifespan=self._lifespan, exception_handlers=errors)
        self.asgi = Guard(inner, access, links.origins(stack))

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(self.live.run())
        yield
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching

    # ---- reading

    async def _list(self, request: Request) -> Response:
        mark = self.live.mark  # before the table is read: later changes are sent again
        wanted = _wanted(request)
        # The header that browsers send when the reload button is pressed.
        is_reload = request.headers.get("cache-control", "").replace(" ", "") in {"no-cache", "max-age=0"}
        counted = self.live.counting.last(is_reload=is_reload)
        cards, next_page = await run_in_threadpool(list_page, self.stack, wanted)
        shown = {card.place for card in cards if card.state == "waiting"}
        uploaded = self.watcher.uploaded() if wanted.before is None else []
        waiting = [card for card in uploaded if wanted.takes(card) and card.place not in shown]
        values = list_values(wanted, next_page, mark)
        return HTMLResponse(self._render("list", cards=[*waiting, *cards], counted=counted, **values))

    def _edit(self, request: Request) -> Response:
        mark = self.live.mark
        edit = _record(self.stack.submit.edits, request)
        drop = self.stack.submit.drops.get(edit["drop_id"])
        if is_left(edit, drop):
            return RedirectResponse(f"{self._root}/drops/{edit['drop_id']}", 302)
        return self._detail(edit_card(edit, drop), timeline(drop, edit), mark, data_of(edit).get("result"))

    def _drop_page(self, request: Request) -> Response:
        mark = self.live.mark
        drop = _record(self.stack.submit.drops, request)
        edit = self.stack.submit.edits.get(drop.get("edit_id", "-"))
        owner = None if edit is None else self.stack.submit.drops.get(edit["drop_id"])
        if edit is not None and "refusal" not in drop and not is_left(edit, owner):
            return RedirectResponse(f"{self._root}/edits/{edit['edit_id']}", 302)
        return self._detail(drop_card(drop), timeline(drop, None), mark, None)

    def _detail(self, card: Card, moments: list[Moment], mark: str, result: object) -> Response:
        events = f"/events?since={mark}"
        return HTMLResponse(self._render("detail", card=card, moments=moments, result=result, events=events))

    def _file_of(self, records: Edits | Drops, request: Request) -> Response:
        """Redirect to the bucket. The browser may reuse the redirect for a little less than the link's lifetime."""
        record = _record(records, request)
        result = data_of(record).get("result") if isinstance(records, Edits) else None
        match request.path_params["file"]:
            case "before":
                link = links.before(self.stack, record)
            case "after" if result is not None:
                link = links.after(result)
            case "manifest" if result is not None:
                link = links.manifest(result)
            case "receipt" if isinstance(records, Drops) and "refusal" in record:
                link = links.receipt(self.stack, record["image_key"])
            case _:
                raise NotFoundError("There is no such file of this edit or drop.")
        return RedirectResponse(link, 302, {"cache-control": f"private, max-age={links.CACHED_SECONDS}"})

    async def _events(self, request: Request) -> Response:
        wanted = _wanted(request)
        since = request.headers.get("last-event-id") or request.query_params.get("since", "")
        if self.live.is_full:
            raise CrowdedError("Too many pages are open; close one.")
        return StreamingResponse(self.live.messages(wanted, since), media_type="text/event-stream")

    # ---- dropping

    async def _draft(self, _request: Request) -> Response:
        return JSONResponse({"draft": await run_in_threadpool(self.drafts.new)}, 201)

    async def _file(self, request: Request) -> Response:
        declared = request.headers.get("content-length", "")
        name = await self.drafts.add(
            request.path_params["draft"],
            request.query_params.get("name", ""),
            int(declared[:_LENGTH_DIGITS]) if declared.isdecimal() else None,
            request.stream(),
        )
        return JSONResponse({"name": name}, 201)

    async def _look(self, request: Request) -> Response:
        draft, texts = request.path_params["draft"], await _json_texts(request)
        plan = await run_in_threadpool(self.drafts.look, draft, texts["prompt"], texts["folder"])
        html = self._render("plan", plan=plan)
        return JSONResponse({"plan": plan.digest, "sent": len(plan.good), "html": html})

    async def _drop(self, request: Request) -> Response:
        draft, texts = request.path_params["draft"], await _json_texts(request)
        pictures = await run_in_threadpool(self.drafts.drop, draft, texts["plan"])
        self.watcher.expect(pictures)
        cards = [card for card in self.watcher.uploaded() if card.key in pictures]
        html = "".join(self._render("card", card=card) for card in cards)
        message = "1 picture was dropped." if len(pictures) == 1 else f"{len(pictures)} pictures were dropped."
        return JSONResponse({"message": message, "html": html})

    async def _error(self, request: Request, error: Exception) -> Response:
        status, sentence = status_and_sentence(error)
        if request.method == "POST":
            return JSONResponse({"error": sentence}, status, {"connection": "close"})
        return HTMLResponse(self._render("error", sentence=sentence), status)


def _record(records: Edits | Drops, request: Request) -> Any:
    """The record whose id is in the path. Raises NotFoundError."""
    record = records.get(request.path_params["id"][:_ID_MAX])
    if record is None:
        raise NotFoundError("There is no such edit or drop.")
    return record


def _wanted(request: Request) -> Wanted:
    query = request.query_params
    group, folder, before = query.get("status") or None, query.get("folder", "").strip("/"), query.get("before")
    if group is not None and group not in GROUPS:
        raise UsageError(f"There is no status {group}; there are {', '.join(GROUPS)}.")
    return Wanted(group, folder or None, place_from(before) if before else None)


async def _json_texts(request: Request) -> dict[str, str]:
    """The texts in a small JSON object; missing ones are empty. Raises UsageError for anything else."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _TEXTS_MAX_BYTES:
            raise TooLargeError("The prompt is too long.")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise UsageError("The request was not understood.")
    texts = {name: found.get(name, "") for name in ("prompt", "folder", "plan")}
    for name, text in texts.items():
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise UsageError(f"The {name} contains an unpaired surrogate, which cannot be stored; remove it.")
    if not texts["plan"].isascii():
        raise UsageError("This plan is not from this page; ask for the price again.")
    return texts
