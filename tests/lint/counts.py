"""How much a reader of the package must hold in mind: `make lint` counts it and says what has grown too large.

    python -m tests.lint.counts

`.importlinter` says which way imports may go; this counts them, types included.
"""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "layers/depthdrop/depthdrop"
BOXES_MAX = 14  # modules and folders that the listing shows
ARROWS_MAX = 35  # imports between them, each counted once
LINES_MAX = 300  # of a file
_VERSION = "__version__"

Graph = dict[str, set[str]]


def main() -> int:
    imports = graph(PACKAGE)
    boxes, arrows = tops(imports), arrows_of(imports)
    sys.stdout.write(f"{len(boxes)} modules and folders, {len(arrows)} imports between them\n")
    found = [*complaints(imports), *in_files(PACKAGE)]
    sys.stdout.write("".join(f"{one}\n" for one in found))
    return 1 if found else 0


def graph(package: Path) -> Graph:
    """What each module of the package imports of it, as dotted names below the package."""
    modules = {_dotted(path, package) for path in package.rglob("*.py")} - {""}
    return {
        _dotted(path, package): set(_imported(ast.parse(path.read_text()), package.name, modules))
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }


def tops(imports: Graph) -> set[str]:
    return {name.partition(".")[0] for name in imports}


def arrows_of(imports: Graph) -> set[tuple[str, str]]:
    pairs = (
        (name.partition(".")[0], other.partition(".")[0]) for name, others in imports.items() for other in others
    )
    return {(start, end) for start, end in pairs if start != end}


def complaints(imports: Graph) -> Iterator[str]:
    boxes, arrows = tops(imports), arrows_of(imports)
    if len(boxes) > BOXES_MAX:
        yield f"The package has {len(boxes)} modules and folders; at most {BOXES_MAX} can be held in mind."
    if len(arrows) > ARROWS_MAX:
        yield f"Between its modules and folders there are {len(arrows)} imports; at most {ARROWS_MAX} are allowed."
    between = {box: {end for start, end in arrows if start == box} for box in boxes}
    for what, one in (("folders", between), ("modules", imports)):
        try:
            TopologicalSorter(one).prepare()
        except CycleError as error:
            yield f"These {what} import each other in a circle: {' → '.join(error.args[1])}."


def in_files(package: Path) -> Iterator[str]:
    for path in sorted(package.rglob("*.py")):
        name, text = path.relative_to(package.parent), path.read_text()
        if (lines := text.count("\n")) > LINES_MAX:
            yield f"{name} has {lines} lines; at most {LINES_MAX} are allowed. It probably holds two ideas."
        if path.name == "__init__.py" and not _is_empty(ast.parse(text)):
            yield f"{name} holds more than a docstring: whatever it imports, each cold start would load."


def _dotted(path: Path, package: Path) -> str:
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _imported(tree: ast.Module, package: str, modules: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [str(node.module)]
        else:
            continue
        for name in names:
            if name.partition(".")[0] == package and (found := name.partition(".")[2]) in modules:
                yield found


def _is_empty(tree: ast.Module) -> bool:
    """But for a docstring, and for the version, which the package itself says."""
    rest = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    return all(isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == _VERSION for one in rest)


if __name__ == "__main__":
    sys.exit(main())
