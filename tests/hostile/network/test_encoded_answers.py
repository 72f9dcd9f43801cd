"""Answers whose content encoding hides more than it sends: on the POST, a poll and the download of a result."""

import tracemalloc
from collections.abc import Callable
from tempfile import TemporaryFile

import pytest

from depthdrop.picture.content import Pieces
from depthdrop.upstream.answer import Answer, NoAnswer
from depthdrop.upstream.client import Upstream
from depthdrop.upstream.download import DownloadFailed, download
from depthdrop.upstream.post_outcome import Accepted, Ambiguous, classify_post
from depthdrop.upstream.request import PostRequest
from depthdrop.upstream.result_link import SafeLink
from tests.hostile.network.download_server import HANG_SECONDS, HostileServer
from tests.hostile.network.encodings import MIB, encoded_answers
from tests.support.scripted import KEY

pytestmark = pytest.mark.sockets

ANSWERS = dict(encoded_answers())
BODY_MAX = 256 * 1024
GROWTH_MAX = 16 * MIB
REQUEST = PostRequest("m", {"prompt": "p"}, {"control_image": Pieces.whole(b"picture")})


def _post(server: HostileServer) -> object:
    return Upstream(server.url).post(REQUEST, KEY, HANG_SECONDS)


def _poll(server: HostileServer) -> object:
    return Upstream(server.url).get_result("task", None, KEY, HANG_SECONDS)


def _fetch(server: HostileServer) -> object:
    host, port = server.address
    with TemporaryFile() as file:
        return download(SafeLink(f"{server.url}/sample.jpeg", host, port, host), file)


ASKS: dict[str, Callable[[HostileServer], object]] = {"post": _post, "poll": _poll, "result": _fetch}


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("name", ANSWERS)
def test_an_encoded_answer_is_never_unpacked(
    ask: str, name: str, record_property: Callable[[str, object], None]
) -> None:
    with HostileServer(ANSWERS[name]) as server:
        tracemalloc.start()
        try:
            found: object = ASKS[ask](server)
            peak = tracemalloc.get_traced_memory()[1]
        except BaseException as error:  # noqa: BLE001  # counted, and failed below
            found, peak = error, 0
        finally:
            tracemalloc.stop()

    record_property("encoded_answers", 1)
    record_property("escaped", int(isinstance(found, BaseException)))
    record_property("most_mib", round(peak / MIB, 1))
    assert isinstance(found, Answer | NoAnswer | DownloadFailed)
    if isinstance(found, Answer):
        assert found.body == b""
        assert not isinstance(classify_post(found), Accepted)
    if ask == "post" and "error" not in name:
        assert isinstance(found, Answer | NoAnswer)
        assert isinstance(classify_post(found), Ambiguous)
    assert peak <= BODY_MAX + GROWTH_MAX
