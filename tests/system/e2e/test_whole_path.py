"""Real photographs through the real queue, Lambdas, state machine and topic, with what can go wrong on the way."""

import json
import time
from collections.abc import Iterator

import pytest

from depthdrop.settings.models_and_prices import MODELS
from local.fake_upstream import Settings
from local.stack.stack import LAST_LOG, Options, local_stack
from tests.system.e2e.commands import ROOT
from tests.system.e2e.photographs import photograph
from tests.system.e2e.remembered import TEMPLE, Stack, eventually

pytestmark = pytest.mark.sockets

KEY = "sk-this-key-must-never-be-seen"
PASSING = {
    f"passing/{fault.partition(' ')[0]}.jpg": f"a patient one [[fault {fault}]]"
    for fault in (
        "poll.not_found seconds=2",
        "poll.unknown_status seconds=5",
        "poll.wrapped",
        "poll.503 times=1",
        "poll.ready_without_sample times=1",
        "download.truncated times=1",
        "download.html times=1",
        "download.expired times=1",
    )
}
ODD_KEYS = ("keys/a b+c.jpg", "keys/50%25.jpg", "keys/é 😀.JPG", "keys/../x.jpg", "keys//y.jpg")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    settings = Settings(speed=30, key=KEY, link_seconds=30_000)  # links expire by faults alone
    parameters = {"LingerSeconds": "3", "DeadlineSeconds": "600", "FallbackModel": "flux-kontext-pro"}
    options = Options(api_key=None, upstream=settings, parameters=parameters)
    with local_stack(options) as running:
        yield Stack(running)


@pytest.fixture(scope="module")
def dropped(stack: Stack) -> Stack:
    """With what needs nothing but patience dropped at once, so that it is waited for together."""
    for key, prompt in (*PASSING.items(), *((key, "a watercolour") for key in ODD_KEYS)):
        stack.drop(key, prompt)
    return stack


def test_a_photograph_comes_back_with_one_charge_and_one_event(stack: Stack) -> None:
    stack.drop("plain/temple.jpg", "an oil painting")

    event = stack.event("plain/temple.jpg")

    assert event["type"] == "depthdrop.edit.succeeded.v1"
    assert stack.stack.result(event["data"]["result"]["key"]).startswith(b"\xff\xd8\xff")
    assert stack.charges("an oil painting") == 1


def test_the_workers_share_one_layer_and_unpack_none(stack: Stack) -> None:
    unpacked = stack.stack.emulator.log_path.parent / "tmp"

    assert list(unpacked.rglob("app.py"))
    assert list(unpacked.rglob("submit.py")) == []


def test_dropping_the_same_pair_again_costs_nothing_and_notifies_again(stack: Stack) -> None:
    key = "again/temple.jpg"
    stack.drop(key, "a pencil sketch")
    first = stack.event(key)
    assert eventually(lambda: stack.is_settled(key))
    before = len(stack.published(key))
    time.sleep(1.1)  # drops are distinguished by whole seconds
    stack.drop(key, "a pencil sketch")

    assert eventually(lambda: len(stack.published(key)) > before)
    assert [event["id"] for event in stack.events(key)] == [first["id"]]
    assert stack.charges("a pencil sketch") == 1


def test_a_lost_answer_is_never_sent_again_and_says_that_it_may_have_been_charged(stack: Stack) -> None:
    prompt = "a lost one [[fault post.reset_charged]]"
    stack.drop("lost/temple.jpg", prompt)

    event = stack.event("lost/temple.jpg")

    assert event["type"] == "depthdrop.edit.ambiguous.v1"
    assert event["data"]["spend"] == {"state": "unknown", "usd": 0.06}
    assert "may have been charged" in event["data"]["error"]["message"]
    assert stack.charges(prompt) == 1


def test_a_moderated_edit_fails_with_the_upstreams_reason(stack: Stack) -> None:
    stack.drop("moderated/temple.jpg", "a bad one [[fault poll.content_moderated]]")

    event = stack.event("moderated/temple.jpg")

    assert event["type"] == "depthdrop.edit.failed.v1"
    assert event["data"]["error"]["code"] == "moderated"
    assert event["data"]["task_id"]


