"""Keys, prompts, upstream messages and arguments reach the terminal as text, in every command and with --json."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from depthdrop_cli.app import main
from depthdrop_cli.terminal.output import PlainConsole
from tests.hostile.terminal.terminal_texts import HOSTILE, NOT_UTF8, SURROGATES
from tests.support.acts import finish
from tests.support.operator_cloud import NAME, Cloud
from tests.support.scripted import PICTURE, picture, refused

Ran = Callable[..., tuple[int, str, str]]


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Runs the command; its exit code, and what reached the two streams."""

    def run(
        *arguments: str, typed: bytes = b"n\n", stdin: type[io.TextIOWrapper] = io.TextIOWrapper
    ) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["depthdrop", *arguments])
        monkeypatch.setattr(sys, "stdin", stdin(io.BytesIO(typed)))
        capsys.readouterr()  # what functions logged before
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def _calls(key: str, text: str, edit_id: str, local: Path) -> Iterator[tuple[str, ...]]:
    """Every command, with this text wherever one can be."""
    yield from (("status", key), ("status", edit_id), ("status",), ("status", text), ("status", "x", text))
    yield from (("list",), ("list", "--folder", text), ("list", "--state", text), ("list", "--size", text))
    yield from (("explain", key), ("explain", text), ("cancel", key), ("cancel", text))
    yield from (("replay", edit_id), ("replay", text), ("ledger",), ("ledger", text), ("doctor",), ("doctor", text))
    yield from (("secret",), ("destroy",), ("smoke", text), ("gallery", "--port", text), (f"--{text}",), (text,))
    yield from (("drop", str(local), "--dry-run"), ("drop", str(local), "--yes", "--wait", "--timeout", "0"))
    yield from (
        ("drop", str(local), "--dry-run", "--prompt", text),
        ("drop", text),
        ("drop", str(local), "--to", text),
    )


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(text) for text in HOSTILE])
def test_no_character_that_does_not_show_reaches_a_stream(
    cloud: Cloud, ran: Ran, tmp_path: Path, text: str, record_property: Callable[[str, object], None]
) -> None:
    stack = cloud.stack
    key = stack.drop(f"a{text}b", prompt=f"a watercolour {text}")
    stack.deliver(key)
    if stack.records("edit"):  # a prompt with a NUL is refused before there is one
        finish(stack)
    stack.upstream.post_answers += [refused(400, f"no: {text}"), refused(429, f"busy: {text}")]
    stack.deliver(stack.drop("refused", prompt=f"one {text}"))
    stack.deliver(stack.drop("parked", prompt=f"two {text}"))
    local = tmp_path / f"c{text.replace('/', '-').replace(chr(0), '')}d"
    local.mkdir()
    (local / "new.jpg").write_bytes(picture(shade=77))
    (local / "bad.jpg").write_bytes(PICTURE[:60])
    (local / "new.txt").write_text(f"a watercolour {text}")
    cloud.status = f"UPDATE{text}"
    edit_id = next((edit["edit_id"] for edit in stack.records("edit") if edit["image_key"] == key), "0" * 64)

    shown = 0
    for call in _calls(key, text, edit_id, local):
        for more in ((), ("--json",)):
            code, out, errors = ran(*call, "--stack", NAME, *more)
            assert 0 <= code <= 5, (call, errors)
            assert "Traceback" not in errors, (call, errors)
            raw = {char for char in out + errors if not char.isprintable()} - {"\n"}
            assert not raw, (call, raw)
            assert not (more and out) or json.loads(out) is not None
            shown += 1

    _, out, _ = ran("status", key, "--stack", NAME, "--json")
    assert json.loads(out)["edits"][0]["image"] == key  # it reads back as it was
    _, out, _ = ran("status", key, "--stack", NAME)
    assert not text.isprintable() or f"a{text}b.jpg" in out  # no markup, and no code of an emoji
    record_property("hostile_strings", 1)
    record_property("outputs", shown)


@pytest.mark.parametrize("text", SURROGATES, ids=ascii)
def test_an_unpaired_surrogate_is_shown_as_its_code(cloud: Cloud, ran: Ran, tmp_path: Path, text: str) -> None:
    stack = cloud.stack
    escaped = json.dumps({"error": {"message": f"no: {text}"}})  # all ASCII
    stack.upstream.post_answers += [httpx.Response(code, content=escaped) for code in (400, 429)]
    for name in ("refused", "parked"):
        stack.deliver(stack.drop(name, prompt=f"a picture that is {name}"))
    local = tmp_path / f"c{text if text == NOT_UTF8 else ''}d"  # the only one that a file's name can have
    local.mkdir()
    (local / "new.jpg").write_bytes(picture(shade=77))
    for call in (("status", "refused.jpg"), ("status", "parked.jpg"), *_calls("refused.jpg", text, text, local)):
        for more in ((), ("--json",)):
            _reads_as_text(ran, *call, *more)


@pytest.mark.parametrize("call", ["status", "list", "doctor", "secret", "ledger", "destroy", "smoke", "gallery"])
def test_what_aws_answers_is_shown_as_text(cloud: Cloud, ran: Ran, call: str) -> None:
    for text in (*HOSTILE, *SURROGATES):
        cloud.outputs = {"Version": text, "SetKeyCommand": text}
        cloud.odd = {"SubmitFunction": {"MODEL": text}}
        for denied in ({}, {"DescribeStacks": text}, {"ListStackResources": text}):
            if call == "gallery" and not denied:
                continue  # it would serve until Ctrl-C
            cloud.refused = denied
            for more in ((), ("--json",)):
                _reads_as_text(ran, call, *more)


def test_what_is_typed_is_shown_as_text(cloud: Cloud, ran: Ran) -> None:
    assert cloud.stack
    for text in HOSTILE:
        errors = _reads_as_text(ran, "destroy", typed=f"{text}\n".encode(), stdin=_Terminal)
        assert "Nothing was deleted." in errors


def _reads_as_text(ran: Ran, *call: str, **given: Any) -> str:
    """Run the command; what reached standard error."""
    code, out, errors = ran(*call, "--stack", NAME, **given)
    assert 0 <= code <= 5, (call, errors)
    assert "Traceback" not in errors, (call, errors)
    assert all(char.isprintable() or char == "\n" for char in out + errors), (call, out, errors)
    assert "--json" not in call or not out or json.loads(out) is not None
    return errors


def test_a_console_prints_two_pieces_of_markup_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    PlainConsole().print("[/red][red", "[/]", ":smile:")

    assert capsys.readouterr().out == "[/red][red [/] :smile:\n"
