"""Whatever the upstream answers to a POST or a GET of a task: no crash, no second POST, an event at the end."""

import json
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NoReturn

import httpx
import pytest
from hypothesis import given

from depthdrop.upstream import poll_outcome, post_outcome
from depthdrop.upstream.client import Upstream
from depthdrop.upstream.download import LinkExpired
from depthdrop.upstream.poll_outcome import Failed
from depthdrop.upstream.post_outcome import Refused
from depthdrop.upstream.result_link import check_link
from tests.hostile.fuzz.answering_server import RawServer
from tests.hostile.fuzz.odd_answers import RawAnswer, answers
from tests.protocol.faults.way import ALL, Way
from tests.protocol.schedules.promises import BrokenPromiseError
from tests.protocol.schedules.schedules import profile
from tests.protocol.schedules.wiring import fetching

pytestmark = pytest.mark.sockets

FUZZED = 500 if ALL else 150
LEAST = FUZZED // 20  # of each sort, so that the generator cannot degenerate unseen
MAY_BE_SENT_AGAIN = {401, 402, 403, 429}  # refused, hence not charged; the drop is parked
_KEY_REFUSED = {401, 403}
_KNOWN = {  # statuses of a task that the contract names
    "ready", "success", "task not found", "request moderated", "content moderated", "error", "failed", "failure",
}  # fmt: skip
_ENDED = {"SUCCEEDED", "FAILED", "AMBIGUOUS", "RELEASED"}
_NOW_IT_IS_BAD = b"HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\n{}"
_FAILED = b'HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{"status": "Error"}'
_ACCEPTED = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"id": "task-1"}'

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    """With one TLS context for all clients: to make one takes longer than all the rest, and nobody here uses it."""
    tls = ssl.create_default_context()
    with pytest.MonkeyPatch.context() as patched, RawServer() as running:
        patched.setattr(httpx._transports.default, "create_ssl_context", lambda **_: tls)
        yield running


class OddWay(Way):
    """The use cases with the real client, against the server; the world's own upstream is not asked."""

    def __init__(self, server: RawServer, post: bytes, look: bytes) -> None:
        super().__init__(plan={4: lambda _: server.answers.update(POST=_NOW_IT_IS_BAD)})
        server.answers, server.asked = {"POST": post, "GET": look}, Counter()
        self.server = server
        upstream = Upstream(server.url)
        self.close = upstream._poll_client.close
        self.ask_instead(upstream)
        finalize, judge = self.world.finalize, partial(check_link, resolver=_nobody)
        delivery = fetching(finalize.delivery, lambda _link, _into: LinkExpired(), judge)
        self.world.finalize = replace(finalize, delivery=delivery)

    def check_when_settled(self) -> None:
        broken = self.world.broken
        if not all(state in _ENDED for state in self.states()) or not self.world.topic.events:
            broken.append(f"it is still {self.states()}")
        if len({event["id"] for event in self.world.topic.events}) != 1:
            broken.append("more than one end was published")
        kept = [*self.world.store.items.values(), *(one.state for one in self.world.executions.all.values())]
        for value in kept:
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # what AWS could not take raises


def _nobody(_host: str, _port: int) -> NoReturn:
    raise OSError


def _go(way: OddWay) -> None:
    try:
        way.go()
    finally:
        way.close()


def answered_post(server: RawServer, answer: RawAnswer) -> str:
    """What a drop came to whose POST was answered like this."""
    way = OddWay(server, answer.raw, _FAILED)
    _go(way)
    if server.asked["POST"] > 1 and answer.status not in MAY_BE_SENT_AGAIN:
        raise BrokenPromiseError(f"{server.asked['POST']} POSTs after HTTP {answer.status} {answer.body[:80]!r}")
    return way.states()[0]