def test_a_refused_request_leaves_a_receipt_and_no_charge(stack: Stack) -> None:
    prompt = "a refused one [[fault post.422]]"
    stack.drop("refused/temple.jpg", prompt)

    event = stack.event("refused/temple.jpg")
    receipt = json.loads(stack.stack.result("refused/temple.jpg.rejected.json"))

    assert event["type"] == "depthdrop.edit.rejected.v1"
    assert receipt["charged"] is False
    assert receipt["code"] == event["data"]["error"]["code"] == "request_refused"
    assert stack.charges(prompt) == 0


def test_a_picture_that_carries_its_prompt_needs_no_sidecar(stack: Stack) -> None:
    stack.stack.put("carried/temple.jpg", TEMPLE, prompt="=?UTF-8?B?ZWluIMO2bGdlbcOkbGRl?=")

    event = stack.event("carried/temple.jpg")

    assert event["type"] == "depthdrop.edit.succeeded.v1"
    assert "sidecar" not in event["data"]
    assert stack.charges("ein ölgemälde") == 1


def test_a_depth_map_that_comes_last_completes_its_drop_and_takes_the_receipt_away(stack: Stack) -> None:
    settings = {"prompt": "a fresco", "depth_map": "temple_depth.png"}
    stack.stack.put("mapped/temple.json", json.dumps(settings).encode())
    stack.stack.put("mapped/temple.jpg", TEMPLE)
    assert stack.event("mapped/temple.jpg")["data"]["error"]["code"] == "no_depth_map"
    stack.stack.put("mapped/temple_depth.png", (ROOT / "samples" / "coffee.png").read_bytes())

    stack.event("mapped/temple.jpg", 2)

    words = [event["type"].split(".")[2] for event in stack.events("mapped/temple.jpg")]
    assert words == ["rejected", "succeeded"]
    assert "mapped/temple.jpg.rejected.json" not in stack.stack.outbox()
    assert stack.charges("a fresco") == 1


def test_a_withdrawn_models_place_is_taken_by_the_fallback_and_the_event_says_so(stack: Stack) -> None:
    prompt = "another one [[fault post.503_model_not_found times=1]]"
    stack.drop("gone/temple.jpg", prompt)

    data = stack.event("gone/temple.jpg")["data"]

    assert (data["model"], data["asked_model"]) == ("flux-kontext-pro", "flux-pro-1.0-depth")
    assert data["spend"] == {"state": "charged", "usd": 0.04}
    assert stack.stack.result(data["result"]["key"]).startswith(b"\x89PNG")
    [charge] = [charge for charge in stack.upstream.ledger.charges if charge.prompt == prompt]
    assert (charge.model, charge.usd) == ("flux-kontext-pro", "0.04")


@pytest.mark.parametrize("model", [model.name for model in MODELS])
def test_every_model_takes_a_photograph_and_gives_one_back(stack: Stack, model: str) -> None:
    key, prompt = f"models/{model}.jpg", f"by {model}"
    stack.stack.put(key, TEMPLE)
    stack.stack.put(f"{key}.json", json.dumps({"prompt": prompt, "model": model}).encode())

    event = stack.event(key)

    assert event["type"] == "depthdrop.edit.succeeded.v1", event["data"].get("error")
    assert event["data"]["model"] == model
    [charge] = [charge for charge in stack.upstream.ledger.charges if charge.prompt == prompt]
    assert float(charge.usd) == event["data"]["spend"]["usd"]
    assert charge.image_sha256 != ""


@pytest.mark.parametrize("key", PASSING)
def test_trouble_that_passes_still_ends_in_a_picture(dropped: Stack, key: str) -> None:
    event = dropped.event(key)

    assert event["type"] == "depthdrop.edit.succeeded.v1", event["data"].get("error")
    assert dropped.stack.result(event["data"]["result"]["key"]).startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_are_keys_like_any_other(dropped: Stack, key: str) -> None:
    assert dropped.event(key)["type"] == "depthdrop.edit.succeeded.v1"


