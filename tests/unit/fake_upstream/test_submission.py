"""A POST is refused for these reasons, and otherwise charged exactly once."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.fake_upstream.talk import API, PICTURE, Talk, base64_of, bearer, drawing, encoded


def test_an_accepted_post_answers_an_id_and_a_polling_url_at_its_own_origin(talk: Talk) -> None:
    answer = talk.post()

    assert answer.status_code == 200
    task_id = answer.json()["id"]
    assert answer.json() == {"id": task_id, "polling_url": f"{API}/flux/v1/get_result?id={task_id}"}


def test_an_accepted_post_is_charged_once_at_the_depth_price(talk: Talk) -> None:
    task_id = talk.task("a garden " + "x" * 100, seed=7)

    [charge] = talk.upstream.ledger.charges
    assert (charge.task_id, charge.usd, charge.seed, charge.answer) == (task_id, "0.06", 7, "sent")
    assert charge.model == "flux-pro-1-0-depth"
    assert len(charge.prompt) == 80


def test_three_charges_sum_to_eighteen_cents_exactly(talk: Talk) -> None:
    for _ in range(3):
        talk.post()

    ledger = talk.admin("GET", "ledger").json()
    assert (ledger["count"], ledger["usd_total"]) == (3, "0.18")


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", "local-key", "Basic local-key"])
def test_a_wrong_key_is_refused_in_cometapis_form_and_not_charged(talk: Talk, header: str | None) -> None:
    headers = {"Authorization": header} if header is not None else {}

    answer = talk.call("POST", f"{API}/flux/v1/flux-pro-1-0-depth", json={"prompt": "x"}, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "comet_api_error"
    assert "request id" in answer.json()["error"]["message"]
    assert talk.upstream.ledger.count == 0


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("flux-pro-1-0-depth", "control_image"),
        ("flux-pro-1.0-depth", "preprocessed_image"),
        ("flux-pro-1.0-canny", "control_image"),
        ("flux-pro-1-0-canny", "control_image"),
        ("flux-kontext-pro", "input_image"),
        ("flux-kontext-max", "input_image"),
        ("flux-pro-1.1", "image_prompt"),
        ("flux-pro-1-1", "image_prompt"),
        ("flux-2-pro", "input_image"),
    ],
)
def test_every_model_takes_its_own_image_field(talk: Talk, model: str, field: str) -> None:
    fields: dict[str, Any] = {"control_image": ..., field: PICTURE}

    answer = talk.post(model=model, **fields)

    assert answer.status_code == 200
    assert talk.upstream.ledger.charges[0].image_sha256 != ""


def test_an_unknown_model_is_a_404_that_is_not_charged(talk: Talk) -> None:
    answer = talk.post(model="flux-9")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"
    assert talk.upstream.ledger.count == 0


def test_a_withdrawn_model_is_a_404_under_each_of_its_names(talk: Talk) -> None:
    talk.admin("POST", "settings", {"withdrawn": ["flux-pro-1.0-depth"]})

    assert talk.post(model="flux-pro-1-0-depth").status_code == 404
    assert talk.post(model="flux-pro-1.0-depth").status_code == 404


@pytest.mark.parametrize(
    ("fields", "where", "kind"),
    [
        ({"prompt": ...}, ["body", "prompt"], "missing"),
        ({"prompt": ""}, ["body", "prompt"], "string_too_short"),
        ({"control_image": ...}, ["body"], "missing_image"),
        ({"steps": 14}, ["body", "steps"], "greater_than_equal"),
        ({"steps": 51}, ["body", "steps"], "less_than_equal"),
        ({"guidance": 0.5}, ["body", "guidance"], "greater_than_equal"),
        ({"guidance": 101}, ["body", "guidance"], "less_than_equal"),
        ({"safety_tolerance": 7}, ["body", "safety_tolerance"], "less_than_equal"),
        ({"output_format": "gif"}, ["body", "output_format"], "literal_error"),
        ({"width": 1000}, ["body", "width"], "multiple_of"),
        ({"seed": "seven"}, ["body", "seed"], "int_parsing"),
        ({"control_image": 5}, ["body", "control_image"], "string_type"),
        ({"control_image": "not base64!"}, ["body", "control_image"], "base64_decode"),
        ({"control_image": base64_of(b"GIF89a")}, ["body", "control_image"], "image_unreadable"),
        (
            {"control_image": base64_of(encoded(drawing(255, 400)))},
            ["body", "control_image"],
            "image_too_small",
        ),
    ],
)
def test_a_bad_depth_body_is_refused_in_fastapis_form_and_not_charged(
    talk: Talk, fields: dict[str, Any], where: list[str], kind: str
) -> None:
    answer = talk.post(**fields)

    assert answer.status_code == 422
    [detail] = answer.json()["detail"]
    assert (detail["loc"], detail["type"]) == (where, kind)
    assert set(detail) == {"loc", "msg", "type"}
    assert talk.upstream.ledger.count == 0


@pytest.mark.parametrize(
    ("model", "fields", "field"),
    [
        ("flux-kontext-pro", {"width": 512}, "width"),
        ("flux-kontext-max", {"height": 512}, "height"),
        ("flux-pro-1.1", {"width": 224}, "width"),
        ("flux-pro-1.1", {"height": 1472}, "height"),
        ("flux-2-pro", {"safety_tolerance": 6}, "safety_tolerance"),
        ("flux-pro-1.0-canny", {"canny_low_threshold": -1}, "canny_low_threshold"),
    ],
)
def test_each_model_has_its_own_rules(talk: Talk, model: str, fields: dict[str, Any], field: str) -> None:
    answer = talk.post(model=model, **fields)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]


def test_unknown_fields_are_ignored(talk: Talk) -> None:
    assert talk.post(surprise={"a": 1}).status_code == 200


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_not_a_json_object_is_a_422(talk: Talk, raw: bytes) -> None:
    url = f"{API}/flux/v1/flux-pro-1-0-depth"

    answer = talk.call("POST", url, content=raw, headers=bearer("local-key"))

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body"]
    assert talk.upstream.ledger.count == 0


def test_a_request_body_over_the_limit_is_refused_while_it_is_read() -> None:
    talk = Talk(max_body_bytes=1000)

    assert talk.post("x" * 2000).status_code == 413
    assert talk.upstream.ledger.count == 0
    talk.upstream.painter.close()


def test_beyond_the_active_cap_a_post_is_a_429_with_retry_after(talk: Talk) -> None:
    talk.upstream.configure(active_cap=2)
    talk.post()
    talk.post()

    refused = talk.post()

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "10"
    assert talk.upstream.ledger.count == 2


def test_a_ready_task_is_no_longer_active_and_the_peak_is_remembered(talk: Talk) -> None:
    talk.upstream.configure(active_cap=2)
    talk.post()
    talk.post()
    talk.wait(10)

    assert talk.post().status_code == 200
    state = talk.admin("GET", "state").json()
    assert (state["active"], state["peak_active"]) == (1, 2)


def test_when_the_balance_is_spent_the_next_post_is_a_402(talk: Talk) -> None:
    talk.admin("POST", "settings", {"balance": "0.15"})

    statuses = [talk.post().status_code for _ in range(3)]

    assert statuses == [200, 200, 402]
    assert talk.upstream.tuning.balance == Decimal("0.03")
    assert talk.upstream.ledger.count == 2


def test_a_rotated_key_replaces_the_old_one(talk: Talk) -> None:
    talk.admin("POST", "key", {"key": "second"})

    assert talk.post(key="local-key").status_code == 401
    assert talk.post(key="second").status_code == 200


def test_no_answer_of_the_admin_paths_contains_the_key() -> None:
    talk = Talk(key="a-very-secret-key")

    pages = [talk.admin("GET", page).text for page in ("state", "ledger", "faults")]
    refused = talk.admin("POST", "key", {"key": "", "kye": "a-very-secret-key"})

    assert "a-very-secret-key" not in json.dumps([*pages, refused.text])
    assert refused.status_code == 422
    talk.upstream.painter.close()


@pytest.mark.parametrize(
    "changes", [{"speed": 0}, {"mean": 1}, {"sped": 2}, {"key": "x"}, {"self": 1}, [], "x", {"active_cap": -1}]
)
def test_a_wrong_setting_is_a_422_that_changes_nothing(talk: Talk, changes: Any) -> None:
    before = talk.upstream.tuning

    assert talk.admin("POST", "settings", changes).status_code == 422
    assert talk.upstream.tuning == before


def test_a_reset_removes_tasks_charges_faults_and_keys(talk: Talk) -> None:
    task_id = talk.task()
    talk.admin("POST", "key", {"key": "second"})
    talk.admin("POST", "faults", {"fault": "post.500"})

    talk.admin("POST", "reset")

    assert talk.poll(task_id).status_code == 404
    assert talk.upstream.ledger.count == 0
    assert talk.post().status_code == 200


def test_a_wrong_path_answers_the_website_with_200(talk: Talk) -> None:
    answer = talk.get(f"{API}/v1/flux")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
