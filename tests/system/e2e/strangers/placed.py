"""What a place is made of: `make up`, the signer and a gallery, what they are called, and what is in them."""

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from depthdrop_cli.stack.local_stack import running
from local.fake_upstream.admin import TOKEN_HEADER
from local.stack.gate import request_proof
from tests.system.e2e.commands import environment
from tests.system.e2e.photographs import photograph
from tests.system.e2e.strangers.attack import Port, Request, get
from tests.system.e2e.strangers.place import Place, body_of
from tests.system.e2e.strangers.receiver import receiver
from tests.system.e2e.strangers.state import messages
from tests.system.page.upped import eventually

_START_SECONDS = 600.0  # only what does not come at all takes so long
_MARK = "what-only-its-owner-reads"


@contextmanager
def placed(folder: Path) -> Iterator[Place]:
    """`make up`, the signer and a gallery, each as its user starts it; one picture was edited there."""
    with ExitStack() as stack:
        announced = folder / "announced.json"
        up = stack.enter_context(
            _started(folder, "tests.system.e2e.strangers.opened_up", str(announced), "up", "--no-browser")
        )
        page = _printed(up, r"^To drop, watch and compare: (\S+)$")
        url, came = stack.enter_context(receiver())
        signer = stack.enter_context(_started(folder, "signer", "--receiver", url))
        _printed(signer, r"^(Subscribed)\.$")
        gallery = stack.enter_context(_started(folder, "depthdrop_cli", "gallery", "--no-browser"))
        address = running(folder)
        assert address is not None
        authority = _printed(signer, r"WEBHOOK_DEVELOPMENT_AUTHORITY=(\S+)$")
        place = Place(folder, address, json.loads(announced.read_text()), authority, came)
        place.processes = {"up": up.process, "signer": signer.process, "gallery": gallery.process}
        _know(place, page, _printed(gallery, r"shown at (\S+)"), _printed(signer, r"DEVELOPMENT_SIGNER=(\S+)$"))
        yield place


@dataclass(frozen=True)
class _Started:
    process: "subprocess.Popen[bytes]"
    log: Path


@contextmanager
def _started(folder: Path, module: str, *arguments: str) -> Iterator[_Started]:
    """Stopped as Ctrl-C stops it."""
    logs, temporary = folder / "logs", folder / "tmp"
    logs.mkdir(mode=0o700, exist_ok=True)  # the page's address is printed
    temporary.mkdir(exist_ok=True)
    temporary.chmod(0o1777)
    log = logs / f"{module.rpartition('.')[2]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env=environment(SPEED="20", TMPDIR=str(temporary), COLUMNS="300") | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _Started(process, log)
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGINT)
        process.wait(240)


def _printed(started: _Started, pattern: str) -> str:
    """What its output says, once it does."""

    def look() -> str:
        text = started.log.read_text()
        assert started.process.poll() is None, text
        found = re.search(pattern, text, re.MULTILINE)
        return found[1] if found else ""

    return eventually(look, _START_SECONDS)


def _know(place: Place, page: str, gallery: str, sns: str) -> None:
    """One picture edited, the sweep off, a bucket, a queue and a topic of the owner's; what all that is called."""
    place.names.update(_names_of(place))
    place.client("events").disable_rule(Name=place.names["sweep_rule"])
    place.names.update(_an_edit(place), **_belongings(place))
    endpoint = next(
        one["Endpoint"]
        for one in place.client("sns").list_subscriptions()["Subscriptions"]
        if one["Protocol"] == "http" and one["TopicArn"] == place.names["topic_arn"]
    )
    addresses: dict[Port, str] = {
        "emulator": place.address.endpoint,
        "upstream": place.known["upstream"],
        "delivery": place.known["delivery"],
        "deliveries": endpoint,
        "sns": f"https://{sns}",
        "page": page,
        "gallery": gallery,
    }
    place.ports = {port: int(re.findall(r":(\d+)", url)[0]) for port, url in addresses.items()}
    place.secrets = {
        "secret key": place.address.secret_key,
        "run token": place.known["run_token"],
        "admin token": place.known["admin_token"],
        "upstream's key": place.known["upstream_key"],
        "signer's path": endpoint.rpartition("/")[2],
        "page's secret": page.rpartition("/")[2],
        "gallery's secret": gallery.rpartition("/")[2],
        "owner's object": _MARK,
    }
    pending = [json.loads(body) for body in place.delivered]
    place.names.update(
        key_id=place.address.access_key,
        secret_key=place.address.secret_key,
        health_proof=request_proof(place.known["run_token"], "1", "GET", "/_ministack/health"),
        reset_proof=request_proof(place.known["run_token"], "1", "POST", "/_ministack/reset"),
        admin_token=place.known["admin_token"],
        upstream_key=place.known["upstream_key"],
        endpoint_path=f"/{endpoint.rpartition('/')[2]}",
        endpoint_capitals=f"/{endpoint.rpartition('/')[2].swapcase()}",
        page_open=f"/open/{page.rpartition('/')[2]}",
        gallery_open=f"/open/{gallery.rpartition('/')[2]}",
        confirmation_token=next((one["Token"] for one in pending if "Token" in one), ""),
        **{f"{port}_port": str(number) for port, number in place.ports.items()},
    )
    place.names.update(_let_in(place, "page"), **_let_in(place, "gallery"))
    place.names.update(_links(place), **_a_sample(place))
    _settle(place)


