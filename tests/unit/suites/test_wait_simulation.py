"""The simulated wait goes through the real poll: every turn of it, whatever an edit takes."""

from tests.bench.wait_simulation import learning, published, summary, times


def test_edits_of_every_length_are_waited_for_by_the_real_poll() -> None:
    waited, latency = learning([0.2, *times(30), 200.0], published())  # before the first look, and after many turns

    found = summary(waited)
    assert found.invocations > 1
    assert found.transitions > found.invocations
    assert all(one.delay >= 0 for one in waited)
    assert latency != published()
