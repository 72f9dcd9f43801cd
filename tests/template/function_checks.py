"""What must hold of the functions: runtime, environment, event source, times."""

import os.path
import re
from collections.abc import Iterator
from dataclasses import fields

from depthdrop import aws
from depthdrop.environment import (
    FinalizeEnvironment,
    MissingSettingError,
    PollEnvironment,
    SubmitEnvironment,
    SweepEnvironment,
    load,
)
from depthdrop.records.edits import LEASE_MARGIN_SECONDS
from depthdrop.upstream import client, download
from depthdrop.use_cases import download_and_store, poll, submit
from local.stack.bundle import ROOT
from tests.template.invariants import Invariants, Mutant
from tests.template.template import FUNCTION, Data, Template, names_in

INVARIANTS: Invariants[Template] = Invariants()

_SOUNDS_SECRET = re.compile("KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL", re.IGNORECASE)
_LOOKS_SECRET = re.compile(r"\{\{resolve:|\bsk-|\bAKIA|[A-Za-z0-9+_]{24}")

ENVIRONMENTS: dict[str, type[object]] = {
    "SubmitFunction": SubmitEnvironment,
    "PollFunction": PollEnvironment,
    "FinalizeFunction": FinalizeEnvironment,
    "SweepFunction": SweepEnvironment,
}


@INVARIANTS.killing(
    Mutant("Runtime: python3.13", "Runtime: python3.12"),
    Mutant("Architectures: [arm64]", "Architectures: [x86_64]"),
    Mutant("    Layers: [!Ref DepthdropLayer]\n", ""),
    Mutant("Handler: app.handler", "Handler: app.main"),
    Mutant("Tracing: Active", "Tracing: PassThrough"),
    Mutant("BuildArchitecture: arm64", "BuildArchitecture: x86_64"),
    Mutant("CompatibleRuntimes: [python3.13]", "CompatibleRuntimes: [python3.11]"),
)
def every_function_is_python_313_on_arm64_with_the_layer(template: Template) -> Iterator[str]:
    wanted: Data = {"Runtime": "python3.13", "Architectures": ["arm64"], "Handler": "app.handler"}
    wanted["TracingConfig"] = {"Mode": "Active"}
    (layer,) = template.of_type("AWS::Lambda::LayerVersion")
    for name, function in template.of_type(FUNCTION).items():
        has = {key: function.get(key) for key in wanted}
        if has != wanted:
            yield f"{name} has {has}"
        if function.get("Layers") != [{"Ref": layer}]:
            yield f"{name} lacks the layer"
    built = template.source["Resources"]["DepthdropLayer"]
    if built["Metadata"] != {"BuildMethod": "makefile", "BuildArchitecture": "arm64"}:
        yield f"the layer is built as {built['Metadata']}"
    runs_on = (built["Properties"]["CompatibleRuntimes"], built["Properties"]["CompatibleArchitectures"])
    if runs_on != (["python3.13"], ["arm64"]):
        yield f"the layer is for {runs_on}"


@INVARIANTS.killing(
    Mutant("CodeUri: functions/poll/", "CodeUri: functions/watch/"),
    Mutant("CodeUri: functions/poll/", "CodeUri: functions/finalize/"),
    Mutant("SweepFunction:", "BroomFunction:"),
    Mutant("DefinitionUri: functions/edit_workflow.asl.json", "DefinitionUri: functions/workflow.asl.json"),
    Mutant("ContentUri: layers/depthdrop/", "ContentUri: layers/shared/"),
)
def folders_and_functions_share_their_verb(template: Template) -> Iterator[str]:
    functions = {}
    for name, resource in template.source["Resources"].items():
        for key in ("CodeUri", "ContentUri", "DefinitionUri"):
            path = resource.get("Properties", {}).get(key)
            if path and not (ROOT / path).exists():
                yield f"{name} is made of {path}, which does not exist"
        if resource["Type"] == "AWS::Serverless::Function":
            functions[name] = os.path.normpath(resource["Properties"]["CodeUri"])
    wanted = {name: f"functions/{name.removesuffix('Function').lower()}" for name in ENVIRONMENTS}
    if functions != wanted:
        yield f"the functions are {functions}"


