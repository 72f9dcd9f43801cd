"""Every order in which files can be put and their events delivered, and the expected result of each.

The words are those of `tests.support.letters`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from depthdrop.inbox.message import ObjectCreated
from tests.protocol.schedules.world import World
from tests.support.letters import act

_WORK_SECONDS = 10.0  # longer than the fake upstream's
_TURNS = 3  # of a state machine whose task is ready: poll, finalize, and one to spare


def orders(words: str) -> Iterator[str]:
    """All orders of these words with versions in sequence and an event after each file's last version."""
    for order in _arranged(tuple(sorted(words.split()))):
        puts = {word[0]: at for at, word in enumerate(order) if word[0].islower()}
        events = {word.lower(): at for at, word in enumerate(order) if word.isupper()}
        versions = [[word for word in order if word.startswith(letter)] for letter in puts]
        if all(found == sorted(found) for found in versions) and all(events[one] > at for one, at in puts.items()):
            yield " ".join(order)


def _arranged(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Distinct arrangements: two events of the same file are one and the same."""
    if not words:
        yield ()
    for at, word in enumerate(words):
        if word not in words[:at]:
            for others in _arranged(words[:at] + words[at + 1 :]):
                yield (word, *others)


@dataclass
class Seen:
    """What should be paid for: each pair of versions, and map, that was stored when submit looked."""

    stored: dict[str, str] = field(default_factory=dict)
    had: dict[tuple[str, str], str] = field(default_factory=dict)
    paid: set[tuple[str, str, str]] = field(default_factory=set)

    def follow(self, line: str) -> None:
        for word in line.split():
            if word.islower():
                self.stored[word[0]] = word
            else:
                self._look(word.lower())

    @property
    def last(self) -> tuple[str, str, str]:
        image, sidecar = self.stored["i"], self.stored["s"]
        return image, sidecar, self.stored["d"] if sidecar == "sd" else ""

    def _look(self, letter: str) -> None:
        if not {"i", "s"} <= self.stored.keys() or (letter == "d" and not self.had):
            return  # an unpaired file; or a map that no sidecar names yet
        image, sidecar = pair = self.stored["i"], self.stored["s"]
        depth_map = self.stored.get("d", "")
        if pair not in self.had or letter == "d":
            self.had[pair] = depth_map
            if depth_map or sidecar != "sd":
                self.paid.add((image, sidecar, depth_map if sidecar == "sd" else ""))


@dataclass
class InMemory:
    """The real use cases on the schedules' world; each paid edit ends before the next event."""

    world: World = field(default_factory=World)
    deliveries: int = 0

    def play(self, line: str) -> None:
        act(self, line)

    def put(self, key: str, content: bytes, at: float) -> None:
        self.world.buckets.put("inbox", key, content, at)

    def delete(self, key: str) -> None:
        del self.world.buckets.objects["inbox", key]

    def deliver(self, key: str) -> None:
        self.deliveries += 1
        for _ in self.world.submit.handle(ObjectCreated("inbox", key), lambda: 85.0):
            pass
        for _ in range(_TURNS):
            self.world.time += _WORK_SECONDS
            for execution in self.world.executions.running():
                job, _ = self.world.turn(execution)
                self.world.turned(execution, job())
