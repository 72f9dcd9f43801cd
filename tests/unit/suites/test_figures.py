"""A figure says what it is, is kept beside the others, and fails where it must."""

import json
from pathlib import Path

import pytest

from tests.bench import __main__ as command
from tests.bench import growth, memory
from tests.bench.figures import Figure, keep
from tests.scorecard.memory_rows import row_of

GOOD = Figure("memory in MiB", 2.0, 100.0, "at most 16 MiB", kept=True)
LONE = Figure("gets", 38.0, None, "reported", kept=True)
GROWTH = [(1.0, 120.0, 130.0), (15.0, 100.0, 110.0), (2.0, 110.0, 120.0)]


def test_a_line_has_the_name_both_sides_their_ratio_the_target_and_the_verdict() -> None:
    assert GOOD.line() == "memory in MiB, 2.0, 100.0, 0.02, at most 16 MiB, pass"
    assert LONE.line() == "gets, 38.0, -, -, reported, pass"


@pytest.mark.parametrize(("name", "target"), [("a, b", "c"), ("a", "b, c")])
def test_a_line_has_no_commas_but_its_own(name: str, target: str) -> None:
    with pytest.raises(ValueError, match="commas"):
        Figure(name, 1.0, None, target, kept=True)


def test_figures_are_kept_as_json_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "build" / "bench.json"
    keep([GOOD], file)
    keep([LONE], file)
    kept = json.loads(file.read_text())

    assert [list(one) for one in kept] == [["name", "ours", "peer", "ratio", "target", "pass"]] * 2
    assert [(one["name"], one["ratio"], one["pass"]) for one in kept] == [
        ("memory in MiB", 0.02, True),
        ("gets", None, True),
    ]


def test_medians_are_compared_and_the_largest_must_meet_the_target() -> None:
    peer_a, peer_b = memory._compared("submit", GROWTH)

    assert (peer_a.ours, peer_a.peer, peer_a.kept) == (2.0, 110.0, True)
    assert (peer_b.ours, peer_b.peer, peer_b.kept) == (2.0, 120.0, True)
    assert not any(one.kept for one in memory._compared("submit", [*GROWTH, (16.1, 100.0, 100.0)]))


def test_a_peer_that_holds_nothing_shows_that_nothing_was_measured() -> None:
    peer_a, peer_b = memory._compared("submit", [*GROWTH, (1.0, 3.0, 100.0)])

    assert (peer_a.kept, peer_b.kept) == (False, True)


@pytest.mark.parametrize(("full", "kept"), [(11.0, True), (11.01, False), (5.0, True)])
def test_a_full_folder_may_cost_a_tenth_more(full: float, *, kept: bool) -> None:
    assert growth._compared("time in ms", full, 10.0).kept is kept


def test_the_row_fails_with_any_figure_and_without_all() -> None:
    assert row_of([GOOD, LONE]).kept
    assert not row_of([GOOD, Figure("b", 17.0, 1.0, "", kept=False)]).kept
    assert not row_of([]).kept


def test_groups_are_chosen_by_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    groups: command.Groups = {"memory": list, "wait": list}

    assert command.chosen([], groups) == ["memory", "wait"]
    assert command.chosen(["--only", "wait"], groups) == ["wait"]
    with pytest.raises(SystemExit):
        command.chosen(["--only", "speed"], groups)
    assert "there is no speed; there are memory, wait" in capsys.readouterr().err
