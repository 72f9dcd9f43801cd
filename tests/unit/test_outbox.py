"""The outbox: the same key each time, with a content type."""

import io
import json

from depthdrop import aws
from depthdrop.drop.refusal import Refusal
from depthdrop.outbox import Outbox
from tests.support.aws import OUTBOX, Stack


def test_a_picture_is_stored_from_its_beginning_with_its_type(stack: Stack) -> None:
    file = io.BytesIO(b"picture")
    file.read()
    etag = Outbox(OUTBOX, "", aws.s3()).put_picture("a.jpg", file, "image/jpeg")
    head = aws.s3().head_object(Bucket=OUTBOX, Key="a.jpg")

    assert stack.outbox() == {"a.jpg": b"picture"}
    assert (head["ContentType"], head["ETag"]) == ("image/jpeg", f'"{etag}"')


def test_json_is_utf8_and_says_so(stack: Stack) -> None:
    Outbox(OUTBOX, "", aws.s3()).put_json("a.json", {"prompt": "Aquarell, für Jürgen \u2028"})

    assert json.loads(stack.outbox()["a.json"]) == {"prompt": "Aquarell, für Jürgen \u2028"}
    assert aws.s3().head_object(Bucket=OUTBOX, Key="a.json")["ContentType"] == "application/json"


def test_a_receipt_is_below_the_prefix_and_says_that_nothing_was_charged(stack: Stack) -> None:
    key = Outbox(OUTBOX, "edited/", aws.s3()).put_receipt("a/b.jpg", Refusal("code", "what", "how", "steps"))

    assert key == "edited/a/b.jpg.rejected.json"
    assert json.loads(stack.outbox()[key]) == {
        "image": "a/b.jpg",
        "charged": False,
        "code": "code",
        "message": "what",
        "hint": "how",
        "field": "steps",
    }


def test_a_receipt_is_removed_from_where_it_was_put_and_nothing_else_is(stack: Stack) -> None:
    outbox = Outbox(OUTBOX, "edited/", aws.s3())
    outbox.put_receipt("a/b.jpg", Refusal("code", "what", "how"))
    outbox.put_receipt("b.jpg", Refusal("code", "what", "how"))
    for _ in range(2):
        outbox.remove_receipt("a/b.jpg")

    assert list(stack.outbox()) == ["edited/b.jpg.rejected.json"]
