"""What the report of a run has of each picture, from its notice and its records."""

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from depthdrop_cli.reading.entries import NO_MONEY, Money
from local.runs.journal import Entry, Journal
from local.runs.run import results

if TYPE_CHECKING:
    from depthdrop_cli.page.report import Outcome
    from local.stack.stack import LocalStack

DROP = {
    "pk": "drop#d1",
    "drop_id": "d1",
    "image_key": "trip/church.jpg",
    "image_last_modified": 100,
    "created_at": 102,
    "edit_id": "e1",
    "settings": json.dumps({"prompt": "a watercolour"}),
}
EDIT = {
    "pk": "edit#e1",
    "edit_id": "e1",
    "image_key": "trip/church.jpg",
    "created_at": 103,
    "posted_at": 104,
    "state": "POSTING",
    "usd": Decimal("0.06"),
    "model": "flux-pro-1.0-depth",
    "settings": json.dumps({"prompt": "a watercolour"}),
}


class Recorded:
    """A stack of which only the records are looked at."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self._records = records

    def records(self, _prefix: str) -> list[dict[str, Any]]:
        return list(self._records)


def _outcome(out: Path, entry: Entry, *records: dict[str, Any]) -> "Outcome":
    stack = cast("LocalStack", Recorded(*records))
    journal = Journal(stack)
    journal.entries[entry.key] = entry
    [found] = results(stack, journal, {"trip/church.jpg": b"before"}, out)
    return found


def _ended(status: str, spend: dict[str, Any], **data: object) -> Entry:
    event = {"data": {"drop_id": "d1", "spend": spend, **data}}
    return Entry("trip/church.jpg", 0.0, status, "It said. Do that.", 9.0, 0.06, "", event)


def test_an_edit_is_reported_with_both_pictures_and_all_that_made_it(tmp_path: Path) -> None:
    (tmp_path / "trip").mkdir()
    (tmp_path / "trip" / "church-1.png").write_bytes(b"after")
    entry = _ended(
        "succeeded",
        {"state": "charged", "usd": 0.06},
        edit_id="e1",
        model="flux-kontext-pro",
        seed=7,
        timings={"seconds": 19.2},
        result={"key": "trip/church-1.png"},
        manifest={"key": "trip/church-1.json"},
    )
    found = _outcome(tmp_path, entry, DROP, EDIT)

    assert (found.before, found.after) == (b"before", b"after")
    assert (found.result, found.manifest) == ("trip/church-1.png", "trip/church-1.json")
    assert (found.model, found.prompt, found.seed, found.seconds) == (
        "flux-kontext-pro",
        "a watercolour",
        7,
        19.2,
    )
    assert found.money == Money("charged", Decimal("0.06"))
    assert [what for _, what in found.moments] == [
        "the picture was dropped",
        "settings were read and checked",
        "claimed",
        "the paid request went out",
    ]


def test_a_refusal_is_reported_with_its_sentence_its_hint_and_its_receipt(tmp_path: Path) -> None:
    entry = _ended(
        "rejected",
        {"state": "none", "usd": 0.0},
        error={"message": "steps is 80.", "hint": "At most 50."},
        receipt={"key": "trip/church.jpg.rejected.json"},
    )
    drop = {name: value for name, value in DROP.items() if name not in {"edit_id", "settings"}} | {"refusal": "{}"}
    found = _outcome(tmp_path, entry, drop)

    assert (found.sentence, found.hint, found.manifest) == (
        "steps is 80.",
        "At most 50.",
        "trip/church.jpg.rejected.json",
    )
    assert (found.after, found.prompt, found.model, found.money) == (None, None, None, NO_MONEY)
    assert found.moments[-1][1] == "refused, nothing was charged"


def test_what_has_no_end_yet_is_reported_from_its_records(tmp_path: Path) -> None:
    older = DROP | {"pk": "drop#d0", "drop_id": "d0", "created_at": 50, "edit_id": "e0"}
    found = _outcome(tmp_path, Entry("trip/church.jpg", 0.0, "submitting"), older, DROP, EDIT)

    assert (found.status, found.model, found.prompt) == ("submitting", "flux-pro-1.0-depth", "a watercolour")
    assert found.money == Money("unknown", Decimal("0.06"))


def test_what_is_parked_says_why(tmp_path: Path) -> None:
    entry = Entry("trip/church.jpg", 0.0, "parked: balance_empty", "The balance is empty.")
    found = _outcome(tmp_path, entry, DROP)

    assert (found.sentence, found.money) == ("The balance is empty.", NO_MONEY)


def test_what_has_no_record_is_reported_too(tmp_path: Path) -> None:
    found = _outcome(tmp_path, Entry("lost.jpg", 0.0))

    assert (found.key, found.status, found.before, found.moments) == ("lost.jpg", "dropped", None, [])