@INVARIANTS.killing(
    Mutant("          LINGER_SECONDS: !Ref LingerSeconds\n", ""),
    Mutant("SLOTS: !Ref Slots", "SLOT: !Ref Slots", after="SweepFunction:"),
    Mutant("          LINGER_SECONDS:", "          SLOTS: !Ref Slots\n          LINGER_SECONDS:"),
    Mutant("        EDITS_TABLE: !Ref Edits\n", ""),
    Mutant("        EDITS_TABLE: !Ref Edits\n", "        EDITS_TABLE: !Ref Edits\n        REGION: here\n"),
)
def every_function_has_exactly_the_variables_that_its_code_reads(template: Template) -> Iterator[str]:
    shared = set(template.source["Globals"]["Function"]["Environment"]["Variables"])
    read_somewhere: set[str] = set()
    for name, function in template.of_type(FUNCTION).items():
        has = set(function["Environment"]["Variables"])
        needs = {field.name.upper() for field in fields(ENVIRONMENTS[name])}  # type: ignore[arg-type]
        read_somewhere |= needs
        own = {variable for variable in has - shared if not variable.startswith("POWERTOOLS_")}
        if missing := needs - has:
            yield f"{name} lacks {sorted(missing)}"
        if idle := own - needs:
            yield f"{name} never reads {sorted(idle)}"
    if idle := {variable for variable in shared - read_somewhere if not variable.startswith("POWERTOOLS_")}:
        yield f"no function reads the shared {sorted(idle)}"


@INVARIANTS.killing(
    Mutant('SUBMIT_TIMEOUT_SECONDS: "90"', 'SUBMIT_TIMEOUT_SECONDS: "1.5 minutes"'),
    Mutant('SUBMIT_TIMEOUT_SECONDS: "90"', 'SUBMIT_TIMEOUT_SECONDS: ""'),
    Mutant("EVENT_SOURCE: !Sub depthdrop/${AWS::StackName}", "EVENT_SOURCE: !Ref AlarmEmail"),
    Mutant("Default: https://api.cometapi.com", "Default: http://api.cometapi.com"),
    Mutant("LINGER_SECONDS: !Ref LingerSeconds", "LINGER_SECONDS: !Ref AWS::StackName"),
)
def every_function_starts_with_the_environment_it_is_given(template: Template) -> Iterator[str]:
    for name, function in template.of_type(FUNCTION).items():
        given = {key: _resolved(template, value) for key, value in function["Environment"]["Variables"].items()}
        try:
            load(ENVIRONMENTS[name], given)
        except MissingSettingError as error:
            yield f"{name}: {error}"


def _resolved(template: Template, value: object) -> str:
    """A parameter's default, or a made-up name for what only a deployment knows."""
    if isinstance(value, dict) and value.get("Ref") in template.source["Parameters"]:
        return str(template.default(value["Ref"]))
    return str(value) if not isinstance(value, dict) else "something"


@INVARIANTS.killing(
    Mutant('SUBMIT_TIMEOUT_SECONDS: "90"', "SUBMIT_TIMEOUT_SECONDS: 90"),
    Mutant("POWERTOOLS_LOG_LEVEL: INFO", "POWERTOOLS_LOG_LEVEL: true"),
)
def environment_values_are_strings(template: Template) -> Iterator[str]:
    for name, function in template.of_type(FUNCTION).items():
        for key, value in function["Environment"]["Variables"].items():
            if not isinstance(value, str | dict):
                yield f"{name} sets {key} to {value!r}, which is no string"


@INVARIANTS.killing(
    Mutant(
        "UPSTREAM_KEY_SECRET_ARN: !Ref UpstreamKey",
        'UPSTREAM_KEY_SECRET_ARN: !Sub "{{resolve:secretsmanager:${UpstreamKey}}}"',
    ),
    Mutant(
        "UPSTREAM_KEY_SECRET_ARN: !Ref UpstreamKey", "UPSTREAM_KEY: !Ref UpstreamBaseUrl", after="PollFunction:"
    ),
    Mutant("UPSTREAM_KEY_SECRET_ARN: !Ref UpstreamKey", "UPSTREAM_KEY_SECRET_ARN: sk-live"),
    Mutant("POWERTOOLS_LOG_LEVEL: INFO", "POWERTOOLS_LOG_LEVEL: 0123456789abcdefghijABCDEFGHIJ"),
    Mutant('MaximumTurns: "2100"', "MaximumTurns: sk-live"),
    Mutant('MaximumTurns: "2100"', "UpstreamToken: !Ref UpstreamBaseUrl"),
)
def no_secret_is_in_an_environment_or_in_the_workflows_definition(template: Template) -> Iterator[str]:
    """All who may look at a function see its environment: it has only the name of the key, which the code reads."""
    places = {name: one["Environment"]["Variables"] for name, one in template.of_type(FUNCTION).items()}
    machines = template.of_type("AWS::StepFunctions::StateMachine").items()
    places |= {name: one["DefinitionSubstitutions"] for name, one in machines}
    secrets = set(template.of_type("AWS::SecretsManager::Secret"))
    for place, values in places.items():
        for name, value in values.items():
            is_where = value in [{"Ref": secret} for secret in secrets]
            if (_SOUNDS_SECRET.search(name) or names_in(value) & secrets) and not is_where:
                yield f"{place} has {value} for {name}"
            if isinstance(value, str) and _LOOKS_SECRET.search(value):
                yield f"{place} has what looks like a secret for {name}"


