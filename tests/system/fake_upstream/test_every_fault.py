"""Every fault of the catalogue over real HTTP: what the client sees, and whether it was charged."""

from collections.abc import Iterator

import pytest

from local.fake_upstream import Settings
from local.fake_upstream.catalogue import CATALOGUE
from tests.system.fake_upstream.client import Client, serving

pytestmark = pytest.mark.sockets

ACCEPTED = "200 id, polling_url"
READY = "200 Ready with a sample"
PENDING = "200 Pending"

# What the POST saw, and what the next POST of the same prompt saw.
POSTS = {
    "post.400": ("400 error invalid_request", "400 error invalid_request"),
    "post.422": ("422 detail", "422 detail"),
    "post.401": ("401 error", "401 error"),
    "post.403": ("403 error", "403 error"),
    "post.402": ("402 error insufficient_quota", ACCEPTED),
    "post.403_quota": ("403 error insufficient_user_quota", ACCEPTED),
    "post.404": ("404 error model_not_found", "404 error model_not_found"),
    "post.410": ("410 error", "410 error"),
    "post.503_model_not_found": ("503 error model_not_found", "503 error model_not_found"),
    "post.429": ("429 Retry-After 1 error rate_limit_exceeded", ACCEPTED),
    "post.429_bare": ("429 error", ACCEPTED),
    "post.500_invalid_request": ("500 error invalid_request", "500 error invalid_request"),
    "post.500": ("500 error", ACCEPTED),
    "post.500_charged": ("500 error", ACCEPTED),
    "post.502": ("502 html", ACCEPTED),
    "post.502_charged": ("502 html", ACCEPTED),
    "post.503": ("503 error", ACCEPTED),
    "post.503_charged": ("503 error", ACCEPTED),
    "post.504": ("504 html", ACCEPTED),
    "post.504_charged": ("504 html", ACCEPTED),
    "post.524": ("524 html", ACCEPTED),
    "post.524_charged": ("524 html", ACCEPTED),
    "post.redirect": ("301 elsewhere", ACCEPTED),
    "post.redirect_charged": ("301 elsewhere", ACCEPTED),
    "post.html": ("200 html", ACCEPTED),
    "post.html_charged": ("200 html", ACCEPTED),
    "post.no_id": ("200 status", ACCEPTED),
    "post.no_id_charged": ("200 status", ACCEPTED),
    "post.not_json": ("200 junk", ACCEPTED),
    "post.not_json_charged": ("200 junk", ACCEPTED),
    "post.reset": ("ReadError", ACCEPTED),
    "post.reset_charged": ("ReadError", ACCEPTED),
    "post.truncated_charged": ("RemoteProtocolError", ACCEPTED),
    "post.stall": ("ReadTimeout", ACCEPTED),
    "post.stall_charged": ("ReadTimeout", ACCEPTED),
    "post.task_id": ("200 task_id", "200 task_id"),
    "post.status_pending": ("200 id, status", "200 id, status"),
    "post.extra_keys": (
        "200 cost, id, input_mp, new, output_mp, polling_url",
        "200 cost, id, input_mp, new, output_mp, polling_url",
    ),
    "post.foreign_polling_url": (ACCEPTED, ACCEPTED),
    "post.slow": ("ReadTimeout", "ReadTimeout"),
}

# What polls saw, repeats left out. A number is how many polls are enough where no end comes.
POLLS: dict[str, list[str] | tuple[int, list[str]]] = {
    "poll.401": ["401 error", PENDING, READY],
    "poll.403": ["403 error", PENDING, READY],
    "poll.429": ["429 Retry-After 1 error", PENDING, READY],
    "poll.500": ["500 error", PENDING, READY],
    "poll.502": ["502 html", PENDING, READY],
    "poll.503": ["503 error", PENDING, READY],
    "poll.not_json": ["200 junk", PENDING, READY],
    "poll.html": ["200 html", PENDING, READY],
    "poll.redirect": ["301 elsewhere", PENDING, READY],
    "poll.reset": ["ReadError", PENDING, READY],
    "poll.stall": ["ReadTimeout", READY],
    "poll.slow": ["ReadTimeout", READY],
    "poll.not_found": ["200 Task not found", PENDING, READY],
    "poll.404_not_found": ["404 Task not found", PENDING, READY],
    "poll.pending": (18, [PENDING]),
    "poll.processing": ["200 Processing", READY],
    "poll.reasoning": ["200 Reasoning", READY],
    "poll.generating": ["200 Generating", READY],
    "poll.queued": ["200 Queued", READY],
    "poll.unknown_status": ["200 Marinating", READY],
    "poll.progress_percent": [PENDING, READY],
    "poll.request_moderated": (3, ["200 Request Moderated"]),
    "poll.content_moderated": (18, [PENDING, "200 Content Moderated: ['Derivative Works Filter']"]),
    "poll.error": (18, [PENDING, "200 Error"]),
    "poll.failed": (18, [PENDING, "200 Failed"]),
    "poll.503_error": (18, [PENDING, "503 Error"]),
    "poll.wrapped_failure": [PENDING, "200 wrapped FAILURE"],
    "poll.ready_without_sample": [PENDING, "200 Ready", READY],
    "poll.result_null": [PENDING, "200 Ready", READY],
    "poll.wrapped": ["200 wrapped IN_PROGRESS", "200 wrapped SUCCESS"],
    "link.stale": [PENDING, READY],
    "link.file": (18, [PENDING, "200 Ready with a file"]),
}

