"""What AWS asks for 1,000 edits, counted, beside the job poller; and on paper beside two other ways."""

from collections.abc import Iterable, Mapping
from functools import cache

from depthdrop.settings.models_and_prices import DEPTH
from tests.bench.edit_bill import Use, ours, peer_b
from tests.bench.figures import Figure
from tests.bench.here import here
from tests.bench.network import DOWNLOAD_SECONDS, POST_SECONDS
from tests.bench.prices import (
    DURABLE_GB_WRITTEN,
    DURABLE_OPERATION,
    EGRESS_GB,
    LAMBDA_GB_SECOND,
    LAMBDA_REQUEST,
    PRICES,
)
from tests.bench.wait_simulation import looping, summary, times
from tests.bench.waits import both

_EDITS = 1000
_MOST_USD = 0.30
_PARTS: Mapping[str, tuple[str, ...]] = {
    "state transitions": ("transition",),
    "Lambda": ("gb_second", "invocation"),
    "the table": ("write_units", "read_units"),
    "S3": ("s3_write", "s3_read"),
    "queue and notices and events": ("sqs", "sns", "kms", "s3_event"),
    "the key and traces and logs": ("secret", "trace", "log_gb"),
}
_PICTURE_GB = 4 / 3 / 1024  # 1 MiB as base64
_CHECK_GB = 0.5  # of memory where one function does everything: it holds picture and result whole
_REPLAY_SECONDS = 0.1  # a durable function begins anew after each wait
_KB_WRITTEN = 1.0  # at each durable operation


def figures() -> Iterable[Figure]:
    own, peer = counted()
    whole = usd(own)
    yield Figure(
        "cost: dollars of AWS for 1000 edits",
        round(whole, 3),
        round(usd(peer), 3),
        f"at most {_MOST_USD:g}",
        kept=whole <= _MOST_USD,
    )
    for part, names in _PARTS.items():
        mine, theirs = (usd({name: use[name] for name in names}) for use in (own, peer))
        yield _reported(f"cost: of these for {part}", mine, theirs)
    model = _EDITS * float(DEPTH.price_usd)
    yield _reported("cost: dollars of the model itself for 1000 edits", model, model)
    sent = _EDITS * _PICTURE_GB * EGRESS_GB
    yield _reported("cost: dollars for sending 1000 pictures of 1 MiB to the upstream", sent, sent)
    yield _reported(
        "cost: dollars for 1000 edits (peer: one Lambda that sleeps; on paper)", whole, one_lambda_usd()
    )
    yield _reported("cost: dollars for 1000 edits (peer: a durable function; on paper)", whole, durable_usd())


@cache
def counted() -> tuple[Use, Use]:
    """Of one edit: ours and the job poller's."""
    wait, peer_wait = both()
    with here() as place:
        return ours(place, wait), peer_b(place, peer_wait)


def usd(use: Mapping[str, float]) -> float:
    """For 1,000 edits. Raises KeyError for what has no price."""
    return _EDITS * sum(PRICES[name] * count for name, count in use.items())


def one_lambda_usd() -> float:
    """Peer A: it looks every second, and is paid for all the time."""
    waited = summary([looping(seconds, lambda _: 1.0) for seconds in times(10_000)])
    asleep = sum(times(10_000)) / 10_000 + waited.mean_delay
    return _EDITS * ((POST_SECONDS + asleep + DOWNLOAD_SECONDS) * _CHECK_GB * LAMBDA_GB_SECOND + LAMBDA_REQUEST)


def durable_usd() -> float:
    """wait_for_condition: a first wait like ours, then a look every second, which is its shortest wait."""
    waited = summary([looping(seconds, lambda turn: 1.0 if turn else 5.0) for seconds in times(10_000)])
    operations = 1 + 1 + waited.gets + 1  # start, the POST, each look, the download
    busy = POST_SECONDS + waited.lambda_seconds + waited.invocations * _REPLAY_SECONDS + DOWNLOAD_SECONDS
    return _EDITS * (
        operations * (DURABLE_OPERATION + _KB_WRITTEN / 1e6 * DURABLE_GB_WRITTEN)
        + busy * _CHECK_GB * LAMBDA_GB_SECOND
        + (1 + waited.invocations) * LAMBDA_REQUEST
    )


def _reported(name: str, own: float, peer: float) -> Figure:
    return Figure(name, round(own, 3), round(peer, 3), "reported", kept=True)
