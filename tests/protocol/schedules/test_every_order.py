"""One edit for each pair of versions, in whatever order files and events come, however often."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.protocol.schedules.orders import InMemory, Seen, orders

FAMILIES = {
    "both overwritten": "i1 i2 s1 s2 I I S S",
    "every event three times": "i1 s1 I I I S S S",
    "with a depth map": "i1 sd d1 I S D D",
    "with a depth map that is overwritten": "i1 sd d1 d2 I S D D",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_one_edit_for_each_pair_of_versions(
    family: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    counts: Counter[str] = Counter()
    for line in orders(FAMILIES[family]):
        expected, place = Seen(), InMemory()
        expected.follow(line)
        place.play(line)
        posts, edits = len(place.world.upstream.tasks), len(place.world.records("edit"))
        counts += Counter(orders=1, events=place.deliveries, pairs=len(expected.paid), edits=edits, posts=posts)

        assert expected.last in expected.paid, line
        assert (edits, posts) == (len(expected.paid), len(expected.paid)), line
        assert len({event["id"] for event in place.world.topic.events if "edit_id" in event["data"]}) == edits, line
    for name, count in counts.items():
        record_testsuite_property(name, count)
    print(f"{family}: {dict(counts)}")  # noqa: T201  # pytest -s shows how much was played

    assert counts["orders"] > 100
