"""explain: what submit would do with a picture, said by submit's own code; nothing is written, nothing spent."""

import pytest

from tests.support.acts import asked, finish
from tests.support.operator_cloud import Cloud
from tests.support.scripted import PICTURE, refused

_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "PutObject", "DeleteObject", "Publish", "SendMessage"}


def test_each_setting_is_shown_with_its_file_and_the_price(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.put("a/_preset.yaml", b"steps: 30\nguidance: 20\n")
    stack.put("a/photo.json", b'{"prompt": "an etching", "guidance": 40}')
    stack.put("a/photo.jpg", PICTURE)

    [shown] = cloud.json("explain", "a/photo.jpg")["explanations"]

    assert (shown["verdict"], shown["usd"], shown["model"]) == ("buy", 0.06, "flux-pro-1.0-depth")
    assert (shown["settings"]["steps"], shown["origins"]["steps"]) == (30, "a/_preset.yaml")
    assert (shown["settings"]["guidance"], shown["origins"]["guidance"]) == (40, "a/photo.json")
    assert shown["origins"]["safety_tolerance"] == "built-in"
    printed = cloud.run("explain", "a/photo.json").stdout
    assert "a/photo.jpg would be paid for: $0.06" in printed
    assert "a/_preset.yaml" in printed


def test_it_names_the_edit_that_submit_then_buys(cloud: Cloud) -> None:
    key = cloud.stack.drop()

    [shown] = cloud.json("explain", key)["explanations"]
    cloud.stack.deliver(key)

    assert shown["edit_id"] == cloud.stack.edit()["edit_id"]


def test_nothing_is_written_for_whatever_is_asked(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.drop()
    stack.put("map.json", b'{"prompt": "x", "depth_map": "depth.png"}')
    stack.put("map.jpg", PICTURE)
    stack.put("alone.jpg", PICTURE)

    for key in ("photo.jpg", "map.jpg", "alone.jpg"):
        assert not _WRITES & set(asked(stack, lambda key=key: cloud.run("explain", key)))  # type: ignore[misc]
    assert stack.upstream.posts == []


def test_a_picture_that_was_edited_so_before_costs_nothing_more(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.deliver(stack.drop())
    finish(stack)
    stack.drop(at=stack.clock.now)

    [shown] = cloud.json("explain", "photo.jpg")["explanations"]

    assert (shown["verdict"], shown["usd"], shown["edit_state"]) == ("bought", 0, "SUCCEEDED")


def test_a_drop_on_record_keeps_the_settings_it_was_first_seen_with(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop())
    stack.put("_preset.yaml", b"steps: 20\n")

    [shown] = cloud.json("explain", "photo.jpg")["explanations"]

    assert shown["recorded"] is True
    assert shown["settings"]["steps"] == 50


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"photo.json": b'{"prompt": "x", "step": 3}', "photo.jpg": PICTURE}, "unknown_setting"),
        ({"photo.txt": b"x", "photo.json": b"{}", "photo.jpg": PICTURE}, "two_sidecars"),
        ({"photo.txt": b"x", "photo.jpg": b"GIF89a"}, "unsupported_format"),
        ({"photo.jpg": PICTURE}, "no_sidecar"),
        ({"photo.json": b'{"prompt": "x", "depth_map": "depth.png"}', "photo.jpg": PICTURE}, "no_depth_map"),
    ],
)
def test_a_refusal_is_shown_with_its_hint_and_code_3(cloud: Cloud, files: dict[str, bytes], code: str) -> None:
    for key, content in files.items():
        cloud.stack.put(key, content)

    [shown] = cloud.json("explain", "photo.jpg", code=3)["explanations"]

    assert shown["refusal"]["code"] == code
    assert shown["refusal"]["hint"] in " ".join(cloud.run("explain", "photo.jpg").stdout.split())


def test_an_open_circuit_is_shown_and_its_probe_is_not_used(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.upstream.post_answers.append(refused(402))
    stack.deliver(stack.drop())
    stack.clock.now += 3600
    before = stack.records("circuit")

    [block] = cloud.json("explain", "photo.jpg")["obstacles"]

    assert "balance_empty" in block
    assert stack.records("circuit") == before


def test_a_depth_map_of_another_is_no_drop(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.put("photo.json", b'{"prompt": "x", "depth_map": "depth.png"}')
    stack.put("photo.jpg", PICTURE)
    stack.deliver("photo.jpg")
    stack.put("depth.png", PICTURE)

    assert cloud.json("explain", "depth.png")["explanations"][0]["verdict"] == "depth_map"


def test_a_missing_key_is_not_explained(cloud: Cloud) -> None:
    assert cloud.run("explain", "nowhere.jpg").exit_code == 4


@pytest.mark.parametrize(("budget", "blocks"), [("0.03", 1), ("5", 0)])
def test_a_reached_budget_is_shown(cloud: Cloud, budget: str, blocks: int) -> None:
    cloud.stack.names["DailyBudgetUsd"] = budget
    cloud.stack.drop()
    shown = cloud.json("explain", "photo.jpg")["obstacles"]

    assert [block.startswith(f"Today's budget of ${budget} is reached") for block in shown] == [True] * blocks
