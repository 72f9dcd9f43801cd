"""Drafts: files that the page is about to drop, each draft in its own folder, priced and dropped once."""

import secrets
import shutil
import tempfile
import threading
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from depthdrop.drop.inbox_keys import PICTURES, SIDECAR_SUFFIXES, Kind, is_preset, kind_of
from depthdrop.drop.pairing import sidecar_keys_of
from depthdrop_cli.commands.drop import Plan, plan_of, upload
from depthdrop_cli.commands.offers import Offer, gather
from depthdrop_cli.page.errors import PlanChangedError, TooLargeError
from depthdrop_cli.stack.stacks import OperatorStack
from depthdrop_cli.terminal.errors import NotFoundError, UsageError

FILES_MAX = 100
FILE_MAX_BYTES = 64 * 1024 * 1024
DRAFT_MAX_BYTES = 256 * 1024 * 1024
_DRAFTS_MAX = 8  # abandoned pages leave drafts behind: the oldest is deleted
_NAME_MAX_BYTES = 200  # with its folder far below S3's limit of 1,024, and valid on any file system
_FOLDER_MAX_BYTES = 500
_DROPPED = "These files were dropped already."


@dataclass(slots=True)
class Draft:
    """`sizes` are the bytes received of each file. A draft with `uploads` or `readers` is in use and kept."""

    folder: Path
    prompt: str = ""
    below: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    uploads: int = 0
    readers: int = 0
    dropped: list[str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)  # held by the one active reader

    def check(self, name: str, coming: int) -> None:
        """Raises TooLargeError if `coming` more bytes of this file exceed a limit."""
        for size, most, scope in (
            (self.sizes[name], FILE_MAX_BYTES, "for a picture"),
            (sum(self.sizes.values()), DRAFT_MAX_BYTES, "together"),
        ):
            if size + coming > most:
                raise TooLargeError(f"{name} is too large: at most {most // 1024 // 1024} MB are accepted {scope}.")


