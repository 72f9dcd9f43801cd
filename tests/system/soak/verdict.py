"""Judges a soak from what it left: the drops, their events, the table and the upstream's ledger.

Pure, so that a test can doctor the evidence and see each judgement fail.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from local.fake_upstream.ledger import Charge, digest, total


@dataclass(frozen=True)
class Evidence:
    """`prompts` and `events` go by the picture's key, `outbox` from key to ETag; events in order of arrival."""

    prompts: Mapping[str, str]
    events: Mapping[str, Sequence[Mapping[str, Any]]]
    edits: Sequence[Mapping[str, Any]]
    charges: Sequence[Charge]
    outbox: Mapping[str, str]

    @cached_property
    def charged(self) -> Mapping[str, Sequence[Charge]]:
        """What the ledger has for each drop; the empty key is for charges of no drop."""
        keys = {digest(prompt): key for key, prompt in self.prompts.items()}
        found: dict[str, list[Charge]] = {}
        for charge in self.charges:
            found.setdefault(keys.get(charge.prompt_sha256, ""), []).append(charge)
        return found

    def last(self, key: str) -> Mapping[str, Any] | None:
        """The last event of a drop."""
        return self.events[key][-1] if self.events.get(key) else None

    def spend(self, key: str) -> tuple[str, Decimal]:
        """State and amount that the last event has."""
        event = self.last(key)
        return (
            (event["data"]["spend"]["state"], Decimal(str(event["data"]["spend"]["usd"])))
            if event
            else ("", Decimal())
        )


@dataclass(frozen=True, slots=True)
class Accounts:
    """Sums in USD. `unknown`: of the edits published as perhaps charged, what the ledger shows to be charged."""

    published: Decimal
    recorded: Decimal
    unknown: Decimal
    ledger: Decimal

    @property
    def are_equal(self) -> bool:
        """Our events and our table say the same, and that is the upstream's ledger to the cent."""
        return self.published == self.recorded and self.published + self.unknown == self.ledger


def word_of(event: Mapping[str, Any] | None) -> str:
    return str(event["type"]).split(".")[2] if event else "nothing"


def wrong_ends(evidence: Evidence, expected: Mapping[str, str]) -> dict[str, str]:
    """Drops that came to another end than theirs, with that end."""
    ends = {key: word_of(evidence.last(key)) for key in expected}
    return {key: end for key, end in ends.items() if end != expected[key]}


def paid_twice(evidence: Evidence) -> list[str]:
    """Drops that the upstream charged more than once, answered or not."""
    return [key for key, charges in evidence.charged.items() if key and len(charges) > 1]


def notified_twice(evidence: Evidence) -> list[str]:
    """Drops with events of more than one id: each has one attempt here."""
    return [key for key, events in evidence.events.items() if len({event["id"] for event in events}) > 1]


def lost(evidence: Evidence) -> list[str]:
    """Events and pictures that never came, each in a few words."""
    return list(_lost(evidence))


def accounts(evidence: Evidence) -> Accounts:
    spends = [(key, *evidence.spend(key)) for key in evidence.prompts]
    return Accounts(
        published=_sum(usd for _, state, usd in spends if state == "charged"),
        recorded=_sum(edit["usd"] for edit in evidence.edits if edit.get("spend_state") == "charged"),
        unknown=_sum(usd for key, state, usd in spends if state == "unknown" and key in evidence.charged),
        ledger=total(charge.usd for charge in evidence.charges),
    )


def misstated(evidence: Evidence) -> dict[str, str]:
    """Drops whose event has another spend than the ledger: equal sums may hide two errors."""
    found = {}
    for key in evidence.prompts:
        charges = evidence.charged.get(key, ())
        state, usd = evidence.spend(key)
        answers = Counter(charge.answer for charge in charges)
        right = {
            "charged": answers == {"sent": 1} and total(charge.usd for charge in charges) == usd,
            "unknown": "sent" not in answers,
            "none": not charges,
        }.get(state, False)
        if not right:
            found[key] = f"published {state or 'nothing'}, the ledger has {dict(answers)}"
    return found


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))


def _lost(evidence: Evidence) -> Iterator[str]:
    yield from (f"{key}: no word" for key in evidence.prompts if evidence.last(key) is None)
    yield from (f"task {charge.task_id}: charged for no drop" for charge in evidence.charged.get("", ()))
    for key in evidence.prompts:
        event = evidence.last(key)
        result = event["data"].get("result") if event else None
        if result and evidence.outbox.get(result["key"], "").strip('"') != result["etag"].strip('"'):
            yield f"{key}: its picture is not in the outbox"