# What the download saw, and what the next one of a freshly polled link saw.
WELL = "200 image/jpeg a body"
DOWNLOADS = {
    "download.expired": ("403 application/xml a body", WELL),
    "download.404": ("404 application/xml a body", WELL),
    "download.500": ("500 application/xml a body", WELL),
    "download.slow": (WELL, WELL),
    "download.stall": ("ReadTimeout", WELL),
    "download.truncated": ("RemoteProtocolError", WELL),
    "download.reset": ("ReadError", WELL),
    "download.endless": ("200 image/jpeg too much", "200 image/jpeg too much"),
    "download.html": ("200 text/html; charset=utf-8 a body", WELL),
    "download.wrong_magic": (WELL, WELL),
    "download.gzip_bomb": ("200 image/jpeg too much", "200 image/jpeg too much"),
    "download.redirect": ("302 - nothing", WELL),
    "download.empty": ("200 image/jpeg nothing", WELL),
    "download.black": (WELL, WELL),
}

# Simulated seconds at speed 100: less than the task's 0.25 s, or more than the client's patience.
PARAMETERS = {
    "poll.not_found": " seconds=10",
    "poll.404_not_found": " seconds=10",
    "post.slow": " seconds=60",
    "poll.slow": " delay=60",
}


def _served(latency: int) -> Iterator[Client]:
    """A client and its server; `latency` in hundredths of a second."""
    with serving(Settings(median=latency, mean=latency, speed=100, active_cap=1000)) as client:
        yield client


@pytest.fixture(scope="module")
def steady() -> Iterator[Client]:
    yield from _served(25)


@pytest.fixture(scope="module")
def quick() -> Iterator[Client]:
    yield from _served(1)


@pytest.fixture
def client(steady: Client) -> Iterator[Client]:
    steady.fake.reset()
    yield steady
    assert steady.fake.state["leaked_authorization"] == 0


@pytest.fixture
def quick_client(quick: Client) -> Iterator[Client]:
    quick.fake.reset()
    yield quick
    assert quick.fake.state["leaked_authorization"] == 0


def _prompt(name: str) -> str:
    return f"a garden [[fault {name}{PARAMETERS.get(name, '')}]]"


def test_every_fault_of_the_catalogue_has_an_expectation() -> None:
    assert set(POSTS) | set(POLLS) | set(DOWNLOADS) == set(CATALOGUE)


@pytest.mark.parametrize("name", POSTS)
def test_a_post_meets_its_fault_and_is_charged_as_the_catalogue_says(quick_client: Client, name: str) -> None:
    first, second = POSTS[name]
    ledger = quick_client.fake.ledger

    assert quick_client.post(_prompt(name)) == first
    assert ledger.count == int(CATALOGUE[name].charged is True)
    assert quick_client.post(_prompt(name)) == second
    accepted = second == ACCEPTED or (second == first and CATALOGUE[name].charged is True)
    assert ledger.count == int(CATALOGUE[name].charged is True) + int(accepted)


@pytest.mark.parametrize("name", [name for name, fault in CATALOGUE.items() if fault.charged])
def test_a_charged_task_exists_and_gets_ready_whatever_the_post_saw(quick_client: Client, name: str) -> None:
    quick_client.post(_prompt(name))

    [charge] = quick_client.fake.ledger.charges
    assert quick_client.polls(charge.task_id)[-1] == READY


@pytest.mark.parametrize("name", POLLS)
def test_a_poll_meets_its_fault(client: Client, name: str) -> None:
    expected = POLLS[name]
    enough, sights = expected if isinstance(expected, tuple) else (0, expected)
    assert client.post(_prompt(name)) == ACCEPTED

    seen = client.polls(client.fake.ledger.charges[0].task_id, enough=enough)

    assert seen == sights
    assert client.fake.ledger.count == 1


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_download_meets_its_fault(quick_client: Client, name: str) -> None:
    first, second = DOWNLOADS[name]
    assert quick_client.post(_prompt(name)) == ACCEPTED
    task_id = quick_client.fake.ledger.charges[0].task_id

    assert quick_client.download(quick_client.link(task_id)) == first
    assert quick_client.download(quick_client.link(task_id)) == second


def test_a_slow_download_takes_the_time_it_was_given(quick_client: Client) -> None:
    quick_client.post("a garden [[fault download.slow seconds=40]]")
    link = quick_client.link(quick_client.fake.ledger.charges[0].task_id)

    clock = quick_client.fake.clock
    began = clock.now()
    quick_client.download(link)

    assert clock.now() - began == pytest.approx(0.4)


def test_a_reset_armed_without_a_match_strikes_before_the_key_is_looked_at(quick_client: Client) -> None:
    quick_client.fake.arm("post.reset")
    quick_client.fake.rotate_key("another")

    # A client that was still writing may meet the reset there, and then reads an end.
    assert quick_client.post("a garden") in {"ReadError", "RemoteProtocolError"}
    assert quick_client.post("a garden") == "401 error"
    assert quick_client.fake.ledger.count == 0


def test_a_stall_ends_in_a_reset_for_a_client_that_waits_for_ever(quick_client: Client) -> None:
    assert quick_client.post("a garden [[fault post.stall_charged seconds=10]]") == "ReadError"
    assert [charge.answer for charge in quick_client.fake.ledger.charges] == ["lost"]