def test_a_busy_upstream_parks_the_drop_and_it_is_bought_once_later(stack: Stack) -> None:
    prompt = "a busy one [[fault post.429 retry_after=1 times=1]]"
    stack.drop("busy/temple.jpg", prompt)
    sweep = _function(stack, "Sweep")
    # Its record says so only while it is parked; the log keeps it.
    assert eventually(lambda: '"reason":"upstream_busy"' in stack.stack.logs())

    def released() -> bool:
        stack.stack.emulator.client("lambda").invoke(FunctionName=sweep, Payload=b"{}")
        return bool(stack.events("busy/temple.jpg"))

    assert eventually(released)
    assert stack.event("busy/temple.jpg")["type"] == "depthdrop.edit.succeeded.v1"
    assert stack.charges(prompt) == 1


def test_an_unpaired_picture_is_reported_once_and_its_edit_supersedes_that(stack: Stack) -> None:
    key, sweep = "lonely/temple.jpg", _function(stack, "Sweep")
    stack.stack.put(key, TEMPLE)
    assert eventually(lambda: any(record["pk"] == f"file#{key}" for record in stack.stack.records("file#")))
    emulator = stack.stack.emulator
    emulator.client("dynamodb").update_item(  # its time is over
        TableName=stack.stack.outputs["EditsTableName"],
        Key={"pk": {"S": f"file#{key}"}},
        UpdateExpression="SET look_at = :long_ago",
        ConditionExpression="attribute_exists(look_at)",
        ExpressionAttributeValues={":long_ago": {"N": "1"}},
    )
    for _ in range(2):
        emulator.client("lambda").invoke(FunctionName=sweep, Payload=b"{}")
    unpaired = stack.event(key)
    stack.stack.put("lonely/temple.txt", b"a postcard from afar")
    edited = stack.event(key, 2)

    assert unpaired["type"] == "depthdrop.drop.unpaired.v1"
    assert "lonely/temple" not in unpaired["data"]["error"]["hint"]  # names, as people see them in the folder
    assert "temple.txt" in unpaired["data"]["error"]["hint"]
    assert edited["type"] == "depthdrop.edit.succeeded.v1"
    assert edited["data"]["supersedes"] == unpaired["id"]
    assert len(stack.events(key)) == 2
    assert stack.charges("a postcard from afar") == 1


def test_nothing_private_goes_upstream_and_the_key_goes_nowhere_else(stack: Stack) -> None:
    stack.drop("private/phone.jpg", "a postcard", photograph(orientation=8))
    event = stack.event("private/phone.jpg")
    seen = stack.upstream.state

    assert (event["data"]["result"]["width"], event["data"]["result"]["height"]) == (480, 640)
    assert seen["leaked_authorization"] == 0
    assert seen["stray_requests"] == 0
    assert seen["peak_active"] <= 20


def test_the_log_of_it_all_shows_no_key_and_no_result_link() -> None:
    options = Options(upstream=Settings(speed=50, key=KEY))
    with local_stack(options) as running:
        stack = Stack(running)
        stack.drop("log/other.jpg", "another secret prompt")
        assert stack.event("log/other.jpg")["type"] == "depthdrop.edit.succeeded.v1"
        stack.drop("log/temple.jpg", "a secret prompt [[fault post.401 times=2]]")  # it opens the circuit
        assert eventually(lambda: '"reason":"key_refused"' in running.logs())
        delivery = stack.upstream.delivery_url
        log = running.logs()
    log += LAST_LOG.read_text(errors="replace")

    assert all(f'"service":"{name}"' in log for name in ("submit", "poll", "finalize"))
    assert KEY not in log
    assert delivery not in log
    assert "secret prompt" not in log


def _function(stack: Stack, name: str) -> str:
    listed = stack.stack.emulator.client("lambda").list_functions()["Functions"]
    (found,) = (function["FunctionName"] for function in listed if f"-{name}Function-" in function["FunctionName"])
    return str(found)
