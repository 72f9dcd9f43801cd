"""What Python and libraries print by themselves is text too: tracebacks, warnings, logs, odd encodings."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import typer

from depthdrop_cli.terminal.output import Output, PlainConsole, run_app, typed
from depthdrop_cli.terminal.unexpected import PlainFormatter, python_shows_text
from receiver.lines import LineFormatter
from tests.hostile.terminal.terminal_texts import HOSTILE, SURROGATES

TEXTS = (*HOSTILE, *SURROGATES)
Said = pytest.CaptureFixture[str]


def _raw(text: str) -> set[str]:
    return {char for char in text if not char.isprintable()} - {"\n"}


def _run(work: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> int:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(lambda: work())  # noqa: PLW0108  # a function without parameters: typer makes options of them
    monkeypatch.setattr(sys, "argv", ["some"])
    with pytest.raises(SystemExit) as ended:
        run_app(app, "some")
    return int(ended.value.code or 0)


def _chained(text: str) -> None:
    try:
        int(f"x{text}")
    except ValueError as error:
        raise ValueError(text) from error


def _grouped(text: str) -> None:
    raise ExceptionGroup(text, [ValueError(text), OSError(5, text, text)])


def _with_a_note(text: str) -> None:
    error = ValueError("a")
    error.add_note(text)
    raise error


def _of_syntax(text: str) -> None:
    raise SyntaxError(text, (text, 1, 1, text))


def _answer(text: str, *, as_json: bool) -> None:
    out = Output(as_json=as_json)
    out.answer({text: text}, [text])
    out.say(text)


@pytest.mark.parametrize("fail", [_chained, _grouped, _with_a_note, _of_syntax])
def test_the_traceback_of_an_unexpected_error_shows_its_message_as_text(
    fail: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    for text in TEXTS:
        assert _run(partial(fail, text), monkeypatch) == 1
        said = capsys.readouterr()
        assert not said.out
        assert said.err.startswith(("Traceback", "  + Exception Group"))
        assert not _raw(said.err), text


def test_a_message_with_a_line_feed_forges_no_line_of_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    assert _run(lambda: _chained("a\n$0.00 charged"), monkeypatch) == 1

    assert capsys.readouterr().err.splitlines()[-1] == r"ValueError: a\n$0.00 charged"


def test_threads_warnings_and_logs_without_a_handler_print_text(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's; without one, Python's last resort prints
    monkeypatch.setattr(logging.lastResort, "level", logging.WARNING)
    before = threading.excepthook, warnings.formatwarning
    errors = PlainConsole(stderr=True)
    for text in TEXTS:
        with python_shows_text(errors.print), warnings.catch_warnings():
            warnings.simplefilter("always")
            thread = threading.Thread(target=_chained, args=(text,))
            thread.start()
            thread.join()
            sys.stderr.write(warnings.formatwarning(UserWarning(text), UserWarning, "a.py", 1))
            try:
                _chained(text)
            except ValueError:
                logging.getLogger("a.library").exception("It said %s.", text)
        said = capsys.readouterr().err
        assert said.count("ValueError: ") == 4  # two tracebacks of two errors
        assert "UserWarning: " in said
        assert "It said " in said
        assert not _raw(said), text
    assert (threading.excepthook, warnings.formatwarning) == before


@pytest.mark.parametrize("formatter", [PlainFormatter("%(message)s"), LineFormatter("%(message)s")])
def test_a_log_line_is_one_line_whatever_it_quotes(formatter: logging.Formatter) -> None:
    for text in TEXTS:
        try:
            _chained(text)
        except ValueError:
            record = logging.LogRecord("a", logging.INFO, "a.py", 1, "%s: failed", (text,), sys.exc_info())
        head, _, traceback = formatter.format(record).partition("\n")
        assert head.endswith(": failed")
        assert traceback.startswith("Traceback")
        assert not _raw(head + traceback), text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_of_few_characters_gets_the_codes_of_the_others(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in (*TEXTS, "é 漢字 🙂"):
        for as_json in (True, False):
            streams = io.BytesIO(), io.BytesIO()
            for name, stream in zip(("stdout", "stderr"), streams, strict=True):
                monkeypatch.setattr(sys, name, io.TextIOWrapper(stream, encoding=encoding))
            assert _run(partial(_answer, text, as_json=as_json), monkeypatch) == 0
            sys.stdout.flush()
            out, errors = (stream.getvalue().decode(encoding) for stream in streams)
            assert not _raw(out + errors), text
            assert not as_json or json.loads(out) == {text: text}


def test_typed_bytes_that_are_no_text_are_an_answer_that_is_not_the_one(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\x1b\n"), encoding="utf-8"))
    answers: list[str | None] = []

    assert _run(lambda: answers.append(typed("Type\x1b[31m it")), monkeypatch) == 0

    assert answers == ["\\xff\x1b"]
    assert not _raw(capsys.readouterr().err)


def test_a_path_and_an_error_are_printed_as_text(capsys: Said) -> None:
    for text in TEXTS:
        PlainConsole().print(Path(text.replace("\0", "0")), ValueError(text))
        assert not _raw(capsys.readouterr().out), text