def _names_of(place: Place) -> dict[str, str]:
    found = place.client("cloudformation").list_stack_resources(StackName=place.address.stack)
    resources = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found["StackResourceSummaries"]}
    functions = place.client("lambda")
    names = {
        "inbox": resources["InboxBucket"],
        "outbox": resources["OutboxBucket"],
        "table": resources["Edits"],
        "topic_arn": resources["Notifications"],
        "secret_id": resources["UpstreamKey"],
        "queue_url": resources["InboxQueue"],
        "queue_path": "/" + resources["InboxQueue"].split("/", 3)[3],
        "sweep_rule": resources["SweepFunctionSchedule"],
        "machine": resources["EditWorkflow"],
        "account": "000000000000",
        "inbox_folder": str(place.folder / "inbox"),
    }
    for word in ("Submit", "Poll", "Finalize", "Sweep"):
        function = functions.get_function_configuration(FunctionName=resources[f"{word}Function"])
        names |= {word.lower(): function["FunctionName"], f"{word.lower()}_role": function["Role"]}
        names |= guessed_credentials(word.lower(), function["FunctionArn"], function["Role"])
    return names


def guessed_credentials(word: str, function_arn: str, role_arn: str) -> dict[str, str]:
    """What an emulator without a salt gives a function: made from its name and its role's, which are known."""
    digest = hashlib.sha256(f"{function_arn}:{role_arn}".encode()).hexdigest()
    return {
        f"{word}_key_id": f"ASIA{digest[:16].upper()}",
        f"{word}_secret": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        f"{word}_token": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }


def _an_edit(place: Place) -> dict[str, str]:
    """Submit, poll and finalize ran, so their roles have credentials now."""
    inbox = place.folder / "inbox"
    (inbox / "photo.txt").write_text("a watercolour")
    (inbox / "photo.jpg").write_bytes(photograph())
    table = place.client("dynamodb")

    def look() -> str:
        items = table.scan(TableName=place.names["table"])["Items"]
        notified = [item for item in items if "notified_at" in item and item["pk"]["S"].startswith("edit#")]
        return json.loads(notified[0]["event"]["S"])["data"]["result"]["key"] if notified else ""

    result = eventually(look, _START_SECONDS)
    return {"picture": "photo.jpg", "result": result}


def _belongings(place: Place) -> dict[str, str]:
    """What a stranger would read or destroy."""
    place.client("s3").create_bucket(Bucket="belongings")
    place.client("s3").put_object(Bucket="belongings", Key="letter", Body=_MARK.encode())
    queue = place.client("sqs").create_queue(QueueName="belongings")["QueueUrl"]
    topic = place.client("sns").create_topic(Name="belongings")["TopicArn"]
    return {"bucket": "belongings", "object": "letter", "own_queue": queue, "own_topic": topic}


def _let_in(place: Place, port: Port) -> dict[str, str]:
    """The cookie of a page and the path that its addresses begin with, from the address that it printed."""
    answer = place.ask(port, get(f"${port}_open"))
    root = re.search(r'href="(/[^"/]+)/', answer.raw.decode())
    assert root is not None, answer
    cookie = answer.headers["set-cookie"].partition(";")[0]
    page = place.ask(port, get(f"{root[1]}/", ("Cookie", cookie)))
    token = re.search(r'<meta name="token" content="([^"]+)"', page.raw.decode())
    place.names[f"{port}_token"] = token[1] if token else ""
    place.secrets |= {f"{port}'s cookie": cookie.partition("=")[2], f"{port}'s path": root[1]}
    return {f"{port}_cookie": cookie, f"{port}_root": root[1]}


def _links(place: Place) -> dict[str, str]:
    """Genuine links to the picture, as the page sends a browser to one, and parts of one."""
    made = {
        name: "/" + place.client("s3").generate_presigned_url(asked, wanted, ExpiresIn=3600).split("/", 3)[3]
        for name, asked in (("link", "get_object"), ("head_link", "head_object"))
        for wanted in [{"Bucket": place.names["inbox"], "Key": place.names["picture"]}]
    }
    query = made["link"].partition("?")[2]
    return {
        **made,
        "link_query": query,
        "link_signature": parse_qs(query)["X-Amz-Signature"][0],
        "longer_link": made["link"].replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"),
    }


def _a_sample(place: Place) -> dict[str, str]:
    """A link of the fake upstream's to an edit of its own; what was asked for it."""
    key = ("Authorization", "Bearer $upstream_key")
    settings = Request("POST", "/admin/settings", ((TOKEN_HEADER, "$admin_token"),), '{"link_seconds": 1000000}')
    assert place.ask("upstream", settings).status == 200
    picture = base64.b64encode(photograph(256, 256)).decode()
    body = json.dumps({"prompt": "x", "control_image": picture})
    bought = place.ask("upstream", Request("POST", "/flux/v1/flux-pro-1-0-depth", (key,), body))
    task = json.loads(body_of(bought))["id"]

    def look() -> str:
        found = json.loads(body_of(place.ask("upstream", get(f"/flux/v1/get_result?id={task}", key))))
        return str(found["result"]["sample"]) if found["status"] == "Ready" else ""

    path = "/" + eventually(look).split("/", 3)[3]
    return {"picture64": picture, "sample": path, "sample_folder": path.rpartition("/")[0]}


def _settle(place: Place) -> None:
    """What was done here is read from its queues, and nobody is at work on it: nothing changes by itself then."""

    def look() -> str:
        waiting = sum(messages(place.client("sqs")).values())
        before, place.seen = place.seen, place.look()
        return "still" * (waiting == 0 and before == place.seen)

    eventually(look)
