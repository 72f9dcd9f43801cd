"""Each judgement of the soak can fail: a sound run with one thing doctored."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from local.fake_upstream.catalogue import CATALOGUE
from local.fake_upstream.faults import parse_directives
from local.fake_upstream.ledger import Answer, Charge, digest
from tests.system.soak import verdict
from tests.system.soak.troubles import KINDS, LEFT_OUT, TROUBLES, trouble_of
from tests.system.soak.verdict import Evidence

GOOD, MODERATED, REFUSED, IN_DOUBT, UNCHARGED = (f"{name}.jpg" for name in "abcde")
EXPECTED = {
    GOOD: "succeeded",
    MODERATED: "failed",
    REFUSED: "rejected",
    IN_DOUBT: "ambiguous",
    UNCHARGED: "ambiguous",
}


def event(key: str, word: str, spend: str, usd: str = "0.06", **data: object) -> dict[str, Any]:
    payload = {"spend": {"state": spend, "usd": float(usd)}, **data}
    return {"id": f"{word} {key}", "type": f"depthdrop.edit.{word}.v1", "subject": key, "data": payload}


def charge(key: str, answer: Answer = "sent", usd: str = "0.06") -> Charge:
    prompt = f"prompt of {key}"
    return Charge(f"task {key}", "depth", usd, "", "", digest(prompt), prompt, 1, answer)


SOUND = Evidence(
    prompts={key: f"prompt of {key}" for key in EXPECTED},
    events={
        GOOD: [event(GOOD, "succeeded", "charged", result={"key": "a-1.jpg", "etag": "1"})],
        MODERATED: [event(MODERATED, "failed", "charged")],
        REFUSED: [event(REFUSED, "rejected", "none", "0")],
        IN_DOUBT: [event(IN_DOUBT, "ambiguous", "unknown")],
        UNCHARGED: [event(UNCHARGED, "ambiguous", "unknown")],
    },
    edits=[
        {"spend_state": "charged", "usd": Decimal("0.06")},
        {"spend_state": "charged", "usd": Decimal("0.06")},
        {"usd": Decimal("0.06")},
        {"spend_state": "unknown", "usd": Decimal("0.06")},
        {"spend_state": "unknown", "usd": Decimal("0.06")},
    ],
    charges=[charge(GOOD), charge(MODERATED), charge(IN_DOUBT, "lost")],
    outbox={"a-1.jpg": '"1"'},
)


def with_charge(*more: Charge) -> Evidence:
    return replace(SOUND, charges=[*SOUND.charges, *more])


def with_event(key: str, *published: Mapping[str, Any]) -> Evidence:
    return replace(SOUND, events={**SOUND.events, key: list(published)})


JUDGEMENTS: dict[str, Callable[[Evidence], bool]] = {
    "ends": lambda evidence: verdict.wrong_ends(evidence, EXPECTED) == {},
    "paid": lambda evidence: verdict.paid_twice(evidence) == [],
    "notified": lambda evidence: verdict.notified_twice(evidence) == [],
    "lost": lambda evidence: verdict.lost(evidence) == [],
    "sums": lambda evidence: verdict.accounts(evidence).are_equal,
    "each": lambda evidence: verdict.misstated(evidence) == {},
}

DOCTORED: dict[str, tuple[Evidence, set[str]]] = {
    "a charge that our table forgot": (replace(SOUND, edits=SOUND.edits[1:]), {"sums"}),
    "a charge that our event forgot": (
        with_event(MODERATED, event(MODERATED, "failed", "none", "0")),
        {"sums", "each"},
    ),
    "a charge that our table and event forgot": (
        replace(with_event(MODERATED, event(MODERATED, "failed", "none", "0")), edits=SOUND.edits[1:]),
        {"sums", "each"},
    ),
    "a charge for what was published as refused": (with_charge(charge(REFUSED)), {"sums", "each"}),
    "a lost charge for what was published as refused": (with_charge(charge(REFUSED, "lost")), {"sums", "each"}),
    "a charge of a cent too many": (
        replace(SOUND, charges=[charge(GOOD, usd="0.07"), *SOUND.charges[1:]]),
        {"sums", "each"},
    ),
    "published as charged and not in the ledger": (replace(SOUND, charges=SOUND.charges[1:]), {"sums", "each"}),
    "two errors of equal sums": (
        replace(SOUND, charges=[charge(REFUSED), *SOUND.charges[1:]]),
        {"each"},
    ),
    "an answer that came, published as lost": (with_charge(charge(UNCHARGED)), {"each"}),
    "paid twice": (with_charge(charge(GOOD)), {"paid", "sums", "each"}),
    "paid twice, the first answer lost": (with_charge(charge(GOOD, "lost")), {"paid", "sums", "each"}),
    "paid twice, both answers lost": (with_charge(charge(IN_DOUBT, "lost")), {"paid", "sums"}),
    "a charge for no drop": (with_charge(charge("nobody's.jpg")), {"lost", "sums"}),
    "a drop of which nothing is published": (with_event(REFUSED), {"lost", "ends", "each"}),
    "a picture that was never stored": (replace(SOUND, outbox={}), {"lost"}),
    "a picture that is another": (replace(SOUND, outbox={"a-1.jpg": '"2"'}), {"lost"}),
    "another end": (with_event(REFUSED, event(REFUSED, "failed", "none", "0")), {"ends"}),
    "two events of one attempt": (
        with_event(IN_DOUBT, event(IN_DOUBT, "failed", "unknown"), *SOUND.events[IN_DOUBT]),
        {"notified"},
    ),
}


def test_a_sound_run_passes_every_judgement() -> None:
    assert [name for name, holds in JUDGEMENTS.items() if not holds(SOUND)] == []


@pytest.mark.parametrize("what", DOCTORED)
def test_what_is_wrong_is_found(what: str) -> None:
    evidence, found_by = DOCTORED[what]

    assert {name for name, holds in JUDGEMENTS.items() if not holds(evidence)} == found_by


def test_every_judgement_has_found_something() -> None:
    assert {name for _, found_by in DOCTORED.values() for name in found_by} == set(JUDGEMENTS)


def test_the_soak_has_every_fault_of_the_catalogue_but_what_it_leaves_out() -> None:
    for trouble in TROUBLES:
        assert len(parse_directives(CATALOGUE, trouble.in_prompt("x"))) == len(trouble.kinds)

    assert set(KINDS) | LEFT_OUT == set(CATALOGUE)
    assert not set(KINDS) & LEFT_OUT


def test_each_trouble_comes_at_least_three_times_in_a_thousand_drops() -> None:
    troubles = Counter(trouble_of(number) for number in range(200))

    assert set(troubles) == set(TROUBLES)
    assert min(troubles.values()) >= 3