def answered_look(server: RawServer, answer: RawAnswer) -> str:
    """What an edit came to whose task was seen like this; an unknown status is looked at until the deadline."""
    way = OddWay(server, _ACCEPTED, answer.raw)
    _go(way)
    [edit] = way.world.records("edit")
    event = way.world.topic.events[0]
    code = event["data"]["error"]["code"]
    if server.asked["POST"] != 1:
        raise BrokenPromiseError(f"{server.asked['POST']} POSTs")
    if (edit["task_id"], event["data"]["spend"]["state"]) != ("task-1", "charged"):
        raise BrokenPromiseError("the task was forgotten")
    if is_unknown(answer) and code != "deadline_passed":
        raise BrokenPromiseError(f"{answer.body[:80]!r} ended as {code}")
    return str(code)


def is_unknown(answer: RawAnswer) -> bool:
    """Well-formed, of a task, and with a status that no page names."""
    word = (answer.content or {}).get("status")
    plain = b"content-encoding" not in answer.raw.lower() and 200 <= (answer.status or 0) < 600
    return (
        answer.whole
        and plain
        and answer.status not in _KEY_REFUSED | {204, 304}
        and isinstance(word, str)
        and word.strip().lower() not in _KNOWN
    )


def fuzz(play: Callable[[RawAnswer], str], *, shrink: bool = True) -> Counter[str]:
    """How many of each sort were played, and what they came to."""
    seen: Counter[str] = Counter()

    @profile(FUZZED, shrink=shrink)
    @given(answers())
    def each(answer: RawAnswer) -> None:
        seen[play(answer)] += 1
        seen["all"] += 1
        seen["no JSON"] += answer.content is None
        seen["unknown"] += is_unknown(answer)

    each()
    return seen


def test_whatever_a_post_is_answered_it_is_sent_once_and_its_end_is_notified(
    server: RawServer, record_property: Record
) -> None:
    seen = fuzz(partial(answered_post, server))
    record_property("posts_fuzzed", seen["all"])
    record_property("posts_no_json", seen["no JSON"])

    assert seen["all"] >= FUZZED
    assert seen["no JSON"] >= LEAST
    assert min(seen["AMBIGUOUS"], seen["FAILED"], seen["RELEASED"]) >= LEAST


def test_whatever_a_look_is_answered_the_task_is_kept_and_its_end_is_notified(
    server: RawServer, record_property: Record
) -> None:
    seen = fuzz(partial(answered_look, server))
    record_property("looks_fuzzed", seen["all"])
    record_property("looks_no_json", seen["no JSON"])
    record_property("looks_unknown", seen["unknown"])

    assert seen["all"] >= FUZZED
    assert min(seen["no JSON"], seen["unknown"]) >= LEAST


def _a_500_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    reason = post_outcome._refusal_reason
    patch.setattr(
        post_outcome,
        "_refusal_reason",
        lambda status, *said: Refused.BUSY if status >= 500 else reason(status, *said),
    )


def _no_json_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    for module in (post_outcome, poll_outcome):
        patch.setattr(module, "json_object", lambda answer: json.loads(answer.body))


def _an_unknown_status_is_a_failure(patch: pytest.MonkeyPatch) -> None:
    judge = poll_outcome._by_status
    patch.setattr(
        poll_outcome, "_by_status", lambda *asked: judge(*asked) or Failed("upstream_failed", "What is that?")
    )


@pytest.mark.parametrize(
    ("mutate", "play"),
    [
        (_a_500_is_sent_again, answered_post),
        (_no_json_is_a_crash, answered_post),
        (_no_json_is_a_crash, answered_look),
        (_an_unknown_status_is_a_failure, answered_look),
    ],
)
def test_a_reader_that_trusts_answers_is_caught(
    server: RawServer,
    monkeypatch: pytest.MonkeyPatch,
    mutate: Callable[[pytest.MonkeyPatch], None],
    play: Callable[[RawServer, RawAnswer], str],
) -> None:
    mutate(monkeypatch)

    with pytest.raises(BrokenPromiseError):
        fuzz(partial(play, server), shrink=False)
