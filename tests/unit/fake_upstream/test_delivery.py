"""The second port: signed links that expire, and no key."""

import io

import pytest
from PIL import Image

from tests.unit.fake_upstream.talk import DELIVERY, KEY, Talk, bearer


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_a_sample_has_the_requested_format_and_the_pictures_size(talk: Talk, kind: str) -> None:
    link = talk.sample(talk.task(output_format=kind))

    answer = talk.get(link)

    assert link.endswith(f"/sample.{kind}")
    assert answer.headers["content-type"] == f"image/{kind}"
    assert int(answer.headers["content-length"]) == len(answer.content)
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size) == (kind.upper(), (256, 256))


def test_a_sample_has_the_requested_size(talk: Talk) -> None:
    link = talk.sample(talk.task(width=320, height=288))

    with Image.open(io.BytesIO(talk.get(link).content)) as image:
        assert image.size == (320, 288)


def test_a_model_without_a_picture_paints_one(talk: Talk) -> None:
    link = talk.sample(talk.task(model="flux-pro-1.1", control_image=..., width=512, height=256))

    with Image.open(io.BytesIO(talk.get(link).content)) as image:
        assert image.size == (512, 256)


def test_kontext_answers_png_by_default(talk: Talk) -> None:
    link = talk.sample(talk.task(model="flux-kontext-pro"))

    assert talk.get(link).headers["content-type"] == "image/png"


def test_an_expired_link_is_a_403_and_the_next_link_works(talk: Talk) -> None:
    task_id = talk.task()
    old = talk.sample(task_id)
    talk.wait(600)
    new = talk.poll(task_id).json()["result"]["sample"]

    assert talk.get(old).status_code == 403
    assert talk.get(new).status_code == 200


def test_speed_divides_the_time_for_which_a_link_is_valid(talk: Talk) -> None:
    talk.upstream.configure(speed=60)
    link = talk.sample(talk.task())
    talk.wait(10)

    assert talk.get(link).status_code == 403


def test_an_unknown_link_is_a_404(talk: Talk) -> None:
    link = talk.sample(talk.task())

    assert talk.get(f"{DELIVERY}/guessed/sample.jpeg").status_code == 404
    assert talk.get(link.replace("sample.jpeg", "sample.png")).status_code == 404


def test_a_key_that_reaches_the_delivery_port_is_refused_and_counted(talk: Talk) -> None:
    link = talk.sample(talk.task())

    refused = talk.get(link, **bearer(KEY))
    stray = talk.get(f"{DELIVERY}/flux/v1/get_result?id=x", **bearer(KEY))

    assert (refused.status_code, stray.status_code) == (400, 404)
    state = talk.admin("GET", "state").json()
    assert (state["leaked_authorization"], state["stray_requests"]) == (2, 1)


def test_a_correct_client_leaks_no_key(talk: Talk) -> None:
    talk.get(talk.sample(talk.task()))

    state = talk.admin("GET", "state").json()
    assert (state["leaked_authorization"], state["stray_requests"]) == (0, 0)


def test_requests_are_counted_by_kind_and_status(talk: Talk) -> None:
    talk.post(key="wrong")
    talk.get(talk.sample(talk.task()))
    talk.get(f"{DELIVERY}/guessed/sample.jpeg")

    requests = talk.admin("GET", "state").json()["requests"]
    assert requests == {
        "post": {"200": 1, "401": 1},
        "poll": {"200": 1},
        "download": {"200": 1, "404": 1},
    }
