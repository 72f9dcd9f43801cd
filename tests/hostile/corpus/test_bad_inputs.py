"""Every bad input ends in one receipt and one event that say what to change, and reaches the upstream never."""

import json
from collections.abc import Callable
from itertools import cycle

import pytest

from tests.hostile.corpus.bad import Bad
from tests.hostile.corpus.bad_neighbours import BAD_NEIGHBOURS
from tests.hostile.corpus.bad_pictures import BAD_PICTURES
from tests.hostile.corpus.bad_settings import BAD_SETTINGS
from tests.hostile.corpus.bad_sidecars import BAD_SIDECARS
from tests.hostile.corpus.forms import FORMS
from tests.hostile.corpus.inbox_world import World
from tests.support.aws import OUTBOX
from tests.support.scripted import KEY

pytestmark = pytest.mark.sockets

BAD_INPUTS = [*BAD_PICTURES, *BAD_SIDECARS, *BAD_SETTINGS, *BAD_NEIGHBOURS]
CONTINUES: dict[str, list[object]] = {"batchItemFailures": []}
SENTENCE_MAX = 500  # characters: what is longer is not read


def test_no_input_is_here_twice() -> None:
    contents = [(bad.prompt, *sorted(bad.files.items())) for bad in BAD_INPUTS]

    assert len({bad.name for bad in BAD_INPUTS}) == len(set(contents)) == len(BAD_INPUTS) >= 60


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=[bad.name for bad in BAD_INPUTS])
def test_a_bad_input_gets_one_clear_receipt_and_no_post(
    world: World, bad: Bad, record_property: Callable[[str, object], None]
) -> None:
    for name, content in bad.files.items():
        world.stack.put(name, content, prompt=bad.prompt if name == bad.image else None)
    answers = [world.deliver(name, form) for name, form in zip(bad.files, cycle(FORMS), strict=False)]
    outbox, events = world.stack.outbox(), world.events()
    record_property("receipts", len(outbox))
    record_property("posts", world.posts)

    assert answers == [CONTINUES] * len(answers)
    assert list(outbox) == [f"{bad.image}.rejected.json"]
    receipt = json.loads(outbox[f"{bad.image}.rejected.json"])
    assert (receipt["image"], receipt["charged"]) == (bad.image, False)
    assert (receipt["code"], receipt["field"]) == (bad.code, bad.field), receipt["message"]
    assert bad.says in receipt["message"]
    for sentence in (receipt["message"], receipt["hint"]):
        assert sentence.endswith((".", "?"))
        assert sentence.isprintable()
        assert len(sentence) <= SENTENCE_MAX
    [event] = events
    assert event["type"] == "depthdrop.edit.rejected.v1"
    assert event["subject"] == bad.image
    published = {name: receipt[name] for name in ("code", "message", "hint", "field") if receipt[name] is not None}
    assert event["data"]["error"] == published
    assert event["data"]["spend"] == {"state": "none", "usd": 0.0}
    assert event["data"]["receipt"] == {"bucket": OUTBOX, "key": f"{bad.image}.rejected.json"}
    assert world.posts == 0
    assert world.kinds.isdisjoint({"edit", "slot", "circuit"})
    assert (world.log.forged, world.log.leaks((KEY, "watercolour")), world.log.err) == ([], [], "")
