"""Speaking to the upstream: one origin, no redirects, one POST, and an honest report of what was seen."""

import base64
import json
import ssl
from collections.abc import Iterator
from io import BytesIO
from unittest.mock import ANY, call, patch

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.picture.content import FileContent, Pieces, Spooled
from depthdrop.upstream.answer import Answer, NoAnswer
from depthdrop.upstream.client import Upstream, make_client
from depthdrop.upstream.post_outcome import Ambiguous, classify_post
from depthdrop.upstream.request import PostRequest
from tests.support.scripted import BASE_URL, KEY, ScriptedUpstream, accepted
from tests.unit.upstream.exchanges import BODY_CHUNKS, REQUEST, Ticks, ask_for

MIB = 1024 * 1024
BY_ID = f"{BASE_URL}/flux/v1/get_result?id=task-1"
NEVER_CONNECTED = {
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
}


def family(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


EXCEPTIONS = sorted(
    {*family(httpx.HTTPError), httpx.InvalidURL} - {httpx.HTTPStatusError}, key=lambda kind: kind.__name__
)


def test_the_body_is_exact_json_with_the_picture_in_base64(upstream: ScriptedUpstream) -> None:
    Upstream(BASE_URL).post(REQUEST, KEY, 30)
    [request] = upstream.posts

    assert json.loads(request.content) == {
        "prompt": 'ein "Aquarell"\n\u2028',
        "steps": 20,
        "control_image": base64.b64encode(b"\xff\x00").decode(),
    }
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(len(request.content))
    assert str(request.url) == f"{BASE_URL}/flux/v1/flux-pro-1-0-depth"


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_a_picture_is_the_same_base64_in_whatever_chunks_it_comes(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    request = PostRequest("m", {"prompt": "p"}, {"a": Pieces(b"", chunks), "b": Pieces.whole(whole)})
    body = b"".join(request.body())

    assert json.loads(body) == {"prompt": "p", **dict.fromkeys("ab", base64.b64encode(whole).decode())}
    assert len(body) == request.body_bytes()


class Weighing(httpx.BaseTransport):
    """Reads a body chunk by chunk, as the network does; the other stand-in reads all of it."""

    def __init__(self) -> None:
        self.chunks: list[int] = []
        self.headers = httpx.Headers()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        self.chunks, self.headers = [len(chunk) for chunk in request.stream], request.headers
        return httpx.Response(200, stream=httpx.ByteStream(accepted("task-1").content))


def test_a_large_picture_is_sent_in_small_chunks_and_its_length_is_known_before() -> None:
    picture = Spooled(bytes(MIB) for _ in range(20))
    scales = Weighing()
    Upstream(BASE_URL, lambda: httpx.Client(transport=scales)).post(
        PostRequest("m", {"prompt": "p"}, {"control_image": Pieces.whole(picture)}), KEY, 30
    )

    assert sum(scales.chunks) > 20 * MIB // 3 * 4
    assert max(scales.chunks) <= 256 * 1024
    assert scales.headers["content-length"] == str(sum(scales.chunks))
    assert "transfer-encoding" not in scales.headers


def test_a_body_that_is_sent_too_slowly_is_broken_off_and_may_have_been_charged(
    upstream: ScriptedUpstream,
) -> None:
    client = Upstream(BASE_URL, monotonic=Ticks(30 / (BODY_CHUNKS - 1)))
    seen = client.post(REQUEST, KEY, 30)

    assert seen == NoAnswer("WriteTimeout")
    assert isinstance(classify_post(seen), Ambiguous)
    assert upstream.posts == []


@pytest.mark.usefixtures("upstream")
def test_a_disk_that_fails_under_the_body_leaves_a_post_that_may_have_been_charged() -> None:
    class Broken(FileContent):
        def __getitem__(self, where: slice, /) -> bytes:
            raise OSError("input/output error")

    seen = Upstream(BASE_URL).post(PostRequest("m", {}, {"a": Pieces.whole(Broken(BytesIO(), 10))}), KEY, 30)

    assert seen == NoAnswer("BodyBrokenError")
    assert isinstance(classify_post(seen), Ambiguous)


def test_a_wire_name_stays_one_step_of_the_path(upstream: ScriptedUpstream) -> None:
    Upstream(BASE_URL).post(PostRequest("../../evil?x=", {"prompt": "p"}, {}), KEY, 30)

    assert upstream.posts[0].url.raw_path == b"/flux/v1/..%2F..%2Fevil%3Fx%3D"
    assert json.loads(upstream.posts[0].content) == {"prompt": "p"}


def test_the_answer_is_reported_as_it_was(upstream: ScriptedUpstream) -> None:
    headers = {"Retry-After": "7", "Set-Cookie": "a=b"}
    upstream.post_answers.append(httpx.Response(429, content=b"busy", headers=headers))

    assert Upstream(BASE_URL).post(REQUEST, KEY, 30) == Answer(429, b"busy", {"retry-after": "7"})


@pytest.mark.parametrize("kind", EXCEPTIONS)
def test_only_a_request_that_never_connected_is_reported_as_not_started(
    upstream: ScriptedUpstream, kind: type[Exception]
) -> None:
    upstream.post_answers.append(kind("trouble"))
    started = kind not in {*NEVER_CONNECTED, httpx.InvalidURL}

    assert Upstream(BASE_URL).post(REQUEST, KEY, 30) == NoAnswer(kind.__name__, started=started)
    assert len(upstream.posts) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_reported_and_never_followed(upstream: ScriptedUpstream, code: int) -> None:
    elsewhere = {"location": "https://elsewhere.example/flux/v1/flux-pro-1-0-depth"}
    upstream.post_answers.append(httpx.Response(code, headers=elsewhere))
    upstream.poll_answers.append(httpx.Response(code, headers=elsewhere))
    client = Upstream(BASE_URL)

    for seen in (client.post(REQUEST, KEY, 30), client.get_result("task-1", None, KEY, 30)):
        assert isinstance(seen, Answer)
        assert seen.status == code
    assert (len(upstream.posts), len(upstream.polls), upstream.downloads) == (1, 1, [])


def test_the_client_takes_nothing_from_the_environment(
    upstream: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    mock = httpx.MockTransport(upstream.handle)
    with patch.object(httpx, "HTTPTransport", side_effect=lambda **_: mock) as transport:
        Upstream(BASE_URL).post(REQUEST, KEY, 30)

    assert transport.call_args_list == [call(verify=ANY, retries=0, trust_env=False)]
    verify = transport.call_args.kwargs["verify"]
    assert (verify.verify_mode, verify.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(upstream.posts) == 1


def test_every_post_opens_a_connection_of_its_own_and_polls_share_one(upstream: ScriptedUpstream) -> None:
    made: list[httpx.Client] = []

    def make() -> httpx.Client:
        made.append(make_client())
        return made[-1]

    client = Upstream(BASE_URL, make)
    for _ in range(2):
        client.post(REQUEST, KEY, 30)
    assert [one.is_closed for one in made] == [True, True]
    for _ in range(3):
        client.get_result("task-1", None, KEY, 30)

    assert [one.is_closed for one in made] == [True, True, False]
    assert len(upstream.polls) == 3


FOREIGN = [
    "https://api.bfl.example/v1/get_result?id=task-1",
    "http://api.cometapi.com/flux/v1/get_result?id=task-1",
    "https://api.cometapi.com:8443/flux/v1/get_result?id=task-1",
    "https://api.cometapi.com.evil.example/x",
    "https://api.cometapi.com@evil.example/x",
    "https://user@api.cometapi.com/x",
    "https://@api.cometapi.com/x",
    "https://evil.example\\@api.cometapi.com/x",
    "https://api.cometapi.com\\.evil.example/x",
    "//evil.example/x",
    "/flux/v1/get_result?id=task-1",
    "https://[api.cometapi.com/x",
    "https://api.cometapi.com:port/x",
    "file:///etc/passwd",
    f"{BASE_URL}/a\nb",
    f"{BASE_URL}\t.evil.example/x",
    f"{BASE_URL}/{'x' * 2048}",
    "",
    None,
]


@pytest.mark.parametrize("polling_url", FOREIGN)
def test_a_polling_url_of_another_origin_is_not_used(upstream: ScriptedUpstream, polling_url: str | None) -> None:
    Upstream(BASE_URL).get_result("task-1", polling_url, KEY, 30)

    assert [str(request.url) for request in upstream.polls] == [BY_ID]
    assert upstream.downloads == []


@pytest.mark.parametrize("polling_url", [f"{BASE_URL}/v1/get_result?id=x&region=eu", "HTTPS://API.cometapi.com/x"])
def test_a_polling_url_of_the_same_origin_is_used(upstream: ScriptedUpstream, polling_url: str) -> None:
    Upstream(BASE_URL).get_result("task-1", polling_url, KEY, 30)

    assert str(upstream.polls[0].url) == str(httpx.URL(polling_url))


def test_a_task_id_stays_one_value_of_the_query(upstream: ScriptedUpstream) -> None:
    Upstream(BASE_URL).get_result("a&b=c#d é", None, KEY, 30)

    assert upstream.polls[0].url.params["id"] == "a&b=c#d é"


@pytest.mark.parametrize("ask", ["post", "poll"])
def test_the_key_is_sent_to_the_upstream(upstream: ScriptedUpstream, ask: str) -> None:
    client = Upstream(BASE_URL)
    ask_for(client, ask)

    assert upstream.keys_seen == [f"Bearer {KEY}"]
    assert KEY not in repr(client) + str(vars(client))


def test_timeouts_stay_inside_the_time_that_is_left(upstream: ScriptedUpstream) -> None:
    client = Upstream(BASE_URL)
    client.post(REQUEST, KEY, 30)
    client.post(REQUEST, KEY, 2)
    client.get_result("task-1", None, KEY, 60)

    kept = [request.extensions["timeout"] for request in (*upstream.posts, *upstream.polls)]
    assert [(one["connect"], one["read"]) for one in kept] == [(5.0, 30), (2, 2), (5.0, 8.0)]
