"""Finds code that writes to the terminal past `depthdrop_cli.terminal.output`."""

import ast
from collections.abc import Iterator

_BUILT_IN = frozenset({"print", "input", "breakpoint", "pprint"})
_WRITERS = {
    "typer": {"echo", "secho", "echo_via_pager", "confirm", "prompt", "progressbar", "run"},
    "click": {"echo", "secho", "echo_via_pager", "confirm", "prompt", "progressbar"},
    "rich": {"print", "print_json", "inspect", "get_console"},
    "rich.console": {"Console"},
    "traceback": {"print_exc", "print_exception", "print_stack", "print_tb", "print_last"},
    "pprint": {"pprint", "pp", "PrettyPrinter"},
    "getpass": {"getpass"},
    "logging": {"basicConfig", "StreamHandler"},
    "os": {"write", "system", "popen"},
    "sys": {"stdout", "stderr", "__stdout__", "__stderr__", "displayhook"},
}


def writes(source: str) -> Iterator[tuple[int, str]]:
    """Line and code of each place that may write to a terminal. A name used only as an annotation is none."""
    tree = ast.parse(source)
    harmless = {id(found) for node in ast.walk(tree) for found in _harmless(node)}
    for node in ast.walk(tree):
        if id(node) not in harmless and _may_write(node):
            yield getattr(node, "lineno", 0), ast.unparse(node)


def _may_write(node: ast.AST) -> bool:
    match node:
        case ast.Call():
            return _call_may_write(node)
        case ast.Attribute(value=value, attr=attr):
            return attr in _WRITERS.get(ast.unparse(value), ())
        case ast.ImportFrom(module=str(module)) if module in _WRITERS:
            names = {alias.name for alias in node.names} - {"Console"}  # for annotations; a call is found
            return bool(names & {*_WRITERS[module], "*"})
        case ast.Constant(value="/dev/tty" | "/dev/stdout" | "/dev/stderr"):
            return True
    return False


def _call_may_write(call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id="Console"):
            return True
        case ast.Name(id=name) if name in _BUILT_IN:
            return True
        case ast.Attribute(attr="print" | "print_json" | "input"):
            return True
        case ast.Attribute(value=ast.Attribute(attr="file"), attr="write" | "writelines"):
            return True
        case ast.Attribute(value=ast.Name(id="sys"), attr="exit") | ast.Name(id="SystemExit"):
            return any(isinstance(given, ast.JoinedStr) or _is_text(given) for given in call.args)
    return False


def _is_text(given: ast.expr) -> bool:
    match given:
        case ast.Constant(value=value):
            return isinstance(value, str)
        case ast.Call(func=ast.Name(id="str" | "one_line")):
            return True
    return False


def _harmless(node: ast.AST) -> Iterator[ast.AST]:
    """`sys.stdout` in `sys.stdout.isatty()`."""
    match node:
        case ast.Attribute(value=ast.Attribute() as stream, attr="isatty"):
            yield stream
