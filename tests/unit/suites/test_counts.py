"""What `make lint` says of a package that a reader could not hold in mind any more."""

from pathlib import Path

import pytest

from tests.lint.counts import ARROWS_MAX, BOXES_MAX, LINES_MAX, arrows_of, complaints, graph, in_files, tops


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Two folders and a module; one imports down, also for types and late."""
    files = {
        "__init__.py": '"""What it is."""\n\n__version__ = "1"\n',
        "clock.py": "import time\n",
        "high/__init__.py": '"""High."""\n',
        "high/one.py": "from ours import clock\n\n\ndef late() -> None:\n    from ours.low import two\n",
        "low/__init__.py": "",
        "low/two.py": "two = 2\n",
    }
    for name, text in files.items():
        path = tmp_path / "ours" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "ours"


def said_of(package: Path) -> list[str]:
    return [*complaints(graph(package)), *in_files(package)]


def test_folders_and_modules_are_counted_and_each_import_between_them_once(package: Path) -> None:
    (package / "high" / "three.py").write_text("import ours.low.two\n")
    imports = graph(package)

    assert tops(imports) == {"clock", "high", "low"}
    assert arrows_of(imports) == {("high", "clock"), ("high", "low")}
    assert said_of(package) == []


def test_a_circle_is_named_between_folders_and_between_modules(package: Path) -> None:
    (package / "low" / "back.py").write_text("from ours.high import one\n")
    (package / "low" / "two.py").write_text("from ours.low.three import x\n")
    (package / "low" / "three.py").write_text("from ours.low.two import x\n")

    between, within = said_of(package)

    assert between.startswith("These folders import each other in a circle: ")
    assert {"low.two", "low.three"} <= set(within.removesuffix(".").replace(" → ", " ").split())


def test_too_many_folders_imports_and_lines_are_refused_and_so_is_a_folder_that_exports(package: Path) -> None:
    names = [f"part{number}" for number in range(BOXES_MAX)]
    for number, name in enumerate(names):
        (package / f"{name}.py").write_text("".join(f"from ours import {other}\n" for other in names[:number]))
    (package / "low" / "two.py").write_text("two = 2\n" * (LINES_MAX + 1))
    (package / "high" / "__init__.py").write_text("from ours.high.one import late\n")

    said = said_of(package)

    assert [one.partition(";")[0] for one in said] == [
        f"The package has {BOXES_MAX + 3} modules and folders",
        f"Between its modules and folders there are {2 + sum(range(BOXES_MAX))} imports",
        "ours/high/__init__.py holds more than a docstring: whatever it imports, each cold start would load.",
        f"ours/low/two.py has {LINES_MAX + 1} lines",
    ]
    assert sum(range(BOXES_MAX)) > ARROWS_MAX
