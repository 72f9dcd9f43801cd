"""What must hold of metrics: alarms and the dashboard name what the code counts, the dashboard all of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from depthdrop.observe import METRICS
from local.stack.bundle import ROOT
from tests.template.deployed import Deployed
from tests.template.invariants import Invariants, Mutant
from tests.template.permission_checks import statements
from tests.template.role_policies import REGION, in_account
from tests.template.template import FUNCTION, Data, Template, listed

INVARIANTS: Invariants[Template] = Invariants()

_STACK = "photos"
_ALARM = "AWS::CloudWatch::Alarm"
_OURS = "depthdrop/"
_COUNTED = {(name, function) for name, metric in METRICS.items() for function in metric.functions}
_NAMES_OF = {  # AWS's metrics, their one dimension, and what it names
    "AWS/Lambda": ("FunctionName", FUNCTION, "{}"),
    "AWS/SQS": ("QueueName", "AWS::SQS::Queue", "{}.QueueName"),
    "AWS/States": ("StateMachineArn", "AWS::StepFunctions::StateMachine", "{}"),
}
_PUBLISHED = {  # by AWS, of those (developer guides of Lambda, SQS and Step Functions, "metrics")
    "AWS/Lambda": {"Errors", "Throttles", "Duration"},
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    "AWS/States": {"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut"},
}
_SUMMED = {"Count": {"Sum", "Maximum"}, "None": {"Sum"}, "Seconds": {"p50", "p95"}}
_A_WIDGET = re.compile(r"\$\{([\w.]+)\}")


def deployed(template: Template, **parameters: str) -> Deployed:
    return in_account(template, **{"AWS::StackName": _STACK, **parameters})


def widgets(template: Template) -> list[Data]:
    """Raises ValueError when the body is no JSON."""
    [dashboard] = deployed(template).of_type("AWS::CloudWatch::Dashboard").values()
    found: list[Data] = json.loads(dashboard["DashboardBody"])["widgets"]
    return found


def lines(template: Template) -> Iterator[tuple[str, str, str, str, str]]:
    """Of every line that is drawn: namespace, metric, dimension, its value, and what is made of the numbers."""
    for widget in widgets(template):
        for namespace, name, dimension, value, *more in widget["properties"].get("metrics", []):
            options: dict[str, Any] = more[0] if more else {}
            yield namespace, name, dimension, value, options.get("stat", widget["properties"].get("stat"))


@INVARIANTS.killing(
    Mutant(
        "POWERTOOLS_METRICS_NAMESPACE: !Sub depthdrop/${AWS::StackName}", "POWERTOOLS_METRICS_NAMESPACE: depthdrop"
    ),
    Mutant("Namespace: !Sub depthdrop/${AWS::StackName}", "Namespace: depthdrop"),
    Mutant("MetricName: circuit_opened", "MetricName: circuit_broken"),
    Mutant("MetricName: circuit_opened", "MetricName: circuit_open"),
    Mutant("MetricName: charged_but_lost_usd", "MetricName: charged_but_lost"),
    Mutant("Dimensions: [{ Name: service, Value: finalize }]", "Dimensions: [{ Name: function, Value: finalize }]"),
)
def an_alarm_on_a_metric_of_ours_names_one_that_the_code_counts(template: Template) -> Iterator[str]:
    of_this_stack = f"{_OURS}{_STACK}"
    for name, function in deployed(template).of_type(FUNCTION).items():
        namespace = function["Environment"]["Variables"].get("POWERTOOLS_METRICS_NAMESPACE")
        if namespace != of_this_stack:
            yield f"{name} counts for {namespace}"
    for name, alarm in deployed(template).of_type(_ALARM).items():
        if alarm["Namespace"].startswith("AWS/"):
            continue
        [dimension] = alarm["Dimensions"]
        if alarm["Namespace"] != of_this_stack or dimension["Name"] != "service":
            yield f"{name} looks at {alarm['Namespace']}, {dimension}"
        if (alarm["MetricName"], dimension["Value"]) not in _COUNTED:
            yield f"{name} waits for {alarm['MetricName']} of {dimension['Value']}, which nobody counts"


@INVARIANTS.killing(
    Mutant('"unpaired", "service", "sweep"', '"unpaired", "service", "submit"'),
    Mutant('"parked", "service"', '"parked", "function"'),
    Mutant('"drops", "service"', '"pairs", "service"'),
    Mutant('["depthdrop/${AWS::StackName}", "slots_in_use"', '["depthdrop", "slots_in_use"'),
    Mutant('"fell_back", "service", "submit"', '"parked", "service", "submit"'),
    Mutant('"stat": "p95"', '"stat": "Sum"'),
    Mutant('"stat": "Sum", "period": 86400', '"stat": "p95", "period": 86400'),
    Mutant('"ExecutionsTimedOut", "StateMachineArn"', '"ExecutionsLate", "StateMachineArn"'),
)
def the_dashboard_shows_every_metric_that_the_code_counts_and_no_other(template: Template) -> Iterator[str]:
    drawn = set()
    for namespace, name, dimension, value, stat in lines(template):
        if namespace in _PUBLISHED:
            if name not in _PUBLISHED[namespace]:
                yield f"{namespace} has no {name}"
            continue
        drawn.add((name, value))
        if namespace != f"{_OURS}{_STACK}" or dimension != "service" or (name, value) not in _COUNTED:
            yield f"nobody counts {name} of {value} for {namespace}"
        elif stat not in _SUMMED[METRICS[name].unit]:
            yield f"{name} is in {METRICS[name].unit}, and drawn as {stat}"
    for name, function in _COUNTED - drawn:
        yield f"{name} of {function} is not shown"


@INVARIANTS.killing(
    Mutant('"region": "${AWS::Region}"', '"region": "us-west-2"'),
    Mutant('"FunctionName", "${PollFunction}"', '"FunctionName", "${PollLogs}"'),
    Mutant('"${InboxQueue.QueueName}"', '"${InboxQueue}"'),
    Mutant('"StateMachineArn", "${EditWorkflow}"', '"StateMachineName", "${EditWorkflow}"'),
    Mutant("SOURCE '${SubmitLogs}'", "SOURCE '${SubmitFunction}'"),
    Mutant("'settled' | parse", "'done' | parse"),
    Mutant('"width": 8, "height": 6', '"width": 25, "height": 6'),
)
def the_dashboard_draws_what_there_is_in_this_region(template: Template) -> Iterator[str]:
    resources = deployed(template)
    for widget in widgets(template):
        drawn = widget["properties"]
        if drawn["region"] != REGION or not drawn["title"] or not 1 <= widget["width"] <= 24:
            yield f"{drawn['title']} is drawn for {drawn['region']}, {widget['width']} wide"
        if widget["type"] == "log":
            logs = set(resources.of_type("AWS::Logs::LogGroup"))
            if set(_A_WIDGET.findall(drawn["query"])) - logs or "message = 'settled'" not in drawn["query"]:
                yield f"{drawn['query']} finds nothing"
    for namespace, name, dimension, value, _ in lines(template):
        if namespace in _NAMES_OF:
            wanted, kind, form = _NAMES_OF[namespace]
            there = {f"${{{form.format(one)}}}" for one in resources.of_type(kind)}
            if dimension != wanted or value not in there:
                yield f"{name} is of no {dimension} {value}"


@INVARIANTS.killing(
    Mutant("    Condition: HasDashboard\n", ""),
    Mutant(
        'HasDashboard: !Equals [!Ref MakeDashboard, "true"]', 'HasDashboard: !Equals [!Ref MakeDashboard, "false"]'
    ),
    Mutant('Default: "true"', 'Default: "false"', after="MakeDashboard:"),
)
def there_is_a_dashboard_unless_it_is_switched_off(template: Template) -> Iterator[str]:
    for wanted, parameters in [(1, {}), (0, {"MakeDashboard": "false"})]:
        made = deployed(template, **parameters).of_type("AWS::CloudWatch::Dashboard")
        if len(made) != wanted:
            yield f"{parameters} make {sorted(made)}"


@INVARIANTS.killing(
    Mutant("    Tracing: Active\n", ""),
    Mutant("    Tracing: Active\n", "    Tracing: PassThrough\n"),
    Mutant("                - xray:PutTraceSegments\n", ""),
)
def every_function_and_the_workflow_are_traced_and_may_send_traces(template: Template) -> Iterator[str]:
    """SAM gives a function the rights by a managed policy; a state machine has them in its own policy."""
    roles = template.of_type("AWS::IAM::Role")
    for name, function in template.of_type(FUNCTION).items():
        managed = str(roles[f"{name}Role"].get("ManagedPolicyArns"))
        if function.get("TracingConfig") != {"Mode": "Active"} or not re.search(
            r"AWSX[Rr]ay(DaemonWrite|WriteOnly)", managed
        ):
            yield f"{name} is traced as {function.get('TracingConfig')}, with {managed}"
    actions = {
        one for role, said in statements(template) if role == "EditWorkflowRole" for one in listed(said["Action"])
    }
    if not actions >= {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}:
        yield "the workflow may not send its steps to X-Ray"


@INVARIANTS.killing(
    Mutant('              Condition: { ForAllValues:StringLike: { dynamodb:LeadingKeys: ["slot#*"] } }\n', ""),
    Mutant('["slot#*"]', '["*"]'),
    Mutant("Action: dynamodb:BatchGetItem", "Action: dynamodb:Scan", after="SweepFunction:"),
)
def sweep_reads_many_records_at_once_only_of_slots(template: Template) -> Iterator[str]:
    """It counts them; whatever else it reads, it reads one by one."""
    batches = [
        said.get("Condition")
        for role, said in statements(template)
        if role == "SweepFunctionRole" and "dynamodb:BatchGetItem" in listed(said["Action"])
    ]
    if batches != [{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["slot#*"]}}]:
        yield f"it reads many records where {batches}"


@INVARIANTS.killing(
    Mutant("Drops could not be processed.", "Something happened."),
    Mutant("More than a dollar was charged within a day", "More than ten dollars were charged within a day"),
)
def the_page_has_the_text_of_every_alarm(template: Template) -> Iterator[str]:
    page = (ROOT / "docs/operating.md").read_text()
    for name, alarm in template.of_type(_ALARM).items():
        if f"| `{name}` | {alarm['AlarmDescription'].strip()} |" not in page:
            yield f"docs/operating.md does not have what {name} says"
