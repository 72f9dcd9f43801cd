"""The upstream in memory, with a ledger of its own: what it charged, whatever the code believes."""

import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from depthdrop.upstream.answer import Answer, NoAnswer, Observation
from depthdrop.upstream.download import Downloaded, DownloadFailed, LinkExpired
from depthdrop.upstream.key import KeyMissingError
from depthdrop.upstream.request import PostRequest
from depthdrop.upstream.result_link import SafeLink
from tests.protocol.schedules.baton import Baton
from tests.support.fates import Fate
from tests.support.scripted import EDITED

Asked = tuple[str, str]  # prompt and model: what is paid for
CAP = 24  # of tasks at work at one time; contract
WORK_SECONDS = 8.0
POSTS = (  # what one POST may come to, besides what key, balance and cap make of it
    "request refused",
    "model withdrawn",
    "busy",
    "unsent",
    "lost and charged",
    "lost and not charged",
    "no task id",
    "server error",
)
UNANSWERED = frozenset({"lost and charged", "lost and not charged", "no task id", "server error"})
CHARGED = frozenset({"lost and charged", "no task id"})
TASKS = ("fails", "late", "link expired", "download broken")
_ERRORS = {"request refused": (400, ""), "model withdrawn": (503, "model_not_found"), "busy": (429, "")}


class Used(Protocol):
    def __call__(self, name: str) -> None: ...


@dataclass
class Task:
    ready_at: float
    fails: bool = False
    expired_links: int = 0


@dataclass
class FakeUpstream:
    """Replaces upstream.Upstream and, as the world's link to a worker's key, for the secret."""

    baton: Baton
    now: Callable[[], float]
    used: Used
    charges: Counter[Asked] = field(default_factory=Counter)
    tasks: dict[str, Task] = field(default_factory=dict)
    posts: deque[str] = field(default_factory=deque)
    next_tasks: deque[str] = field(default_factory=deque)
    sealed: dict[Asked, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    valid_key: str = "k1"
    secret: str = "k1"
    funded: bool = True
    deadline_seconds: int = 0
    cap: int = CAP
    peak: int = 0  # of tasks at work at one time
    work_seconds: Callable[[], float] = lambda: WORK_SECONDS

    def active(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.ready_at > self.now()]

    # ---- what the code calls

    def post(self, request: PostRequest, key: str, seconds: float) -> Observation:  # noqa: ARG002  # as the real one
        fate = self.baton.fate_of("POST")
        if fate in {Fate.NEVER_ARRIVED, Fate.SDK_RETRY}:  # nothing repeats a POST
            return NoAnswer("ConnectError", started=False)
        asked = str(request.fields["prompt"]), request.wire_name
        seen = self._post(asked, key)
        if fate is not Fate.WELL:
            self.sealed.setdefault(asked, "its answer was lost")
        self.baton.die_if(fate)
        return NoAnswer("ReadError") if fate is Fate.ANSWER_LOST else seen

    def get_result(self, task_id: str, polling_url: str | None, key: str, seconds: float) -> Observation:  # noqa: ARG002
        fate = self.baton.fate_of("GET")
        self.baton.die_if(fate)
        if fate is not Fate.WELL:
            return NoAnswer("ReadError")
        if key != self.valid_key:
            return _error(401)
        task = self.tasks[task_id]
        if task.ready_at > self.now():
            return _json(200, {"id": task_id, "status": "Pending"})
        if task.fails:
            return _json(200, {"id": task_id, "status": "Error"})
        link = f"https://delivery.example/{task_id}"
        return _json(200, {"id": task_id, "status": "Ready", "result": {"sample": link, "seed": 7}})

    def check_link(self, url: str, *, allow_loopback: bool, this_machine: str | None) -> SafeLink:
        assert not allow_loopback
        assert this_machine is None
        return SafeLink(url, "delivery.example", 443, "93.184.216.34")

    def download(self, link: SafeLink, into: BinaryIO) -> Downloaded | LinkExpired | DownloadFailed:
        fate = self.baton.fate_of("DOWNLOAD")
        self.baton.die_if(fate)
        if fate is not Fate.WELL:
            return DownloadFailed("it broke off")
        task = self.tasks[link.url.rpartition("/")[2]]
        if task.expired_links:
            task.expired_links -= 1
            return LinkExpired()
        into.write(EDITED)
        return Downloaded("jpeg", "image/jpeg", len(EDITED))

    # ---- what happens inside

    def _post(self, asked: Asked, key: str) -> Observation:
        if key != self.valid_key:
            self.used("key refused")
            return _error(401)
        if not self.funded:
            self.used("balance empty")
            return _error(402)
        word = self.posts.popleft() if self.posts else ""
        if word:
            self.used(word)
        if word == "unsent":
            return NoAnswer("ConnectError", started=False)
        if word in _ERRORS:
            return _error(*_ERRORS[word])
        if len(self.active()) >= self.cap:
            return _error(429)
        if asked in self.sealed:
            self.broken.append(f"{asked[0]!r} was sent again although {self.sealed[asked]}")
        if word in UNANSWERED:
            self.sealed.setdefault(asked, "its answer was lost")
            self.charges[asked] += word in CHARGED
            answers = {"no task id": _json(200, {}), "server error": _error(500)}
            return answers.get(word, NoAnswer("ReadTimeout"))
        return self._accept(asked)

    def _accept(self, asked: Asked) -> Observation:
        self.charges[asked] += 1
        self.sealed.setdefault(asked, "it had been accepted")
        word = self.next_tasks.popleft() if self.next_tasks else ""
        if word:
            self.used(word)
        task_id = f"task-{len(self.tasks) + 1}"
        takes = 2.0 * self.deadline_seconds if word == "late" else self.work_seconds()
        expired = {"link expired": 1, "download broken": 9}.get(word, 0)
        self.tasks[task_id] = Task(self.now() + takes, fails=word == "fails", expired_links=expired)
        self.peak = max(self.peak, len(self.active()))
        return _json(200, {"id": task_id})


class FakeKey:
    """upstream_key.UpstreamKey in one warm container: the key is kept until it is fetched anew."""

    def __init__(self, upstream: FakeUpstream) -> None:
        self._upstream, self._kept = upstream, ""

    def current(self) -> str:
        return self._kept or self.refetched()

    def refetched(self) -> str:
        fate = self._upstream.baton.fate_of("GetSecretValue")
        self._upstream.baton.die_if(fate)
        if fate in {Fate.NEVER_ARRIVED, Fate.ANSWER_LOST}:
            raise ConnectionError("no secret")
        self._kept = self._upstream.secret
        if not self._kept:
            raise KeyMissingError("There is no key.")
        return self._kept


def _json(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode())


def _error(status: int, code: str = "") -> Answer:
    return _json(status, {"error": {"message": "no", "type": "comet_api_error", "code": code}})
