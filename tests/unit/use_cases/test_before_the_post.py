"""What happens before a drop's POST: what is stored while the request is running, and what prevents it."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from depthdrop import aws
from depthdrop.inbox.message import ComeBack, Done
from depthdrop.records.edits import Edits
from depthdrop.records.slots import Slots, holder_of
from depthdrop.records.table import Item, NotWritten
from depthdrop.upstream.client import Upstream
from depthdrop.use_cases.purchase import Purchase
from tests.support.acts import created
from tests.support.aws import PLENTY, Stack
from tests.support.scripted import NOW, Scripted, accepted, refused

LEASE = 90 + 60  # submit's time and a margin


def test_at_the_post_the_edit_is_posting_under_its_claim_and_its_slot_is_held(stack: Stack) -> None:
    seen: list[tuple[Item, list[Item]]] = []

    def answer(_: httpx.Request) -> httpx.Response:
        seen.append((stack.edit(), stack.records("slot")))
        return accepted("task-1")

    stack.upstream.post_answers.append(answer)
    stack.deliver(stack.drop())

    [(edit, [slot])] = seen
    assert (edit["state"], edit["posted_at"], edit["slot"]) == ("POSTING", NOW, slot["pk"])
    assert (edit["lease_until"], edit["look_at"]) == (NOW + LEASE, NOW + LEASE + 15 * 60)
    unsettled_until = NOW + LEASE + 15 * 60
    assert (slot["holder"], slot["lease_until"]) == (
        holder_of(edit["edit_id"], edit["token"]),
        unsettled_until + 600,
    )


def test_what_the_request_needs_is_loaded_before_the_claim(stack: Stack) -> None:
    def missing() -> Upstream:
        raise ImportError("httpx")

    submit = stack.submit()
    broken = replace(submit, purchase=replace(submit.purchase, upstream=aws.when_needed(missing)))
    with pytest.raises(ImportError, match="httpx"):
        list(broken.handle(created(stack.drop()), lambda: PLENTY))

    assert (stack.records("edit"), stack.records("slot")) == ([], [])


def test_what_a_connection_needs_is_loaded_before_the_claim(stack: Stack) -> None:
    """Httpx itself leaves much of it, and the certificates, for the first connection."""
    made = httpx.HTTPTransport
    answers: list[Any] = [OSError("no file is left to open")]

    def once(**settings: Any) -> Any:
        if answers:
            raise answers.pop()
        return made(**settings)

    stack.monkeypatch.setattr(httpx, "HTTPTransport", once)
    submit, key = stack.submit(), stack.drop()
    with pytest.raises(OSError, match="no file is left"):
        list(submit.handle(created(key), lambda: PLENTY))
    assert (stack.records("edit"), stack.records("slot")) == ([], [])

    assert list(submit.handle(created(key), lambda: PLENTY)) == [Done("submitted")]


def test_a_worker_that_is_slower_with_the_claim_sends_nothing_and_takes_no_slot(stack: Stack) -> None:
    """Both workers looked at the edit before either had claimed it."""
    key = stack.drop()
    stack.deliver(key)
    [slot] = stack.records("slot")
    stack.table.update(
        stack.edit()["pk"], {"state": "CLAIMED", "token": "theirs", "lease_until": NOW}, "attribute_exists(pk)"
    )
    before = stack.edit()
    stack.monkeypatch.setattr(Edits, "get", lambda *_: None)

    assert stack.deliver(key) == [ComeBack(5, "another worker was faster")]
    assert (stack.edit(), stack.records("slot"), len(stack.upstream.posts)) == (before, [slot], 1)


@pytest.mark.parametrize(("status", "fallback"), [(404, "flux-kontext-pro"), (404, ""), (422, "")])
def test_a_slower_workers_claim_is_given_up_when_the_drop_no_longer_asks_for_the_edit(
    stack: Stack, status: int, fallback: str
) -> None:
    """Both events of a pair are processed at once; the second read the drop before the first one's POST."""
    stack.names["FallbackModel"] = fallback
    stack.clock.now = NOW + 0.75
    stack.drop()
    stack.upstream.post_answers.append(refused(status))
    submit = stack.submit()
    slower: list[Any] = []
    buy = Purchase.buy

    def read_before(self: Purchase, drop: Any, order: Any, seconds_left: Any) -> Any:
        slower.append((drop, order))
        return buy(self, drop, order, seconds_left)

    with stack.monkeypatch.context() as patched:
        patched.setattr(Purchase, "buy", read_before)
        list(submit.handle(created("photo.jpg"), lambda: PLENTY))
    [(drop, order)] = slower

    assert submit.purchase.buy(drop, order, lambda: PLENTY) == ComeBack(
        1, "the drop was refused meanwhile, or asks for the fallback"
    )
    assert (len(stack.upstream.posts), stack.edit()["state"]) == (1, "RELEASED")
    assert stack.records("slot") == []


