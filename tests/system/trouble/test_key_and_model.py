"""The key is rotated, and later the model withdrawn, while drops are on their way through the real processes."""

from collections.abc import Callable, Iterator

import pytest

from local.fake_upstream import Settings
from local.stack.stack import Options, local_stack
from tests.system.trouble.crowd import Crowd

pytestmark = pytest.mark.sockets

DROPS = 8
PATIENCE_SECONDS = 1800.0  # only what does not end at all takes so long
WIRE_NAME = "flux-pro-1-0-depth"

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with local_stack(Options(upstream=Settings(speed=5), parameters={"LingerSeconds": "3"})) as stack:
        yield Crowd(stack)


def test_a_key_rotated_while_edits_run_costs_one_refused_post_of_a_drop_at_most(
    crowd: Crowd, record_property: Record
) -> None:
    """Warm processes have the old key; tasks that are being watched and drops that are not yet bought continue."""
    before = crowd.drop("before", DROPS)
    assert crowd.until(lambda: crowd.posts()["200"] >= DROPS, PATIENCE_SECONDS)
    crowd.stack.emulator.client("secretsmanager").put_secret_value(
        SecretId=crowd.stack.outputs["UpstreamKeySecretArn"], SecretString="newer"
    )
    crowd.upstream.rotate_key("newer")
    after = crowd.drop("after", DROPS)
    crowd.until(lambda: crowd.words(before + after)["nothing"] == 0, PATIENCE_SECONDS)
    posts = crowd.posts()
    record_property("rotated_posts_refused", posts["401"])
    record_property("rotated_finished", crowd.words(before + after)["succeeded"])

    assert crowd.words(before + after) == {"succeeded": 2 * DROPS}
    assert posts["200"] == 2 * DROPS
    assert posts["401"] <= DROPS
    assert set(crowd.charges("before").values()) | set(crowd.charges("after").values()) == {1}


def test_a_withdrawn_model_ends_its_drops_at_once_and_charges_nothing(
    crowd: Crowd, record_property: Record
) -> None:
    crowd.upstream.configure(withdrawn={WIRE_NAME})
    keys = crowd.drop("withdrawn", DROPS)
    crowd.until(lambda: crowd.words(keys)["nothing"] == 0, PATIENCE_SECONDS)
    published = [event for key in keys for event in crowd.events[key]]
    record_property("withdrawn_notified", len(published))
    record_property("withdrawn_charged", len(crowd.charges("withdrawn")))

    assert crowd.words(keys) == {"rejected": DROPS}
    assert {event["data"]["error"]["code"] for event in published} == {"model_withdrawn"}
    assert all("flux-kontext-pro" in event["data"]["error"]["hint"] for event in published)
    assert (len(published), crowd.posts()["404"], crowd.charges("withdrawn")) == (DROPS, DROPS, {})
    assert [drop for drop in crowd.stack.records("drop#") if "parked_times" in drop] == []
