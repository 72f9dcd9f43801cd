"""A run over a small module: it fails when tests are weak, when its list is wrong and when it cannot decide."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.stack.bundle import ROOT

CODE = """
def may_pass(paid: int, price: int) -> bool:
    return paid >= price
"""
WEAK = "assert toll.may_pass(5, 3)"
GOOD = f"{WEAK}; assert toll.may_pass(3, 3); assert not toll.may_pass(2, 3)"
PLAN = """
warm_up = ["test_toll.py"]
extra_seconds = 1
[[module]]
name = "toll"
tests = ["test_toll.py"]
[[group]]
name = "toll"
target = 100
scopes = ["toll:{scope}"]
"""
EQUIVALENT = """
[[equivalent]]
where = "toll:may_pass"
was = "{was}"
becomes = "{becomes}"
reason = "{reason}"
"""


@dataclass(frozen=True)
class Run:
    """What one run said and left."""

    code: int
    said: str
    kept: list[dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "toll.py").write_text(CODE)
    (tmp_path / "plan.toml").write_text(PLAN.format(scope="may_pass"))
    return tmp_path


def run(folder: Path, test: str, before: str = "import toll") -> Run:
    (folder / "test_toll.py").write_text(f"{before}\ndef test_toll():\n    {test}\n")
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.protocol.mutation", "--plan", "plan.toml"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    kept = folder / "build" / "mutation.json"
    return Run(done.returncode, done.stdout + done.stderr, json.loads(kept.read_text()) if kept.exists() else [])


def suppress(folder: Path, was: str, becomes: str, reason: str = "because") -> None:
    with (folder / "plan.toml").open("a") as plan:
        plan.write(EQUIVALENT.format(was=was, becomes=becomes, reason=reason))


def test_tests_that_see_every_fault_pass(folder: Path) -> None:
    done = run(folder, GOOD)

    assert done.code == 0, done.said
    assert done.kept == [
        {
            "group": "toll",
            "mutants": 4,
            "killed": 4,
            "suppressed": 0,
            "survived": 0,
            "score": 100.0,
            "target": 100.0,
            "pass": True,
        }
    ]


def test_a_module_that_is_taken_from_its_package_is_mutated_too(folder: Path) -> None:
    (folder / "gates").mkdir()
    (folder / "gates" / "__init__.py").touch()
    (folder / "toll.py").rename(folder / "gates" / "toll.py")
    (folder / "plan.toml").write_text(PLAN.format(scope="may_pass").replace('"toll', '"gates.toll'))
    done = run(folder, f"from gates import toll; {GOOD}", before="")

    assert done.code == 0, done.said


def test_tests_that_miss_a_fault_fail_the_run_and_the_fault_is_shown(folder: Path) -> None:
    done = run(folder, WEAK)

    assert done.code == 1, done.said
    assert [(one["killed"], one["survived"], one["score"], one["pass"]) for one in done.kept] == [
        (2, 2, 50.0, False)
    ]
    assert "survived: toll:may_pass, line 3: 'paid >= price' becomes 'paid > price'" in done.said
    assert "+    return paid > price" in done.said


def test_a_survivor_that_is_on_the_list_is_suppressed_with_its_reason(folder: Path) -> None:
    suppress(folder, "paid >= price", "paid > price", "nobody has the very price")
    done = run(folder, f"{WEAK}; assert not toll.may_pass(2, 3)")

    assert done.code == 0, done.said
    assert [(one["killed"], one["suppressed"], one["survived"]) for one in done.kept] == [(3, 1, 0)]
    assert "nobody has the very price" in done.said


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("paid >= price", "paid > price", "suppressed, but killed"),
        ("paid > price", "paid", "suppressed, but unknown"),
    ],
)
def test_a_list_that_is_wrong_fails_the_run(folder: Path, was: str, becomes: str, complaint: str) -> None:
    suppress(folder, was, becomes)
    done = run(folder, GOOD)

    assert done.code == 1, done.said
    assert complaint in done.said


def test_nothing_is_suppressed_without_a_reason(folder: Path) -> None:
    suppress(folder, "paid >= price", "paid > price", " ")

    assert run(folder, GOOD).code == 2


def test_a_function_that_is_gone_is_missed(folder: Path) -> None:
    (folder / "plan.toml").write_text(PLAN.format(scope="renamed"))
    done = run(folder, GOOD)

    assert done.code == 2
    assert "nothing to mutate in toll:renamed" in done.said


@pytest.mark.parametrize("test", ["assert False", "import missing"])
def test_tests_that_fail_without_a_mutant_prove_nothing(folder: Path, test: str) -> None:
    done = run(folder, test)

    assert done.code == 2
    assert "before anything is mutated" in done.said
    assert done.kept == []


def test_a_mutant_without_an_end_is_not_taken_for_a_killed_one(folder: Path) -> None:
    (folder / "toll.py").write_text("def may_pass(turns):\n    while turns > 0:\n        turns -= 1\n")
    done = run(folder, "assert toll.may_pass(2) is None")

    assert done.code == 1
    assert "timed out: toll:may_pass, line 3: 'turns -= 1' becomes 'pass'" in done.said
