"""The scorecard's command: which rows, in which order, and the result of a row that breaks."""

import json
from pathlib import Path
from typing import NoReturn

import pytest

from tests.scorecard import __main__ as command
from tests.scorecard.rows import Row, forget, keep

GOOD = Row(7, "5 tried", "enough", kept=True)
BAD = Row(14, "0 tried", "enough", kept=False)


def breaks() -> NoReturn:
    raise ValueError("no spin")


@pytest.fixture(autouse=True)
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "build" / "scorecard.json"
    monkeypatch.setattr(command, "keep", lambda rows: keep(rows, path))
    return path


def kept(card: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(card.read_text())
    return found


def test_the_rows_that_are_asked_for_are_measured_and_kept(card: Path) -> None:
    groups: command.Groups = {(14,): lambda: [BAD], (7, 8): lambda: [GOOD, Row(8, "", "", kept=True)], (9,): breaks}

    assert command.measure({7, 14}, groups) == [GOOD, BAD]
    assert kept(card) == [
        {"row": 7, "figure": "5 tried", "target": "enough", "pass": True},
        {"row": 14, "figure": "0 tried", "target": "enough", "pass": False},
    ]


def test_a_row_that_breaks_fails_alone(card: Path) -> None:
    measured = command.measure({7, 9}, {(9,): breaks, (7,): lambda: [GOOD]})

    assert [(row.row, row.kept) for row in measured] == [(7, True), (9, False)]
    assert "no spin" in str(kept(card)[1]["figure"])


def test_rows_that_were_kept_before_stay_until_a_whole_measurement(card: Path) -> None:
    keep([GOOD], card)
    keep([BAD], card)
    assert [one["row"] for one in kept(card)] == [7, 14]
    forget(card)

    assert not card.exists()


@pytest.mark.parametrize(
    ("arguments", "rows"), [([], {7, 9}), (["--rows", "9"], {9}), (["--rows", "7, 9"], {7, 9})]
)
def test_rows_are_chosen_by_their_numbers(arguments: list[str], rows: set[int]) -> None:
    assert command.chosen(arguments, {(9,): breaks, (7,): lambda: [GOOD]}) == rows


def test_a_row_that_is_not_there_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.chosen(["--rows", "7,x,99"], {(7,): lambda: [GOOD]})

    assert "there is no row x or 99; there are 7" in capsys.readouterr().err


def test_progress_is_printed_while_rows_run(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[str] = []

    def measuring() -> list[Row]:
        seen.append(capsys.readouterr().err)
        return [GOOD]

    command.measure({7}, {(7,): measuring})

    assert seen == ["row 7 …\n"]
    assert capsys.readouterr().err.startswith("row 7: pass")
