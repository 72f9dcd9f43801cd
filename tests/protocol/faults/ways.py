"""The ways that a drop can go, so that every call of submit, poll, finalize and sweep is made in one of them."""

from collections.abc import Callable
from functools import partial

from tests.protocol.faults.way import Choose, Way, well
from tests.protocol.schedules.upstream import POSTS, TASKS
from tests.protocol.schedules.world import World

Made = Callable[[Choose], Way]

_OWNER_ACTS = 4  # the round in which the owner fixes the key or the balance
_AFTER_THE_END = 5


def way_of(name: str, choose: Choose = well) -> Way:
    """Go this way to its end. Raises BrokenPromiseError."""
    way, names = WAYS[name](choose)
    way.go(*names)
    return way


def _straight(choose: Choose) -> tuple[Way, list[str]]:
    return Way(choose), ["a"]


def _answered(word: str, choose: Choose) -> tuple[Way, list[str]]:
    way = Way(choose)
    way.world.upstream.posts.append(word)
    return way, ["a"]


def _worked(word: str, choose: Choose) -> tuple[Way, list[str]]:
    way = Way(choose)
    way.world.upstream.next_tasks.append(word)
    return way, ["a"]


def _refused_while_others_wait(choose: Choose) -> tuple[Way, list[str]]:
    """A slot that a refusal frees is offered to a parked drop; the slot of a paid edit is offered by finalize."""
    way = Way(choose, world=World(slots=1))
    way.world.upstream.posts.extend(["", "request refused"])
    return way, ["a", "b", "c", "d"]


def _without_a_key(choose: Choose) -> tuple[Way, list[str]]:
    way = Way(choose, {_OWNER_ACTS: _put_right})
    way.world.upstream.valid_key = "another"
    return way, ["a"]


def _without_money(choose: Choose) -> tuple[Way, list[str]]:
    way = Way(choose, {_OWNER_ACTS: _put_right})
    way.world.upstream.funded = False
    return way, ["a"]


def _put_right(way: Way) -> None:
    upstream = way.world.upstream
    upstream.secret, upstream.funded = upstream.valid_key, True


def _bad_picture(choose: Choose) -> tuple[Way, list[str]]:
    way = Way(choose)
    way.world.drop("bad", "a watercolour of nothing")
    way.world.buckets.put("inbox", "bad.jpg", b"no picture", way.world.time)
    return way, ["a"]


def _corrected(choose: Choose) -> tuple[Way, list[str]]:
    """The receipt of a bad picture goes when a good one takes its place."""
    way, names = _bad_picture(choose)
    way.plan[_AFTER_THE_END] = lambda way: way.world.drop("bad", "a watercolour of something")
    return way, names


def _dropped_again(choose: Choose) -> tuple[Way, list[str]]:
    return Way(choose, {_AFTER_THE_END: lambda way: way.world.drop("a", "a watercolour of a")}), ["a"]


def _buried(choose: Choose) -> tuple[Way, list[str]]:
    """Both messages were received too often; later the letters are found settled, because the drop was bought."""

    def bury(way: Way) -> None:
        for message in list(way.world.queues.waiting):
            way.world.queues.bury(message)

    def redrive(way: Way) -> None:
        for letter in way.world.queues.dead:
            way.world.queues.enqueue(letter.body)

    return Way(choose, {0: bury, 2: redrive, 8: lambda _: None}), ["a"]


def _execution_dies(choose: Choose) -> tuple[Way, list[str]]:
    """The owner stops the execution of a paid task; its message comes again, or sweep looks."""

    def stop(way: Way, *, again: bool) -> None:
        for execution in way.world.executions.all.values():
            execution.status = "ABORTED"
        if again:
            way.world.drop("a", "a watercolour of a")

    return Way(choose, {1: partial(stop, again=True), 3: partial(stop, again=False)}), ["a"]


def _resumed(choose: Choose) -> tuple[Way, list[str]]:
    def resume(way: Way) -> None:
        for edit in way.world.records("edit"):
            way.invoke("sweep", partial(way.world.sweep.resume, edit["edit_id"]))

    way = Way(choose, {5: resume})
    way.world.upstream.next_tasks.append("late")
    return way, ["a"]


WAYS: dict[str, Callable[[Choose], tuple[Way, list[str]]]] = {
    "straight": _straight,
    **{word: partial(_answered, word) for word in POSTS},
    **{word: partial(_worked, word) for word in TASKS},
    "refused while others wait": _refused_while_others_wait,
    "key refused": _without_a_key,
    "balance empty": _without_money,
    "no picture": _bad_picture,
    "corrected": _corrected,
    "dropped again": _dropped_again,
    "buried": _buried,
    "execution dies": _execution_dies,
    "resumed": _resumed,
}
