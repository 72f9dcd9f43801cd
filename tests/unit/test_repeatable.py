"""The same examples in every run, on every machine, whatever else is imported."""

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def _examples() -> list[int]:
    found: list[int] = []

    @given(st.integers())
    def each(number: int) -> None:
        found.append(number)

    each()
    return found


def test_a_module_that_is_imported_changes_no_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis draws from the literals of modules that it takes for the project's own."""
    before = _examples()
    file = tmp_path / "full_of_literals.py"
    file.write_text(f"LITERALS = {list(range(1_000_003, 1_002_003, 7))}\n")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, file.stem, module)
    spec.loader.exec_module(module)

    assert _examples() == before


def test_no_example_has_a_deadline() -> None:
    used = settings()

    assert (used.deadline, used.database, used.derandomize) == (None, None, True)
    assert HealthCheck.too_slow in used.suppress_health_check
