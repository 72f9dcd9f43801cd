"""Plays one schedule: a list of actions that Hypothesis made, then peace until nothing is left to do."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.protocol.schedules.promises import BrokenPromiseError, Watchman, check_settled
from tests.protocol.schedules.upstream import POSTS, TASKS
from tests.protocol.schedules.world import LANES, LEASE, World
from tests.support.fates import READS, Fate
from tests.support.scripted import PICTURE

Action = tuple[str, int]
_NAMES = ("a", "b", "c", "d")
_FATES = [fate for fate in Fate if fate is not Fate.WELL]
_READS = (*READS, "GET", "DOWNLOAD")
_PAUSES = (5, 30, 60, LEASE + 10, 600, LEASE + 20 * 60, 1000, 540)
_SKEWS = (0, 0, 0, 0, 0, 0, 600, -600)
_UNPAIRED_WAITS = 16 * 60
_LONGEST_RUN = 200
_ROUNDS = 80
_SETTLED = 30  # rounds after which only another day helps
_ROUND_SECONDS = 301.0
_DAY_SECONDS = 24 * 3600.0


@dataclass
class Play:
    """One schedule. `steps` counts the actions that did something."""

    world: World = field(default_factory=World)
    steps: int = 0
    busiest: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watchman = Watchman(self.world)

    def play(self, actions: list[Action]) -> None:
        """Raises BrokenPromiseError. No worker is left running."""
        try:
            self._drop(0)
            for word, number in actions:
                if _ACTIONS[word](self, number):
                    self.steps += 1
                    self.busiest = max(self.busiest, sum(one is not None for one in self.world.lanes))
                    self._check()
            self._settle()
            check_settled(self.world)
            self._check()
        finally:
            for lane in range(LANES):
                while self.world.lanes[lane] is not None:
                    self.world.go_on(lane, Fate.KILLED_BEFORE)

    def _check(self) -> None:
        self.watchman.after_a_step()
        if self.world.broken:
            raise BrokenPromiseError(self.world.broken[0])

    # ---- actions; each returns whether it did anything

    def _nothing(self, _: int) -> bool:
        return False

    def _drop(self, number: int) -> bool:
        """A new pair, new content under an old name, or an old pair dropped again."""
        name = _NAMES[number % len(_NAMES)]
        if name not in self.versions or number // 4 % 4 == 3:
            self.world.used("overwrite" if name in self.versions else "drop")
            self.versions[name] = self.versions.get(name, 0) + 1
        else:
            self.world.used("dropped again")
        self.world.drop(name, f"{name} {self.versions[name]}")
        return True

    def _unpaired(self, number: int) -> bool:
        """One file comes without the other, or goes."""
        name, what, is_new = _NAMES[number % 2], number // 2 % 5, number // 10 % 2
        if what < 2:
            self.world.used("picture alone")
            self.world.put(name, ".jpg", PICTURE)
        elif what < 4:
            self.world.used("sidecar alone")
            self.versions[name] = self.versions.get(name, 0) + is_new
            self.world.put(name, ".txt", f"{name} {self.versions[name]}".encode())
        else:
            self.world.used("removed")
            self.world.remove(name, (".jpg", ".txt")[is_new])
        return True

    def _patience(self, number: int) -> bool:
        """Messages are processed, a quarter of an hour passes, and sweep runs; it may be stopped in the middle."""
        for lane in range(LANES):
            self._to_the_end(lane)
        for message in self.world.queues.visible():
            if self.world.queues.receive(message):
                self.world.run(self.world.deliver(message)[0])
        self.world.time += _UNPAIRED_WAITS
        self._sweep(0)
        return self._finish(0) if number % 2 else self._step(number)

    def _free_lane(self) -> int | None:
        return next((lane for lane in range(LANES) if self.world.lanes[lane] is None), None)

    def _busy_lane(self, number: int) -> int | None:
        busy = [lane for lane in range(LANES) if self.world.lanes[lane] is not None]
        return busy[number % len(busy)] if busy else None

    def _deliver(self, number: int) -> bool:
        lane, visible = self._free_lane(), self.world.queues.visible()
        if lane is None or not visible:
            return self._step(number)
        message = visible[number % len(visible)]
        if self.world.queues.receive(message):
            job, after = self.world.deliver(message)
            skew = _SKEWS[number // 8 % 8]
            self.world.start(lane, "submit", self.world.subject_of(message.body), job, after, skew)
        return True

    def _step(self, number: int) -> bool:
        """One worker makes up to eight calls."""
        lane = self._busy_lane(number)
        for _ in range(1 + number // 4 % 8):
            if lane is not None:
                self.world.go_on(lane)
        return lane is not None

    def _finish(self, number: int) -> bool:
        lane = self._busy_lane(number)
        if lane is None:
            return False
        self._to_the_end(lane)
        return True

    def _to_the_end(self, lane: int) -> None:
        for _ in range(_LONGEST_RUN):
            if self.world.lanes[lane] is None:
                return
            self.world.go_on(lane)
        self.world.broken.append("a worker never came to its end")

    def _fault(self, number: int) -> bool:
        """Something befalls a worker at one of its next changes, mostly, or at its next call."""
        lane = self._busy_lane(number)
        if lane is None:
            return self._deliver(number)
        fate = _FATES[number // 3 % len(_FATES)]
        for _ in range(number // 15 % 8):
            self.world.go_on(lane)
            self._to_a_change(lane)
        self.world.go_on(lane, fate)
        return True

    def _to_a_change(self, lane: int) -> None:
        while (worker := self.world.lanes[lane]) is not None and worker.next_call.startswith(_READS):
            self.world.go_on(lane)

    def _duplicate(self, number: int) -> bool:
        """At least once: a message that a worker is processing, or has just acknowledged, is delivered again."""
        if not self.world.queues.waiting:
            return False
        message = self.world.queues.waiting[number % len(self.world.queues.waiting)]
        self.world.queues.enqueue(message.body)
        self.world.used("duplicate")
        return True

    def _bury(self, number: int) -> bool:
        """A message was received too often."""
        waiting = self.world.queues.visible()
        if not waiting:
            return False
        self.world.used("dead letter")
        self.world.queues.bury(waiting[number % len(waiting)])
        return True

    def _sweep(self, number: int) -> bool:
        lane = self._free_lane()
        if lane is None:
            return self._step(number)
        self.world.start(lane, "sweep", "", self.world.sweep.handle, lambda _: None, _SKEWS[number // 8 % 8])
        return True

    def _turn(self, number: int) -> bool:
        lane, running = self._free_lane(), self.world.executions.running()
        if lane is None or not running:
            return self._step(number)
        job, after = self.world.turn(running[number % len(running)])
        self.world.start(lane, "turn", "", job, after, _SKEWS[number // 8 % 8])
        return True

    def _pass_time(self, number: int) -> bool:
        seconds = _PAUSES[number % len(_PAUSES)]
        self.world.time += seconds
        for worker in self.world.lanes:
            if worker is not None and worker.kind == "submit" and self.world.time - worker.started > LEASE:
                self.world.used("outlived lease")
                self.world.excused.add(worker.subject)
        return True

    def _script(self, number: int) -> bool:
        self.world.upstream.posts.append(POSTS[number % len(POSTS)])
        return True

    def _task(self, number: int) -> bool:
        self.world.upstream.next_tasks.append(TASKS[number % len(TASKS)])
        return True

    def _account(self, number: int) -> bool:
        """The key is replaced at the upstream, or the balance is spent; later the owner fixes it."""
        upstream = self.world.upstream
        if number % 2:
            upstream.funded = not upstream.funded
        elif upstream.secret == upstream.valid_key:
            upstream.valid_key += "'"
        else:
            upstream.secret = upstream.valid_key
        return True

    def _resume(self, number: int) -> bool:
        failed = [edit for edit in self.world.records("edit") if edit["state"] == "FAILED"]
        lane = self._free_lane()
        if lane is None or not failed:
            return self._step(number)
        edit_id = failed[number % len(failed)]["edit_id"]
        self.world.used("resumed")
        self.world.start(lane, "resume", "", lambda: self.world.sweep.resume(edit_id), lambda _: None, 0)
        return True

    # ---- the end

    def _settle(self) -> None:
        world = self.world
        for lane in range(LANES):
            self._to_the_end(lane)
        world.upstream.posts.clear()
        world.upstream.next_tasks.clear()
        world.upstream.secret, world.upstream.funded = world.upstream.valid_key, True
        for number in range(_ROUNDS):
            for message in world.queues.visible():
                if world.queues.receive(message):
                    world.run(world.deliver(message)[0])
            for execution in world.executions.running():
                job, _ = world.turn(execution)
                world.turned(execution, world.run(job))
            self._check()
            world.time += (
                _DAY_SECONDS if number >= _SETTLED and self._any_waits_for_the_budget() else _ROUND_SECONDS
            )
            answer = world.run(world.sweep.handle)
            if isinstance(answer, Exception):
                raise BrokenPromiseError(f"sweep fell: {answer!r}")
            if not world.anything_left():
                return
        raise BrokenPromiseError(f"something is left to do for ever: {world.anything_left()}")

    def _any_waits_for_the_budget(self) -> bool:
        return any(item.get("open") == {"S": "over_budget"} for item in self.world.store.items.values())


_ACTIONS: dict[str, Callable[[Play, int], bool]] = {
    "rest": Play._nothing,
    "deliver": Play._deliver,
    "step": Play._step,
    "finish": Play._finish,
    "fault": Play._fault,
    "drop": Play._drop,
    "duplicate": Play._duplicate,
    "bury": Play._bury,
    "sweep": Play._sweep,
    "turn": Play._turn,
    "time": Play._pass_time,
    "script": Play._script,
    "task": Play._task,
    "account": Play._account,
    "resume": Play._resume,
    "half": Play._unpaired,
    "patience": Play._patience,
}
WEIGHTS = {
    "rest": 1,
    "deliver": 8,
    "step": 7,
    "finish": 4,
    "fault": 7,
    "drop": 3,
    "duplicate": 2,
    "bury": 1,
    "sweep": 3,
    "turn": 6,
    "time": 4,
    "script": 4,
    "task": 4,
    "account": 2,
    "resume": 1,
}
