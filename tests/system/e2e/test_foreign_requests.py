"""What web pages, rebound names and other programs get from the ports of `make up`, its signer and a gallery.

Nothing: no answer that gives something away, and nothing changed. The same requests made properly are answered.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.system.e2e.strangers import at_emulator, at_names, at_others, at_signatures
from tests.system.e2e.strangers.attack import PORTS, Answer, Control
from tests.system.e2e.strangers.place import Place
from tests.system.e2e.strangers.placed import placed
from tests.system.e2e.strangers.proper import CHANGING, READING

pytestmark = pytest.mark.sockets

SECTIONS = {**at_emulator.SECTIONS, **at_signatures.SECTIONS, **at_others.SECTIONS, **at_names.SECTIONS}
ATTACKS = [one for section in SECTIONS.values() for one in section]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with placed(tmp_path_factory.mktemp("place")) as made:
        yield made


def test_there_are_at_least_forty_requests_and_some_for_every_port(
    record_property: Callable[[str, object], None],
) -> None:
    counted = Counter(one.port for one in ATTACKS)
    record_property("ports", len(counted))

    assert len({one.title for one in ATTACKS}) == len(ATTACKS) >= 40
    assert min(counted[port] for port in PORTS) >= 10
    assert {one.port for one in (*READING, *CHANGING)} == set(PORTS)


@pytest.mark.parametrize("control", READING, ids=lambda one: one.title)
def test_what_is_asked_properly_is_answered(place: Place, control: Control) -> None:
    answer = place.ask(control.port, control.request)

    assert (answer.status, control.has.encode() in answer.raw) == (control.status, True), answer.raw[:500]
    assert place.changes() == []


@pytest.mark.parametrize("section", SECTIONS)
def test_a_stranger_reads_and_changes_nothing(
    place: Place, section: str, record_property: Callable[[str, object], None]
) -> None:
    answers = {one.title: place.ask(one.port, one.request) for one in SECTIONS[section]}
    changes = place.changes()
    read = {title: place.read_of(answer) for title, answer in answers.items() if place.read_of(answer)}
    given = {
        one.title: answers[one.title].raw[:200]
        for one in SECTIONS[section]
        if not one.gives_nothing(answers[one.title])
    }
    record_property("requests", len(answers))
    record_property("changes", len(changes))
    record_property("read", len(read.keys() | given.keys()))

    assert changes == []
    assert read == {}
    assert given == {}
    assert [title for title, answer in answers.items() if _is_readable(answer)] == []


def _is_readable(answer: Answer) -> bool:
    """By a script of another site."""
    return any(name.startswith("access-control-") for name in answer.headers)


def test_in_the_end_all_of_it_still_works_for_its_owner(place: Place) -> None:
    answers = {one.title: place.ask(one.port, one.request) for one in CHANGING}
    wanted = {one.title: (one.status, True) for one in CHANGING}
    found = {one.title: (answers[one.title].status, one.has.encode() in answers[one.title].raw) for one in CHANGING}

    assert found == wanted
    assert place.delivered
