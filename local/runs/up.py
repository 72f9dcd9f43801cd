"""Runs the stack: uploads files from one folder to the inbox, and writes results into another."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from watchfiles import Change, watch

from depthdrop.drop.inbox_keys import Kind, kind_of
from depthdrop_cli.page.server import bound, served
from depthdrop_cli.page.server import show as show_page
from depthdrop_cli.stack.local_stack import PLACE, LocalAddress
from depthdrop_cli.stack.no_links import names_below, read_below
from depthdrop_cli.stack.stacks import find_stack
from depthdrop_cli.terminal.errors import CliError
from local.one_function.containers import files_for_sam
from local.one_function.one_function import address_of
from local.runs import files, show
from local.runs.journal import Journal
from local.runs.run import introduction, started
from local.stack.stack import LocalStack, Options

_LOOK_MILLISECONDS = 500
_MAX_FILE_BYTES = 64 * 1024 * 1024


def up(
    console: Console, inbox: Path, outbox: Path, options: Options, *, port: int = 0, browser: bool = False
) -> None:
    """Run until Ctrl-C. With the real API only files dropped from now on are uploaded: edits cost money.

    `port` is the page's; 0 for a free one. `options.containers` adds files for `sam local invoke`.
    """
    for folder in (inbox, outbox):
        files.make_folder(folder)
    console.print(introduction(options))
    with bound(port) as sock, started(console, options) as stack, contextlib.ExitStack() as cleanup:
        mirror = _Mirror(console, stack, inbox, outbox)
        if not options.is_real:
            for key in names_below(inbox):
                mirror.upload(key)
        console.print(f"Drop a picture and a sidecar into {inbox}/, for example:")
        console.print(f"  cp photo.jpg {inbox}/ && echo 'a watercolour' > {inbox}/photo.txt")
        address = address_of(stack.emulator)
        cleanup.callback(address.write(Path.cwd()).unlink, missing_ok=True)
        page = cleanup.enter_context(served(find_stack(None), sock, allow_drop=True, is_local=True))
        console.print("`.venv/bin/depthdrop status` and its other commands find this stack.")
        if options.containers:
            invocation = cleanup.enter_context(files_for_sam(address, (Path.cwd() / PLACE).parent))
            console.print(f"A function in a container, after `make build`: {invocation}")
        console.print("Other clients of AWS, with the keys of this run:")
        console.print(f"  {exports(address)}")
        console.print(f"Results appear in {outbox}/. Ctrl-C stops.")
        console.print(f"To drop, watch and compare: {page.url}")
        show_page(page.opener, is_terminal=console.is_terminal, wanted=browser)
        for changes in watch(
            inbox, rust_timeout=_LOOK_MILLISECONDS, yield_on_timeout=True, raise_interrupt=True, watch_filter=None
        ):
            mirror.apply(changes)
            for event in mirror.fetch():
                page.app.watcher.notify(event)


def exports(address: LocalAddress) -> str:
    """The shell command that makes the AWS CLI, the SAM CLI and boto3 use this stack."""
    names = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return " ".join(["export", *(f"{name}={address.variables()[name]}" for name in names)])


class _Mirror:
    """Keeps two folders on this machine the same as the two buckets."""

    def __init__(self, console: Console, stack: LocalStack, inbox: Path, outbox: Path) -> None:
        self._console = console
        self._stack = stack
        self._inbox = inbox.resolve()
        self._outbox = outbox
        self._journal = Journal(stack)
        self._fetched: dict[str, str] = {}

    def apply(self, changes: set[tuple[Change, str]]) -> None:
        for name in sorted({name for _, name in changes}):
            path = Path(name)
            key = files.key_of(self._inbox, path)
            if key is None:
                continue
            if not os.path.lexists(path):
                with contextlib.suppress(UnicodeEncodeError):  # such a file was never uploaded
                    self._stack.remove(key)
            elif path.is_symlink() or not path.is_dir():
                self.upload(key)

    def upload(self, key: str) -> None:
        """Read a file when it has stopped growing, as a copy may still be running, and upload it."""
        size = -1
        with contextlib.suppress(FileNotFoundError):
            while size != (size := (self._inbox / key).lstat().st_size):
                time.sleep(0.1)
        if size > _MAX_FILE_BYTES:
            self._say(f"{key} is too large to be a picture for an edit; it was not uploaded.")
            return
        try:
            self._stack.put(key, read_below(self._inbox, key))
        except CliError as error:
            self._say(f"{error} It was not uploaded.")
            return
        except UnicodeEncodeError:
            self._say(f"{key} is not UTF-8 and cannot be a key; it was not uploaded.")
            return
        if kind_of(key) in {Kind.IMAGE, Kind.FOREIGN}:  # for FOREIGN a refusal is published
            self._journal.dropped(key)
        self._say(f"{key}: uploaded")

    def fetch(self) -> list[dict[str, Any]]:
        """Write new objects of the outbox, remove withdrawn ones, print changes; returns the new events."""
        known = len(self._journal.notices)
        for entry in self._journal.refresh():
            show.line(self._console, entry)
            if entry.ended:
                show.explain(self._console, [entry])
        present = self._stack.outbox()
        for key in self._fetched.keys() - present.keys():
            del self._fetched[key]
            self._try("removed", files.remove, key)
        for key, etag in present.items():
            if self._fetched.get(key) != etag:
                with contextlib.suppress(LookupError):  # removed after the listing
                    content = self._stack.result(key)
                    self._fetched[key] = etag
                    self._try("written", files.write, key, content)
        return [notice["event"] for notice in self._journal.notices[known:]]

    def _try(self, outcome: str, work: Callable[..., Path], *arguments: str | bytes) -> None:
        """Print the outcome or the error once: a file that cannot be written must not stop paid edits."""
        try:
            self._say(f"{work(self._outbox, *arguments)}: {outcome}")
        except CliError as error:
            self._say(str(error))

    def _say(self, text: str) -> None:
        self._console.print(text)
