"""Each step logs one line, which names the edit, its execution and its trace; each thing is counted once."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from depthdrop import aws
from depthdrop.drop.identities import execution_name
from depthdrop.observe import METRICS, step_of
from depthdrop.records.slots import slot_pk
from tests.support.aws import Stack
from tests.support.records import part
from tests.support.scripted import image, refused, status
from tests.unit.functions.lambdas import ROOT, call, message, poll_within_reach, sample, whole_edit

PAGE = (ROOT / "docs/operating.md").read_text()
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
ALONE = {"swept"}  # about no edit
BEFORE = {"posted", "parked", "fell back", "model", "latency unknown"}  # there is no execution yet
SETTLED_WITHOUT = re.compile(r"parked|refused|ambiguous|waits|ComeBack|circuit")
Line = dict[str, Any]


def printed(capsys: pytest.CaptureFixture[str]) -> list[Line]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def said(lines: list[Line]) -> list[Line]:
    return [line for line in lines if "level" in line]


def counted(lines: list[Line]) -> dict[tuple[str, str], float]:
    """What CloudWatch makes of the lines: the sum of each metric of each function."""
    sums: dict[tuple[str, str], float] = {}
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            assert (directive["Namespace"], directive["Dimensions"]) == ("depthdrop/depthdrop", [["service"]])
            for metric in directive["Metrics"]:
                name, function = metric["Name"], line["service"]
                assert metric["Unit"] == METRICS[name].unit
                assert function in METRICS[name].functions
                sums[name, function] = sums.get((name, function), 0) + sum(line[name])
    return sums


def calls(name: str) -> Iterator[ast.Call]:
    """Of every function or method by this name, in all that Lambda runs."""
    for path in [*(ROOT / "layers/depthdrop/depthdrop").rglob("*.py"), *(ROOT / "functions").glob("*/app.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
                yield node


def listed(heading: str) -> list[list[str]]:
    """The cells of the table below this heading of the page."""
    part = PAGE.split(heading, 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.parametrize("where", ["nothing", "post", "poll", "download"])
def test_every_line_names_its_edit_its_execution_and_its_trace(
    stack: Stack, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    stack.monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    answers = {
        "post": (stack.upstream.post_answers, refused(402)),
        "poll": (stack.upstream.poll_answers, status("Content Moderated")),
        "download": (stack.upstream.download_answers, image(b"", 403)),
    }
    if where in answers:
        queue, answer = answers[where]
        queue.append(answer)
    poll_within_reach(stack)
    stack.drop("photo")
    whole_edit(stack, "photo.jpg")
    lines = said(printed(capsys))

    known = {name.strip("`") for name, *_ in listed("### Lines")}
    assert {line["message"] for line in lines} <= known
    assert {line["service"] for line in lines} >= {"submit", "sweep"}
    assert {line["xray_trace_id"] for line in lines} == {"1-5759e988-bd862e3fe1be46a994272793"}
    edit = stack.edit()["edit_id"]
    assert {line["edit_id"] for line in lines if line["message"] not in ALONE} == {edit}
    of_execution = [line for line in lines if line["message"] not in ALONE | BEFORE and not _too_early(line)]
    assert {line["execution"] for line in of_execution} == {*stack.executions()}


def _too_early(line: Line) -> bool:
    return line["message"] == "settled" and bool(SETTLED_WITHOUT.search(line["settled"]))


def test_an_execution_that_sweep_starts_again_is_logged_by_its_new_name(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.drop("photo")
    call(stack, "submit", message("photo.jpg"))
    stack.close_execution(f"{stack.edit()['edit_id']}-1")
    stack.table.update(stack.edit()["pk"], {"look_at": 1}, "attribute_exists(pk)")
    capsys.readouterr()
    call(stack, "sweep", sample("sweep"))

    [line] = [line for line in said(printed(capsys)) if line["message"] == "looked after"]
    edit = stack.edit()["edit_id"]
    assert (line["did"], line["edit_id"], line["execution"]) == ("executions_started", edit, f"{edit}-2")


def test_a_steps_execution_goes_by_its_own_name() -> None:
    assert step_of({"edit_id": "e", "attempt": 3}) == {"edit_id": "e", "execution": execution_name("e", 3)}


def test_the_page_lists_every_line_that_the_code_can_print() -> None:
    names = {
        str(ast.literal_eval(call.args[0]))
        for level in ("info", "warning", "exception", "error")
        for call in calls(level)
    }

    assert [name.strip("`") for name, *_ in listed("### Lines")] == sorted(names)


def test_the_page_lists_every_metric_with_its_unit_and_who_counts_it() -> None:
    rows = {name.strip("`"): (unit, who) for name, unit, who, _ in listed("### Metrics")}
    pairs = sum(len(metric.functions) for metric in METRICS.values())

    assert rows == {name: (metric.unit, ", ".join(metric.functions)) for name, metric in METRICS.items()}
    assert f"{pairs} in all" in PAGE


def test_the_code_counts_every_metric_of_the_table_and_no_other() -> None:
    names = {ast.unparse(call.args[1]).strip("'") for call in calls("count") if len(call.args) > 1}

    assert names - {"state.lower()"} | {"succeeded", "failed"} == set(METRICS)


def test_an_edit_is_counted_once_however_often_its_steps_come_again(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.drop("photo")
    for _ in range(3):
        call(stack, "submit", message("photo.jpg"))
    [name] = stack.executions()
    state = stack.execution_input(name)
    state |= {"outcome": call(stack, "poll", state), "turns": 1}
    for _ in range(3):
        call(stack, "finalize", state)
    found = counted(printed(capsys))

    seconds = {name: found.pop((name, "finalize")) for name in ("seconds_to_ready", "seconds_to_notified")}
    assert found == {
        ("drops", "submit"): 1,
        ("submitted", "submit"): 1,
        ("charged_usd", "submit"): 0.06,
        ("succeeded", "finalize"): 1,
    }
    assert seconds["seconds_to_ready"] == state["outcome"]["took_seconds"]
    assert seconds["seconds_to_notified"] >= 0


def test_a_refusal_is_counted_once_however_often_it_comes_again(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put("photo.jpg", b"no picture")
    stack.put("photo.txt", b"a watercolour")
    for _ in range(3):
        call(stack, "submit", message("photo.jpg"))
    lines = printed(capsys)

    assert counted(lines) == {("drops", "submit"): 1, ("rejected", "submit"): 1}
    by_code = [re.search(r"refused: (\w+)", line["settled"]) for line in said(lines)]  # as the dashboard asks
    assert [bool(found) for found in by_code] == [True, False, False]


def test_two_workers_that_record_a_drop_at_once_count_one(stack: Stack) -> None:
    first = stack.drops.record("d", 1, part({"settings": "{}"}))
    second = stack.drops.record("d", 1, part({"settings": "{}"}))

    assert (first[1], second[1]) == (True, False)
    assert (stack.drops.mark_notified("d", 2), stack.drops.mark_notified("d", 2)) == (True, False)


def test_a_charge_that_failed_is_lost_once(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.upstream.poll_answers.append(status("Content Moderated"))
    stack.drop("photo")
    whole_edit(stack, "photo.jpg")
    [name] = stack.executions()
    state = {**stack.execution_input(name), "outcome": {"status": "failed", "code": "moderated", "message": "m"}}
    call(stack, "finalize", state)
    found = counted(printed(capsys))

    assert (found["failed", "finalize"], found["charged_but_lost_usd", "finalize"]) == (1, 0.06)


def test_what_was_counted_as_ambiguous_is_not_lost_twice_and_its_charge_is_counted_late(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.upstream.post_answers.append(httpx.ReadTimeout("slow"))
    stack.drop("photo")
    for _ in range(2):
        call(stack, "submit", message("photo.jpg"))
    edit = stack.edit()
    ended = {"status": "failed", "code": "moderated", "message": "m"}
    state = {"edit_id": edit["edit_id"], "attempt": 1, "task_id": "late", "submitted_at": 1, "outcome": ended}
    call(stack, "finalize", state)
    found = counted(printed(capsys))

    assert found["charged_but_lost_usd", "submit"] == 0.06
    assert ("charged_but_lost_usd", "finalize") not in found
    assert found["charged_usd", "finalize"] == 0.06
    assert ("charged_usd", "submit") not in found


def test_sweep_counts_the_slots_that_are_held_and_whether_the_circuit_is_open(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.drop("photo")
    call(stack, "submit", message("photo.jpg"))
    spare = next(pk for number in range(2) if (pk := slot_pk(number)) != stack.edit()["slot"])
    stack.table.put({"pk": spare, "holder": "gone", "lease_until": 1}, "attribute_not_exists(pk)")
    capsys.readouterr()
    call(stack, "sweep", sample("sweep"))
    closed = counted(printed(capsys))
    stack.upstream.post_answers.append(refused(402))
    stack.drop("other")
    call(stack, "submit", message("other.jpg"))
    call(stack, "sweep", sample("sweep"))
    opened = counted(printed(capsys))

    assert closed == {("slots_in_use", "sweep"): 1, ("circuit_open", "sweep"): 0}
    assert (opened["circuit_open", "sweep"], opened["circuit_opened", "submit"]) == (1, 1)


def test_a_probe_that_is_refused_again_opens_nothing(stack: Stack) -> None:
    stack.upstream.post_answers.extend([refused(402), refused(402)])
    submit = stack.submit()
    submit.purchase.settlement.metrics.clear_metrics()
    stack.deliver(stack.drop("one"))
    stack.clock.now += 61
    stack.deliver(stack.drop("two"))
    found = {name: sum(one["Value"]) for name, one in submit.purchase.settlement.metrics.metric_set.items()}
    submit.purchase.settlement.metrics.clear_metrics()

    assert len(stack.upstream.posts) == 2
    assert (found["circuit_opened"], found["parked"]) == (1, 2)


def test_what_a_function_asks_of_the_workflow_and_the_queue_carries_its_trace(stack: Stack) -> None:
    """So that Step Functions and SQS continue the same trace: botocore does it, where Lambda sets the trace id."""
    stack.monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    stack.monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "submit")
    seen: dict[str, Any] = {}

    def note(request: Any, event_name: str, **_: object) -> None:
        seen[event_name.rpartition(".")[2]] = request.headers.get("X-Amzn-Trace-Id", "")

    for client in (aws.stepfunctions(), aws.sqs()):
        client.meta.events.register("before-sign", note)
    try:
        stack.deliver(stack.drop("photo"))
        stack.submit().purchase.settlement.parking.send_again("d")
    finally:
        for client in (aws.stepfunctions(), aws.sqs()):
            client.meta.events.unregister("before-sign", note)

    traces = {name: value.decode() if isinstance(value, bytes) else value for name, value in seen.items()}
    assert traces == {"StartExecution": TRACE, "SendMessage": TRACE}