@INVARIANTS.killing(
    Mutant("BatchSize: 1 ", "BatchSize: 2 "),
    Mutant("            FunctionResponseTypes: [ReportBatchItemFailures]\n", ""),
    Mutant("MaximumConcurrency: 4", "MaximumConcurrency: 1"),
    Mutant("            ScalingConfig: { MaximumConcurrency: 4 }", "           "),
)
def submit_takes_one_message_at_a_time_and_few_at_once(template: Template) -> Iterator[str]:
    source = template.one_of("AWS::Lambda::EventSourceMapping")
    if source["BatchSize"] != 1:
        yield "a message that must come back would hold others"
    if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
        yield "a message could not be sent back"
    at_once = source.get("ScalingConfig", {}).get("MaximumConcurrency", 1000)
    if not 2 <= at_once <= template.default("Slots"):
        yield f"{at_once} at once: Lambda wants 2 at least, and more than there are slots would only wait"


@INVARIANTS.killing(
    Mutant("Timeout: 90", "Timeout: 91", after="SubmitFunction:"),
    Mutant("VisibilityTimeout: 540", "VisibilityTimeout: 539"),
    Mutant('SUBMIT_TIMEOUT_SECONDS: "90"', 'SUBMIT_TIMEOUT_SECONDS: "60"'),
    Mutant("maxReceiveCount: 10", "maxReceiveCount: 4"),
)
def submits_timeout_fits_its_lease_and_its_queue(template: Template) -> Iterator[str]:
    function = template.of_type(FUNCTION)["SubmitFunction"]
    queue = template.of_type("AWS::SQS::Queue")["InboxQueue"]
    timeout = function["Timeout"]
    if function["Environment"]["Variables"]["SUBMIT_TIMEOUT_SECONDS"] != str(timeout):
        yield "a claim's lease is reckoned from another timeout than submit's own"
    if queue["VisibilityTimeout"] < 6 * timeout:
        yield "the queue shows a message again too early: Lambda advises six timeouts"
    waits_seconds = queue["RedrivePolicy"]["maxReceiveCount"] * submit._COME_BACK_SECONDS
    if waits_seconds < timeout + LEASE_MARGIN_SECONDS:
        yield "a message that waits for another worker's claim would become a dead letter before the claim is over"


@INVARIANTS.killing(
    Mutant("Timeout: 90 # Linger", "Timeout: 75 # Linger"),
    Mutant("MaxValue: 60\n", "MaxValue: 90\n", after="LingerSeconds:"),
    Mutant("Timeout: 660", "Timeout: 600"),
    Mutant("Timeout: 90 # Linger", "Timeout: 150 # Linger"),
    Mutant("POLL_FUNCTION_NAME: !Ref PollFunction", "POLL_FUNCTION_NAME: !Ref SweepFunction"),
)
def poll_and_finalize_have_the_time_they_may_take(template: Template) -> Iterator[str]:
    functions = template.of_type(FUNCTION)
    linger = template.source["Parameters"]["LingerSeconds"]["MaxValue"]
    one_look = client._CONNECT_SECONDS + client._POLL_READ_SECONDS
    if functions["PollFunction"]["Timeout"] < linger + one_look + poll._RETURN_MARGIN_SECONDS:
        yield "poll can be cut off while it lingers"
    looks = len(download_and_store.AGAIN_SECONDS)
    pauses = sum(download_and_store.AGAIN_SECONDS) + download_and_store.STORE_SECONDS
    longest = (1 + looks) * download.LONGEST_SECONDS + looks * aws.INVOKE_SECONDS + pauses
    if functions["FinalizeFunction"]["Timeout"] < longest + download._READ_SECONDS:
        yield "finalize has no time for all its tries when each takes as long as it may"
    if functions["PollFunction"]["Timeout"] >= aws.INVOKE_SECONDS:
        yield "finalize hangs up on a poll that is still at work"
    if functions["FinalizeFunction"]["Environment"]["Variables"]["POLL_FUNCTION_NAME"] != {"Ref": "PollFunction"}:
        yield "finalize asks another function than poll for a fresh link"


@INVARIANTS.killing(
    Mutant("Default: 0", "Default: 1", after="ReservedConcurrency:"),
    Mutant("!If [ReservesConcurrency, !Ref ReservedConcurrency, !Ref AWS::NoValue]", "5"),
    Mutant("      Timeout: 90\n", "      Timeout: 90\n      ReservedConcurrentExecutions: 4\n"),
)
def no_concurrency_is_reserved_unless_asked_for(template: Template) -> Iterator[str]:
    """A new account has ten in all, and Lambda refuses to leave fewer than ten unreserved."""
    asked = [{"Ref": "ReservedConcurrency"}, {"Ref": "AWS::NoValue"}]
    if template.default("ReservedConcurrency") != 0:
        yield "some is reserved by default"
    for name, function in template.of_type(FUNCTION).items():
        reserved = function.get("ReservedConcurrentExecutions")
        if reserved not in (None, {"Fn::If": ["ReservesConcurrency", *asked]}):
            yield f"{name} reserves {reserved}"
