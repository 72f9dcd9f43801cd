"""An owner of a file, a name or an answer cannot write into the log, and no secret gets there."""

from collections.abc import Callable

import pytest

from tests.hostile.corpus.inbox_world import World
from tests.hostile.corpus.injections import ALL, ANSWERS, DROPS, PROMPT, TEXTS, Drop
from tests.hostile.corpus.log_lines import Log
from tests.support.scripted import KEY
from tests.unit.functions.lambdas import load

pytestmark = pytest.mark.sockets

Record = Callable[[str, object], None]


def live(world: World, drop: Drop) -> None:
    """The life of a drop: every event of its files, and the edit if there is one."""
    for name, content in drop.files.items():
        world.stack.put(name, content)
    for name in drop.files:
        world.deliver(name)
    world.finish()


def judge(world: World, record_property: Record) -> None:
    secrets = (KEY, PROMPT, "s3cr3t", world.fake.delivery_url, "/results/")
    forged, leaks = world.log.forged, world.log.leaks(secrets)
    record_property("forged", len(forged))
    record_property("secrets", len(leaks))

    assert (forged, leaks, world.log.err) == ([], [], "")
    assert world.log.out.count("\n") >= 2


def test_there_are_enough_of_them() -> None:
    assert len(TEXTS) + len(DROPS) + len(ANSWERS) >= 15


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_each_text_would_forge_a_line_of_a_careless_log(text: str) -> None:
    start = '{"level":"INFO","location":"a:1","service":"submit","timestamp":"t","message":"'
    log = Log(f'{start}{text}"}}\n')

    assert log.forged != []


def test_a_secret_in_a_log_is_found_even_when_it_is_escaped() -> None:
    log = Log('{"message":"a \\u201cwatercolour\\u201d, in \\"oil\\""}\n')

    assert log.leaks(('a “watercolour”, in "oil"', "else")) == ['a “watercolour”, in "oil"']


def test_a_text_that_is_logged_on_purpose_stays_on_its_line(world: World) -> None:
    logger = load(world.stack, "submit").logger
    for text in TEXTS.values():
        with pytest.raises(ValueError, match="a") as caught:
            int(text)
        logger.error(text, extra={"key": text, text: 1}, exc_info=caught.value)
    world.listen()

    assert (world.log.forged, world.log.err) == ([], "")
    assert world.log.out.count("\n") == len(TEXTS)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_hostile_text_in_key_prompt_and_metadata_of_an_edit_forges_nothing(
    world: World, text: str, record_property: Record
) -> None:
    printable = text.replace("\0", "")
    key = f"{text.replace('/', '')[:300]}.jpg"
    sidecar = {"prompt": f"{PROMPT} {printable}", "metadata": {text[:300]: text}, "rerun": text}
    live(world, Drop.made(key, sidecar))

    assert [event["type"] for event in world.events()] == ["depthdrop.edit.succeeded.v1"]
    judge(world, record_property)


@pytest.mark.parametrize("place", DROPS)
def test_hostile_texts_in_any_place_of_the_inbox_forge_nothing(
    world: World, place: str, record_property: Record
) -> None:
    live(world, DROPS[place](ALL))

    assert len(world.events()) == (0 if place == "a suffix" else 1)
    judge(world, record_property)


@pytest.mark.parametrize("place", ANSWERS)
def test_hostile_texts_in_any_answer_of_the_upstream_forge_nothing(
    scripted: World, place: str, record_property: Record
) -> None:
    ANSWERS[place](scripted.stack.upstream)
    live(scripted, Drop.made("a.jpg", {"prompt": PROMPT}))

    scripted.sweep()

    assert scripted.stack.upstream.keys_seen
    judge(scripted, record_property)
