"""What is about to be dropped: files in a folder of their own, priced by the command's code, dropped once."""

import hashlib
import json
import secrets
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from cli.drop import good_of, plan_of, total_of, upload
from cli.errors import CliError, NotFoundError, UsageError
from cli.explain import Explanation, obstacles
from cli.offers import Offer, gather
from cli.page.names import folder_from, name_of
from cli.stacks import OperatorStack
from depthdrop.pairing import SIDECAR_SUFFIXES, Kind, is_preset, kind_of, sidecar_keys_of

FILES_MAX = 100
FILE_MAX_BYTES = 64 * 1024 * 1024
DRAFT_MAX_BYTES = 256 * 1024 * 1024
_DRAFTS_MAX = 8  # pages that are left open leave drafts behind: the oldest goes


class TooLargeError(UsageError):
    """More than is taken; the message says how much that is."""


class ChangedMindError(CliError):
    """What was shown is not what would be dropped any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the files come to. `digest` names exactly this: no other price is paid than the one that was shown."""

    explanations: list[Explanation]
    total: Decimal
    obstacles: list[str]
    digest: str

    @property
    def sent(self) -> int:
        return len(good_of(self.explanations))


@dataclass(frozen=True, slots=True)
class Dropped:
    uploaded: list[str]
    pictures: list[str]


@dataclass(slots=True)
class Draft:
    folder: Path
    prompt: str = ""
    below: str = ""
    names: set[str] = field(default_factory=set)
    size: int = 0
    dropped: Dropped | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def paths(self) -> list[Path]:
        return [self.folder / name for name in sorted(self.names)]


class Drafts:
    """Kept in a folder that goes with the server."""

    def __init__(self, stack: OperatorStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._drafts: dict[str, Draft] = {}
        self._lock = threading.Lock()

    def new(self) -> str:
        name = secrets.token_urlsafe(16)
        with self._lock:
            while len(self._drafts) >= _DRAFTS_MAX:
                oldest = next(iter(self._drafts))
                shutil.rmtree(self._drafts.pop(oldest).folder, ignore_errors=True)
            self._drafts[name] = Draft(Path(tempfile.mkdtemp(prefix="draft-", dir=self._folder)))
        return name

    async def add(self, draft_name: str, raw_name: str, promised: int | None, body: AsyncIterator[bytes]) -> str:
        """One file as it comes; what is too large is left where it is too large. The name that it has now."""
        draft, name = self._draft(draft_name), name_of(raw_name)
        if name in draft.names:
            raise UsageError(f"There are two files named {name}; rename one, or drop them one after the other.")
        if len(draft.names) >= FILES_MAX:
            raise TooLargeError(f"At most {FILES_MAX} files are taken at once.")
        room = min(FILE_MAX_BYTES, DRAFT_MAX_BYTES - draft.size)
        if promised is not None and promised > room:
            raise _too_large(name, room)
        draft.names.add(name)  # before anything is awaited: the same name may come twice at once
        try:
            draft.size += await _written(draft.folder / name, name, room, body)
        except BaseException:
            draft.names.discard(name)
            (draft.folder / name).unlink(missing_ok=True)
            raise
        return name

    def look(self, draft_name: str, prompt: str, folder: str) -> Plan:
        """What it would cost and what would be refused. Spends and uploads nothing."""
        draft = self._draft(draft_name)
        with draft.lock:
            self._not_dropped(draft)
            draft.prompt, draft.below = prompt, f"{self._stack.environment.inbox_prefix}{folder_from(folder)}"
            return self._plan(draft)[1]

    def drop(self, draft_name: str, digest: str) -> Dropped:
        """Upload what was shown, once: a second press gets the first one's answer.

        Raises ChangedMindError when it would come to something else by now. What fails midway may be pressed again:
        an edit is known by its content, so what is up already is not paid for twice.
        """
        draft = self._draft(draft_name)
        with draft.lock:
            if draft.dropped is None:
                offers, plan = self._plan(draft)
                if not secrets.compare_digest(plan.digest, digest):
                    raise ChangedMindError("What it comes to has changed since it was shown; look once more.")
                if not plan.sent:
                    raise UsageError("There is nothing among these that can be edited.")
                uploaded = upload(self._stack, offers, plan.explanations, lambda _: None)
                draft.dropped = Dropped(uploaded, [one.key for one in good_of(plan.explanations)])
                shutil.rmtree(draft.folder, ignore_errors=True)
            return draft.dropped

    def _plan(self, draft: Draft) -> tuple[dict[str, Offer], Plan]:
        offers = _gathered(draft)
        explanations = plan_of(self._stack, offers)
        blocks = obstacles(self._stack)
        shown = json.dumps([one.as_data() for one in explanations], default=str, sort_keys=True)
        files = "".join(f"{key} {offer.version.etag}\n" for key, offer in sorted(offers.items()))
        digest = hashlib.sha256(f"{files}{shown}".encode()).hexdigest()
        return offers, Plan(explanations, total_of(explanations), blocks, digest)

    def _draft(self, name: str) -> Draft:
        try:
            return self._drafts[name]
        except KeyError:
            raise NotFoundError("These files are not here any more; choose them once more.") from None

    def _not_dropped(self, draft: Draft) -> None:
        if draft.dropped is not None:
            raise UsageError("These were dropped already.")


def _gathered(draft: Draft) -> dict[str, Offer]:
    """A prompt is for all pictures, and so is one sidecar that has the name of none."""
    names = sorted(draft.names)
    sidecars = [name for name in names if kind_of(name) is Kind.SIDECAR]
    pictures = [name for name in names if kind_of(name) in {Kind.IMAGE, Kind.FOREIGN}]
    if draft.prompt.strip():
        if sidecars:
            raise UsageError("Give a prompt or sidecars, not both.")
        return gather(draft.paths(), draft.below, draft.prompt, None)
    if len(sidecars) == 1 and not any(sidecar_keys_of(name, sidecars) for name in pictures):
        kept = [path for path in draft.paths() if path.name != sidecars[0]]
        return gather(kept, draft.below, None, draft.folder / sidecars[0])
    if not pictures and not any(is_preset(name) for name in names):
        raise UsageError(f"There is no picture among these. Sidecars end in {', '.join(sorted(SIDECAR_SUFFIXES))}.")
    return gather([draft.folder], draft.below, None, None)


async def _written(path: Path, name: str, room: int, body: AsyncIterator[bytes]) -> int:
    size = 0
    with path.open("xb") as file:
        async for chunk in body:
            size += len(chunk)
            if size > room:
                raise _too_large(name, room)
            file.write(chunk)
    return size


def _too_large(name: str, room: int) -> TooLargeError:
    most = "for a picture" if room == FILE_MAX_BYTES else "together"
    bound = FILE_MAX_BYTES if room == FILE_MAX_BYTES else DRAFT_MAX_BYTES
    return TooLargeError(f"{name} is too large: at most {bound // 1024 // 1024} MB are taken {most}.")
