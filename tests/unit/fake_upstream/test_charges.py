"""The ledger's file and its sums."""

import json
from pathlib import Path

import pytest

from local.fake_upstream.ledger import digest, total
from tests.unit.fake_upstream.talk import Talk


def test_each_charge_is_a_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    talk = Talk(ledger_path=path)
    talk.post("a garden", seed=3)
    talk.post("a garden [[fault post.500_charged]]")
    talk.post("a garden [[fault post.500]]")
    talk.upstream.painter.close()

    lines = [json.loads(line) for line in path.read_text().splitlines()]

    assert [line["answer"] for line in lines] == ["sent", "unclear"]
    assert set(lines[0]) == {
        "task_id", "model", "usd", "charged_at", "image_sha256", "prompt_sha256", "prompt", "seed", "answer",
    }  # fmt: skip
    assert lines[0]["prompt_sha256"] == digest("a garden")
    assert lines[0]["charged_at"] == "2027-01-15T08:00:00.000+00:00"


def test_a_ledger_file_is_appended_to_and_never_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for _ in range(2):
        talk = Talk(ledger_path=path)
        talk.post()
        talk.admin("POST", "reset")
        talk.upstream.painter.close()

    assert len(path.read_text().splitlines()) == 2


def test_a_charge_that_cannot_be_written_is_not_counted(tmp_path: Path) -> None:
    talk = Talk(ledger_path=tmp_path / "missing" / "ledger.jsonl")

    with pytest.raises(FileNotFoundError):
        talk.post()
    assert talk.upstream.ledger.count == 0
    talk.upstream.painter.close()


def test_sums_are_exact_where_floats_are_not() -> None:
    assert str(total(["0.1"] * 3)) == "0.30"
    assert str(total([])) == "0.00"