def test_a_claim_refused_without_the_stored_record_belongs_to_another_worker(stack: Stack) -> None:
    stack.monkeypatch.setattr(Edits, "claim", lambda *_: NotWritten(None))

    assert stack.deliver(stack.drop()) == [ComeBack(5, "another worker was faster")]
    assert (stack.upstream.posts, stack.records("slot")) == ([], [])


def test_a_claim_refused_because_of_its_own_earlier_write_is_ours(stack: Stack) -> None:
    claim = Edits.claim

    def repeated(self: Edits, *arguments: object) -> NotWritten[Any]:
        claim(self, *arguments)  # type: ignore[arg-type]  # passed on as they came
        return NotWritten(stack.edit())

    stack.monkeypatch.setattr(Edits, "claim", repeated)

    assert stack.deliver(stack.drop()) == [Done("submitted")]
    assert len(stack.upstream.posts) == 1


def test_a_worker_that_lost_the_claim_while_waiting_for_a_slot_sends_nothing_and_frees_the_slot(
    stack: Stack,
) -> None:
    take = Slots.take

    def overtaken(self: Slots, holder: str, now: int, lease_until: int) -> str | None:
        stack.table.update(stack.edit()["pk"], {"token": "theirs"}, "attribute_exists(pk)")
        return take(self, holder, now, lease_until)

    stack.monkeypatch.setattr(Slots, "take", overtaken)

    assert stack.deliver(stack.drop()) == [ComeBack(5, "the claim was lost before the POST")]
    assert (stack.edit()["state"], stack.edit()["token"]) == ("CLAIMED", "theirs")
    assert (stack.upstream.posts, stack.records("slot")) == ([], [])


def test_with_too_little_time_left_nothing_is_paid_and_claim_and_slot_are_freed(stack: Stack) -> None:
    settled = list(stack.submit().handle(created(stack.drop()), lambda: 44.9))

    assert settled == [ComeBack(1, "too little time is left for a paid request")]
    assert (stack.upstream.posts, stack.records("slot")) == ([], [])
    assert stack.edit()["state"] == "RELEASED"


def test_with_just_enough_time_left_the_edit_is_paid(stack: Stack) -> None:
    assert list(stack.submit().handle(created(stack.drop()), lambda: 45.0)) == [Done("submitted")]


@pytest.mark.parametrize(
    ("answer", "settled"),
    [
        (accepted("task-1"), "submitted"),
        (httpx.ReadError("lost"), "ambiguous: may have been charged, not sent again"),
        (httpx.ConnectError("refused"), "parked: upstream_unreachable"),
        (refused(400), "refused: request_refused"),
        (refused(402), "parked: balance_empty"),
        (refused(429), "parked: upstream_busy"),
    ],
)
def test_a_clock_between_two_seconds_pays_as_well(stack: Stack, answer: Scripted, settled: str) -> None:
    """Records keep whole seconds; a fraction would be refused after the POST."""
    stack.clock.now = NOW + 0.75
    stack.upstream.post_answers.append(answer)

    assert stack.deliver(stack.drop()) == [Done(settled)]