class Drafts:
    """Drafts in a folder that is deleted with the server.

    A draft receives files or is read, never both, and is not deleted for a new one while in use. `_lock` is held
    briefly only, since uploads take it in the server's event loop.
    """

    def __init__(self, stack: OperatorStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._drafts: dict[str, Draft] = {}
        self._lock = threading.Lock()

    def new(self) -> str:
        name = secrets.token_urlsafe(16)
        with self._lock:
            idle = [key for key, draft in self._drafts.items() if not draft.uploads + draft.readers]
            surplus = len(self._drafts) - _DRAFTS_MAX + 1
            if surplus > len(idle):
                raise TooLargeError(f"{_DRAFTS_MAX} drops are being prepared; try again later.")
            abandoned = [self._drafts.pop(key) for key in idle[: max(surplus, 0)]]
            self._drafts[name] = Draft(Path(tempfile.mkdtemp(prefix="draft-", dir=self._folder)))
        for draft in abandoned:
            shutil.rmtree(draft.folder, ignore_errors=True)
        return name

    async def add(self, draft_name: str, raw_name: str, declared: int | None, body: AsyncIterator[bytes]) -> str:
        """Receive one file, until it exceeds a limit. Returns the name that it was stored under."""
        name = name_of(raw_name)
        with self._upload(draft_name, name) as (draft, file):
            draft.check(name, declared or 0)
            async for chunk in body:
                # Counted before any await: other files of this draft arrive at the same time.
                draft.check(name, len(chunk))
                draft.sizes[name] += len(chunk)
                file.write(chunk)
        return name

    def look(self, draft_name: str, prompt: str, folder: str) -> Plan:
        """The plan with price and refusals. Spends and uploads nothing."""
        with self._reading(draft_name) as draft:
            if draft.dropped is not None:
                raise UsageError(_DROPPED)
            draft.prompt, draft.below = prompt, f"{self._stack.environment.inbox_prefix}{folder_from(folder)}"
            return plan_of(self._stack, _gathered(draft))

    def drop(self, draft_name: str, digest: str) -> list[str]:
        """Upload the plan that was shown, once, and return the pictures' keys; a second call returns them again.

        Raises PlanChangedError if the plan would now differ. After a failure it may be called again: an edit is
        identified by its content, so nothing is paid for twice.
        """
        with self._reading(draft_name) as draft:
            if draft.dropped is None:
                plan = plan_of(self._stack, _gathered(draft))
                if plan.digest != digest:
                    raise PlanChangedError("The plan has changed since it was shown; ask for the price again.")
                if not plan.good:
                    raise UsageError("None of these files can be edited.")
                upload(self._stack, plan, lambda _: None)
                draft.dropped = [item.key for item in plan.good]
                shutil.rmtree(draft.folder, ignore_errors=True)
            return draft.dropped

    def _draft(self, name: str) -> Draft:
        try:
            return self._drafts[name]
        except KeyError:
            raise NotFoundError("These files are no longer here; choose them again.") from None

    @contextmanager
    def _upload(self, draft_name: str, name: str) -> Iterator[tuple[Draft, BinaryIO]]:
        """Reserve the name for this upload; if it fails, name and space are released.

        Raises UsageError if the draft, or a file system that ignores case, already has this name.
        """
        with self._lock:
            draft = self._draft(draft_name)
            if draft.dropped is not None:
                raise UsageError(_DROPPED)
            if draft.readers:
                raise UsageError("These files are being read; add more when that has ended.")
            if name in draft.sizes:
                raise _twice(name)
            if len(draft.sizes) >= FILES_MAX:
                raise TooLargeError(f"At most {FILES_MAX} files are accepted at once.")
            draft.sizes[name] = 0
            draft.uploads += 1
        path = draft.folder / name
        try:
            with ExitStack() as on_failure:
                on_failure.callback(draft.sizes.pop, name)
                try:
                    file = path.open("xb")
                except FileExistsError:
                    raise _twice(name) from None
                on_failure.callback(path.unlink, missing_ok=True)
                with file:
                    yield draft, file
                on_failure.pop_all()
        finally:
            with self._lock:
                draft.uploads -= 1

    @contextmanager
    def _reading(self, draft_name: str) -> Iterator[Draft]:
        """Read a draft: one reader at a time, and no uploads meanwhile."""
        with self._lock:
            draft = self._draft(draft_name)
            if draft.uploads:
                raise UsageError("Some of these files are still being uploaded; try again when that has ended.")
            draft.readers += 1
        try:
            with draft.lock:
                yield draft
        finally:
            with self._lock:
                draft.readers -= 1


def _gathered(draft: Draft) -> dict[str, Offer]:
    """A prompt is for all pictures, and so is a single sidecar that no picture's name matches."""
    names = sorted(draft.sizes)
    paths = [draft.folder / name for name in names]
    sidecars = [name for name in names if kind_of(name) is Kind.SIDECAR]
    pictures = [name for name in names if kind_of(name) in PICTURES]
    if draft.prompt.strip():
        if sidecars:
            raise UsageError("Give a prompt or sidecars, not both.")
        return gather(paths, draft.below, draft.prompt, None)
    if len(sidecars) == 1 and not any(sidecar_keys_of(name, sidecars) for name in pictures):
        kept = [path for path in paths if path.name != sidecars[0]]
        return gather(kept, draft.below, None, draft.folder / sidecars[0])
    if not pictures and not any(is_preset(name) for name in names):
        raise UsageError(
            f"There is no picture among these. Names of sidecars end in {', '.join(sorted(SIDECAR_SUFFIXES))}."
        )
    return gather([draft.folder], draft.below, None, None)


def _twice(name: str) -> UsageError:
    return UsageError(f"There are two files named {name}; rename one, or drop them one after the other.")


def name_of(raw: str) -> str:
    """The file's name without its path. Raises UsageError if none is left."""
    name = _printable(raw.replace("\\", "/").rpartition("/")[2]).strip().lstrip(".").strip()
    if not name:
        raise UsageError("A file without a name cannot be dropped.")
    return _shortened(name)


def folder_from(raw: str) -> str:
    """`a/b/` for `/a//b`; empty for the root. Raises UsageError for `..`, hidden or too long folders."""
    parts = [part for part in (_printable(name).strip() for name in raw.split("/")) if part]
    if any(part.startswith(".") or "\\" in part for part in parts):
        raise UsageError("A folder's name has no backslash and does not begin with a dot.")
    folder = "".join(f"{part}/" for part in parts)
    if len(folder.encode()) > _FOLDER_MAX_BYTES:
        raise UsageError(f"The folder's name is longer than {_FOLDER_MAX_BYTES} bytes.")
    return folder


def _printable(text: str) -> str:
    """Without invisible characters: line breaks, direction marks, unpaired surrogates."""
    return "".join(character for character in unicodedata.normalize("NFC", text) if character.isprintable())


def _shortened(name: str) -> str:
    if len(name.encode()) <= _NAME_MAX_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    ending = f"{dot}{suffix}".encode()
    if not stem or len(ending) > _NAME_MAX_BYTES // 2:
        raise UsageError(f"A file's name may have at most {_NAME_MAX_BYTES} bytes.")
    return stem.encode()[: _NAME_MAX_BYTES - len(ending)].decode("utf-8", "ignore") + ending.decode()
