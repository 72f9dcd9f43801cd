"""list: edits, drops without one, and files that wait; by state and folder, in pages."""

import pytest

from depthdrop_cli.reading.entries import is_below
from tests.support.operator_cloud import Cloud
from tests.support.scripted import accepted, refused


@pytest.fixture
def many(cloud: Cloud) -> Cloud:
    stack = cloud.stack
    stack.deliver(stack.drop("a/one", "one"))
    stack.clock.now += 1
    stack.upstream.post_answers.append(refused(429))
    stack.deliver(stack.drop("a/two", "two"))
    stack.clock.now += 1
    stack.deliver(stack.drop("b/three", "x" * 10_001))
    stack.put("a/alone.txt", b"x", at=stack.clock.now - 3600)
    stack.deliver("a/alone.txt")
    return cloud


def test_the_latest_comes_first_and_each_has_its_state(many: Cloud) -> None:
    found = many.json("list")["entries"]

    assert [(one["key"], one["state"]) for one in found] == [
        ("b/three.jpg", "refused"),
        ("a/two.jpg", "parked"),
        ("a/one.jpg", "submitted"),
        ("a/alone.txt", "waiting"),
    ]
    assert found[2]["spend"] == {"state": "charged", "usd": 0.06}


def test_state_and_folder_narrow_it(many: Cloud) -> None:
    assert many.json("list", "--folder", "a/")["count"] == 3
    assert many.json("list", "--state", "parked", "--state", "refused")["count"] == 2
    assert many.json("list", "--folder", "b", "--state", "parked")["entries"] == []


def test_pages_cover_everything_once(many: Cloud) -> None:
    pages = [many.json("list", "--size", "3", "--page", str(number)) for number in (1, 2)]
    keys = [entry["key"] for page in pages for entry in page["entries"]]

    assert len(keys) == len(set(keys)) == 4
    assert pages[0]["pages"] == 2
    assert "Page 1 of 2, 4 in all." in many.run("list", "--size", "3").stderr


def test_a_drop_is_listed_once_when_its_request_was_refused_or_another_model_took_it(cloud: Cloud) -> None:
    stack = cloud.stack
    stack.names["FallbackModel"] = "flux-kontext-pro"
    stack.upstream.post_answers.extend([refused(422), refused(404), accepted("t")])
    stack.deliver(stack.drop("wrong", "one"))
    stack.clock.now += 1
    fell_back = stack.drop("gone", "two")
    stack.deliver(fell_back)
    stack.deliver(fell_back)

    assert [(one["key"], one["state"]) for one in cloud.json("list")["entries"]] == [
        ("gone.jpg", "submitted"),
        ("wrong.jpg", "refused"),
    ]


def test_an_unknown_state_is_a_usage_error(cloud: Cloud) -> None:
    ended = cloud.run("list", "--state", "lost")

    assert ended.exit_code == 2
    assert "There is no state lost" in ended.stderr


def test_people_get_a_table(many: Cloud) -> None:
    printed = many.run("list").stdout

    assert "a/two.jpg" in printed
    assert "upstream_busy" in printed


@pytest.mark.parametrize(
    ("key", "folder", "is_there"),
    [
        ("a/b.jpg", None, True),
        ("a/b.jpg", "", True),
        ("a/b.jpg", "a", True),
        ("a/b.jpg", "/a/", True),
        ("/a/b.jpg", "a", True),
        ("a/deeper/b.jpg", "a", True),
        ("ab/c.jpg", "a", False),
        ("b/a/c.jpg", "a", False),
        ("a", "a", False),
    ],
)
def test_keys_in_a_folder_or_below_it(key: str, folder: str | None, *, is_there: bool) -> None:
    assert is_below(key, folder) is is_there
