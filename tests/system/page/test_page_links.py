"""What a browser makes of an object is what was found in it, never what its uploader said it is."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.system.page.conftest import Open
from tests.system.page.steps import ROCKET
from tests.system.page.upped import Stocked, Upped, eventually
from tests.system.page.watched import until

pytestmark = pytest.mark.sockets

_HTML = b"<!doctype html><title>hostile</title><script>document.title = 'it ran'</script>"


def _refused(up: Upped, name: str, content: bytes, prompt: bytes) -> str:
    """Drop this; the id of its refused drop."""
    up.s3.put_object(Bucket=up.inbox, Key=f"{name}.txt", Body=prompt)
    up.s3.put_object(Bucket=up.inbox, Key=name, Body=content, ContentType="text/html")
    return eventually(
        lambda: next((one["drop_id"] for one in up.records("drop") if one["image_key"] == name), ""), 60
    )


def test_a_page_that_was_dropped_as_a_picture_is_saved_and_not_opened(visit: Open, fresh: Upped) -> None:
    drop_id = _refused(fresh, "hostile.jpg", _HTML, b"a watercolour")
    seen = visit(fresh.url)
    tab = seen.page
    link = tab.request.get(f"{tab.url}drops/{drop_id}/before")

    assert link.body() == _HTML
    assert link.headers["content-type"] == "application/octet-stream"
    assert link.headers["content-disposition"].startswith("attachment; ")
    tab.goto(f"{tab.url}drops/{drop_id}")
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="As it was dropped").click()
    assert saved.value.suggested_filename == "hostile.jpg"
    expect(tab).to_have_title(re.compile("^hostile.jpg"))
    seen.complaints.clear()  # the browser reports that it is no picture


def test_a_picture_that_was_refused_unseen_is_on_its_card_anyway(visit: Open, fresh: Upped) -> None:
    drop_id = _refused(fresh, "refused.jpg", ROCKET.read_bytes(), b"x" * 10_001)
    tab = visit(fresh.url).page

    expect(tab.locator(f"#d-{drop_id}")).to_contain_text("Refused")
    until(tab, f"document.querySelector('#d-{drop_id} img').naturalWidth > 100")


def test_a_result_that_was_overwritten_with_a_page_is_still_served_as_a_picture(
    visit: Open, stocked: Stocked
) -> None:
    result = json.loads(stocked.edit["event"])["data"]["result"]
    at = {"Bucket": result["bucket"], "Key": result["key"]}
    before = stocked.s3.get_object(**at)["Body"].read()
    tab = visit(stocked.url).page
    address = f"{tab.url}edits/{stocked.edit['edit_id']}"
    stocked.s3.put_object(**at, Body=_HTML, ContentType="text/html")
    try:
        link, manifest = (tab.request.get(f"{address}/{what}") for what in ("after", "manifest"))
    finally:
        stocked.s3.put_object(**at, Body=before, ContentType=result["content_type"])

    assert link.body() == _HTML
    assert link.headers["content-type"] == result["content_type"]
    assert link.headers["content-disposition"].startswith("inline; ")
    assert manifest.headers["content-type"] == "application/json"
    assert manifest.headers["content-disposition"].startswith("attachment; ")
