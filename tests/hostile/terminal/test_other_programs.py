"""The programs beside the command print text too: local stack, fake upstream, signer and receiver."""

import runpy
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from watchfiles import Change

from depthdrop_cli.terminal.output import PlainConsole
from local.runs import show
from local.runs.journal import Entry
from local.runs.up import _Mirror
from tests.hostile.terminal.terminal_texts import HOSTILE, NOT_UTF8, SURROGATES

CALLS = {
    "local": [
        ["@"],
        ["run", "--image", "@.jpg", "--prompt", "@"],
        ["run", "--@"],
        ["run", "@"],
        ["run", "--speed", "@"],
        ["up", "--port", "@"],
    ],
    "local.fake_upstream": [["@"], ["serve", "--port", "@"], ["serve", "--ledger", "/proc/@/x"], ["faults", "@"]],
    "local.one_function.invoke": [["@"], ["Submit", "--@"], ["Submit", "x", "@"], ["Submit", "--debug-port", "@"]],
    "signer": [["@"], ["--@"], ["--receiver", "http://[@"], ["--receiver", "http://a:@/"]],
    "receiver": [["@"], ["--@"]],
}


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("program", CALLS)
def test_an_argument_is_quoted_as_text(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for text in (*HOSTILE, *SURROGATES):
        for call in CALLS[program]:
            monkeypatch.setattr(sys, "argv", [program, *(part.replace("@", text) for part in call)])
            with pytest.raises(SystemExit) as ended:
                runpy.run_module(program, run_name="__main__")
            said = capsys.readouterr()
            assert ended.value.code in (1, 2), (call, text)
            assert said.err, (call, text)
            assert "Traceback" not in said.err, (call, text)
            assert all(char.isprintable() or char == "\n" for char in said.out + said.err), (call, text, said)


@pytest.mark.parametrize("name", ["WEBHOOK_TOPIC_ARN", "WEBHOOK_PORT", "WEBHOOK_@"])
def test_the_receiver_quotes_its_settings_as_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["receiver"])
    for text in (text for text in HOSTILE if not set(text) & {"\0", "="}):  # no variable can have one
        with monkeypatch.context() as patch:
            patch.setenv("WEBHOOK_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:name")
            patch.setenv(name.replace("@", text), text)
            with pytest.raises(SystemExit) as ended:
                runpy.run_module("receiver", run_name="__main__")
        assert str(ended.value.code).isprintable(), text


def test_a_run_shows_keys_statuses_and_messages_as_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for is_terminal in (False, True):
        if is_terminal:
            monkeypatch.setenv("FORCE_COLOR", "1")
        for text in (*HOSTILE, *SURROGATES):
            entry = Entry(f"a{text}b", 0.0, status=text, detail=f"no: {text}", seconds=1.0, output=text)
            console = PlainConsole()
            console.print(show.progress_table([entry], 1.0))
            console.print(show.final_table([entry]))
            show.line(console, entry)
            show.explain(console, [entry])
            said = capsys.readouterr().out
            own = {"\x1b[1m", "\x1b[0m", "\x1b[1;35m"} if is_terminal else set()  # heads of columns
            for code in own:
                said = said.replace(code, "")
            assert all(char.isprintable() or char == "\n" for char in said), (text, said)


class _Stack:
    """The real one encodes a key for its URL."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def put(self, key: str, _content: bytes) -> None:
        key.encode()
        self.keys.add(key)

    def remove(self, key: str) -> None:
        key.encode()
        self.keys.remove(key)


def test_a_file_in_the_watched_inbox_is_named_as_text_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack: Any = _Stack()
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    mirror = _Mirror(PlainConsole(), stack, inbox, tmp_path / "outbox")
    names = [f"a{text.replace('/', '-')}b.jpg" for text in (*HOSTILE, NOT_UTF8) if "\0" not in text]
    for name in names:
        (inbox / name).write_bytes(b"some")
    for key in sorted(names):
        mirror.upload(key)
    uploaded = capsys.readouterr().out
    for name in names:
        (inbox / name).unlink()
    mirror.apply({(Change.deleted, str(inbox / name)) for name in names})

    assert uploaded.count(": uploaded\n") == len(set(names)) - 1
    assert "a\\udcffb.jpg is not UTF-8 and cannot be a key; it was not uploaded." in uploaded
    assert all(char.isprintable() or char == "\n" for char in uploaded)
    assert not stack.keys
