"""What each answer to a POST leads to: a second one only where the first was provably unsent or refused.

The table is the contract's, not what the code makes of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from depthdrop.upstream.answer import Answer, NoAnswer, Observation
from depthdrop.upstream.post_outcome import Ambiguous, PostOutcome, Unsent, classify_post
from depthdrop.use_cases import purchase
from tests.protocol.faults.way import Way

Record = Callable[[str, object], None]

_TASK = {"id": "task-1"}


def _answer(status: int, body: object = "", code: str = "", message: str = "no") -> Answer:
    """With `code` or without a body, an error in the upstream's form."""
    content = body or {"error": {"message": message, "type": "comet_api_error", "param": "", "code": code}}
    return Answer(status, content if isinstance(content, bytes) else json.dumps(content).encode())


MAY_BE_SENT_AGAIN: dict[str, Observation] = {  # by a later release of the drop: it is parked
    "never connected": NoAnswer("ConnectError", started=False),
    "connect timeout": NoAnswer("ConnectTimeout", started=False),
    "401": _answer(401),
    "401 of html": _answer(401, b"<html>"),
    "402": _answer(402, code="insufficient_quota"),
    "403": _answer(403),
    "403 of quota": _answer(403, message="your quota is used up"),
    "429": _answer(429),
    "429 without a body": _answer(429, b" "),
}
NEVER: dict[str, Observation] = {
    "200": _answer(200, _TASK),
    "200 with task_id": _answer(200, {"task_id": "task-1"}),
    "200 wrapped": _answer(200, {"code": "success", "data": _TASK}),
    "201": _answer(201, _TASK),
    "202": _answer(202, _TASK),
    "400": _answer(400, code="invalid_request"),
    "422": _answer(422, {"detail": [{"loc": ["body", "steps"], "msg": "too few", "type": "x"}]}),
    "500 invalid_request": _answer(500, code="invalid_request"),
    "404": _answer(404, code="model_not_found"),
    "410": _answer(410),
    "503 model_not_found": _answer(503, code="model_not_found"),
    "read timeout": NoAnswer("ReadTimeout"),
    "write timeout": NoAnswer("WriteTimeout"),
    "reset": NoAnswer("ReadError"),
    "broken off": NoAnswer("RemoteProtocolError"),
    "too long": NoAnswer("AnswerTooLong"),
    "too slow": NoAnswer("AnswerTooSlow"),
    "200 without an id": _answer(200, {"status": "Pending"}),
    "200 with an empty id": _answer(200, {"id": ""}),
    "200 of html": _answer(200, b"<html>login</html>"),
    "200 of a list": _answer(200, ["task-1"]),
    "200 cut off": _answer(200, b'{"id": "task'),
    "204": _answer(204, b" "),
    "301": _answer(301, b" "),
    "304": _answer(304, b" "),
    "405": _answer(405),
    "408": _answer(408),
    "409": _answer(409),
    "413": _answer(413),
    "500": _answer(500),
    "502": _answer(502, b"<html>"),
    "503": _answer(503),
    "504": _answer(504, b"<html>"),
    "520": _answer(520, b"error code: 520"),
    "524": _answer(524, b"error code: 524"),
    "529": _answer(529),
    "999": _answer(999),
}
OUTCOMES = {**MAY_BE_SENT_AGAIN, **NEVER}


@dataclass
class Once:
    """Answers the first POST like this and the others with a task, which fails."""

    seen: Observation
    posts: int = 0

    def post(self, *_: object) -> Observation:
        self.posts += 1
        return self.seen if self.posts == 1 else _answer(200, {"id": "task-2"})

    def get_result(self, *_: object) -> Observation:
        return _answer(200, {"status": "Error"})


class Reporting(Way):
    def check_when_settled(self) -> None:
        assert self.world.topic.events


def posts_after(seen: Observation) -> int:
    """How many POSTs a drop makes whose first is answered so."""
    way, upstream = Reporting(), Once(seen)
    way.ask_instead(upstream)
    way.go()
    return upstream.posts


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_second_post_follows_only_what_was_unsent_or_refused(name: str, record_property: Record) -> None:
    posts = posts_after(OUTCOMES[name])
    record_property("outcomes", 1)
    record_property("wrong_second_posts", posts - 1 if name in NEVER else 0)

    assert posts == (2 if name in MAY_BE_SENT_AGAIN else 1)


def test_a_reader_that_calls_an_unknown_answer_unsent_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    def hopeful(seen: Observation) -> PostOutcome:
        outcome = classify_post(seen)
        return Unsent("No answer, so let us try again.") if isinstance(outcome, Ambiguous) else outcome

    monkeypatch.setattr(purchase, "classify_post", hopeful)

    assert posts_after(OUTCOMES["524"]) == 2
