"""Every program writes to the terminal through one module, which prints text as text."""

from pathlib import Path

import pytest

from tests.hostile.terminal.doors import writes

ROOT = Path(__file__).parents[3]
DOOR = "depthdrop_cli/terminal/output.py"
ALLOWED = {
    # fixed texts: a key is typed without an echo
    "depthdrop_cli/commands/secret.py": {"getpass.getpass"},
    # a logger of what is critical, which nothing is
    "depthdrop_cli/stack/stacks.py": {"sys.stderr"},
    # spells out what the streams' encodings lack
    "depthdrop_cli/terminal/unexpected.py": {"sys.stdout", "sys.stderr"},
    # its formatter prints one line of text
    "local/fake_upstream/__main__.py": {"logging.StreamHandler", "logging.basicConfig"},
    # the output of children, which is the functions' log
    "local/stack/processes.py": {"sys.stderr"},
    # the receiver is a program of its own, with its own `one_line`
    "webhook/receiver/lines.py": {"logging.StreamHandler", "logging.basicConfig"},
    "webhook/receiver/__main__.py": {
        "sys.exit(one_line(str(error)))",
        "sys.exit(f'WEBHOOK_DATABASE cannot be used: {one_line(str(error))}.')",
    },
}


def _found(folder: str) -> dict[str, set[str]]:
    found = {
        str(path.relative_to(ROOT)): {code for _, code in writes(path.read_text(encoding="utf-8"))}
        for path in sorted((ROOT / folder).rglob("*.py"))
    }
    return {path: codes for path, codes in found.items() if codes and path != DOOR}


@pytest.mark.parametrize("folder", ["depthdrop_cli", "local", "webhook"])
def test_only_one_module_writes_to_the_terminal(folder: str) -> None:
    for path, codes in _found(folder).items():
        # `console` is a PlainConsole where it is made, and only the one module makes another
        of_consoles = {code for code in codes if ".print(" in code} if folder == "local" else set()
        assert codes - of_consoles - ALLOWED.get(path, set()) == set(), path


@pytest.mark.parametrize(
    "line",
    [
        "print(key)",
        "print(key, file=sys.stderr)",
        "input(key)",
        "typer.echo(key)",
        "typer.secho(key)",
        "typer.confirm(key)",
        "typer.prompt(key)",
        "typer.run(main)",
        "from typer import secho as say",
        "from click import echo",
        "from rich import print as show",
        "rich.print(key)",
        "Console().print(key)",
        "console = Console()",
        "rich.console.Console(stderr=True)",
        "out.console.print(key)",
        "out.console.file.write(key)",
        "sys.stdout.write(key)",
        "sys.stderr.buffer.write(key)",
        "stream = sys.stdout",
        "from sys import stdout",
        "traceback.print_exc()",
        "from traceback import print_exception",
        "pprint.pprint(key)",
        "os.write(1, key)",
        "sys.exit(f'no {key}')",
        "sys.exit(str(error))",
        "raise SystemExit(f'no {key}')",
        "logging.basicConfig()",
        "open('/dev/tty', 'w')",
        "from sys import *",
    ],
)
def test_each_way_past_the_one_module_is_found(line: str) -> None:
    assert list(writes(line))


@pytest.mark.parametrize(
    "line",
    [
        "out.say(key)",
        "def show(console: Console) -> None: ...",
        "sys.stdout.isatty()",
        "sys.exit(main())",
        "sys.exit(1)",
        "from rich.console import Console",
        "verifier.confirm(message)",
        "drop.prompt",
        "file.write(chunk)",
    ],
)
def test_what_writes_nothing_is_not_found(line: str) -> None:
    assert not list(writes(line))
