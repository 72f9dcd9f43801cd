"""What must hold of the state machine's definition: neither cfn-lint nor `sam validate` looks into it."""

import re
from collections.abc import Iterator

from tests.template.definition import Definition, Way, parse, substitutions
from tests.template.invariants import Invariants, Mutant

INVARIANTS: Invariants[Definition] = Invariants()

_ENDS = frozenset({"Succeed", "Fail"})
_COMMON = frozenset({"Type", "Comment", "Output", "QueryLanguage"})
_FIELDS = {
    "Wait": _COMMON | {"Seconds", "Next"},
    "Task": _COMMON | {"Resource", "Arguments", "Retry", "Catch", "Next", "End", "TimeoutSeconds"},
    "Choice": _COMMON | {"Choices", "Default"},
    "Succeed": _COMMON,
    "Fail": {"Type", "Comment", "QueryLanguage", "Error", "Cause"},
}
_NEEDED = {"Wait": {"Seconds", "Next"}, "Task": {"Resource", "Arguments"}, "Choice": {"Choices", "Default"}}
_SERVICE_ERRORS = frozenset(
    {
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    }
)
_BOUND = re.compile(r"\$states\.input\.(\w+) < \$\{Maximum\w+\}")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@INVARIANTS.killing(
    Mutant('"Next": "IsPending"', '"Next": "IsPendign"'),
    Mutant('"Default": "Finalize"', '"Default": "Finalise"'),
    Mutant('"Next": "Wait"', '"Next": "Rest"'),
    Mutant('"Next": "Finalize"', '"Next": "Finally"', after='"Catch"'),
    Mutant('"StartAt": "Wait"', '"StartAt": "Begin"'),
)
def every_way_leads_to_a_state(definition: Definition) -> Iterator[str]:
    if definition.data["StartAt"] not in definition.states:
        yield f"it starts at {definition.data['StartAt']}, which is no state"
    for way in definition.ways:
        if way.target not in definition.states:
            yield f"the {way.kind} of {way.source} leads to {way.target}, which is no state"


@INVARIANTS.killing(
    Mutant('"Next": "TellWithoutFinalize"', '"Next": "Unfinished"'),
    Mutant('"States": {', '"States": {"Idle": {"Type": "Wait", "Comment": "x", "Seconds": 1, "Next": "Poll"},'),
)
def every_state_can_be_reached(definition: Definition) -> Iterator[str]:
    reached = definition.reached_from(definition.data["StartAt"])
    yield from (f"{name} is never reached" for name in definition.states if name not in reached)


@INVARIANTS.killing(
    Mutant('"Type": "Fail",', '"Type": "Wait", "Seconds": 1, "Next": "Unfinished",'),
)
def an_end_is_reached_from_every_state(definition: Definition) -> Iterator[str]:
    ends = {name for name, state in definition.states.items() if state["Type"] in _ENDS or state.get("End") is True}
    for name in definition.states:
        if not definition.reached_from(name) & ends:
            yield f"from {name} there is no end"


@INVARIANTS.killing(
    Mutant('"Retry": [', '"Retries": ['),
    Mutant('"Catch": [', '"Except": [', after='"Finalize": {'),
    Mutant('"States.ALL"', '"States.Timeout"', after='"Catch"'),
    Mutant('"Lambda.TooManyRequestsException",', ""),
    Mutant('"MaxAttempts": 6', '"MaxAttempts": 0'),
    Mutant('"BackoffRate": 2,', '"BackoffRate": 1,'),
    Mutant('"States.ALL"', '"States.Timeout"', after='"TellWithoutFinalize": {'),
    Mutant('"Output": "{% $merge', '"Result": "{% $merge', after='"Catch"'),
)
def every_task_is_tried_again_and_then_caught_with_its_input_kept(definition: Definition) -> Iterator[str]:
    for name, task in definition.tasks.items():
        retried = {error for retrier in task.get("Retry", []) for error in retrier["ErrorEquals"]}
        if not ("States.ALL" in retried or retried >= _SERVICE_ERRORS | {"States.TaskFailed"}):
            yield f"{name} is tried again only after {sorted(retried)}"
        for retrier in task.get("Retry", []):
            if retrier.get("MaxAttempts", 3) < 3 or retrier.get("BackoffRate", 2) < 2:
                yield f"{name} gives up early or hammers"
        catchers = task.get("Catch", [])
        if not catchers or catchers[-1]["ErrorEquals"] != ["States.ALL"]:
            yield f"an error of {name} ends the execution without a word"
        for catcher in catchers:
            if "$states.input" not in catcher.get("Output", ""):
                yield f"what {name} was given is lost when it fails"


@INVARIANTS.killing(
    Mutant('"Comment": "Wait before', '"Remark": "Wait before'),
    Mutant('"Comment": "Look at the task', '"Comment": "", "Remark": "Look at the task'),
    Mutant('          "Comment": "Still pending and turns are left",\n', ""),
)
def every_state_and_every_choice_says_what_it_is_for(definition: Definition) -> Iterator[str]:
    if not definition.data.get("Comment"):
        yield "the workflow has no comment"
    for name, state in definition.states.items():
        if not state.get("Comment"):
            yield f"{name} has no comment"
        yield from (f"a choice of {name} has none" for rule in state.get("Choices", []) if not rule.get("Comment"))


@INVARIANTS.killing(
    Mutant(" and $states.input.turns < ${MaximumTurns}", ""),
    Mutant(" and $states.input.turns < ${MaximumTurns}", " or $states.input.turns < ${MaximumTurns}"),
    Mutant("'turns': ($exists($states.input.turns) ? $states.input.turns : 0) + 1", "'turns': 1"),
    Mutant("$states.input.turns < ${MaximumTurns}", "$states.input.attempt < ${MaximumTurns}"),
    Mutant('"End": true', '"Next": "Poll"'),
    Mutant('"Next": "Unfinished"', '"Next": "Poll"'),
    Mutant('"Next": "TellWithoutFinalize"', '"Next": "Wait"', after='"Catch"'),
)
def every_loop_is_counted_and_bounded(definition: Definition) -> Iterator[str]:
    """Take away the ways that a raised counter closes; no cycle may be left."""
    left = [way for way in definition.ways if not _is_bounded(definition, way)]
    for name in definition.states:
        fresh, seen = [way.target for way in left if way.source == name], set[str]()
        while fresh:
            here = fresh.pop()
            if here == name:
                yield f"a loop through {name} has no bound"
                break
            if here not in seen:
                seen.add(here)
                fresh += [way.target for way in left if way.source == here]


def _is_bounded(definition: Definition, way: Way) -> bool:
    """Whether a Choice compares a counter with a maximum there, straight after the task that raises it."""
    bound = _BOUND.search(way.condition or "")
    if bound is None or " or " in (way.condition or ""):
        return False
    counter = re.escape(bound[1])
    raises = re.compile(rf"'{counter}': \(\$exists\(\$states\.input\.{counter}\) \? .* : 0\) \+ 1\b")
    before = [other.source for other in definition.ways if other.target == way.source]
    return bool(before) and all(raises.search(definition.states[name].get("Output", "")) for name in before)


@INVARIANTS.killing(
    Mutant('"QueryLanguage": "JSONata"', '"QueryLanguage": "JSONPath"'),
    Mutant('"Seconds":', '"SecondsPath":'),
    Mutant('"Type": "Wait",', '"Type": "Wait", "QueryLanguage": "JSONPath",'),
    Mutant("$states.input.wait_seconds %}", "$states.input.(wait_seconds %}"),
    Mutant("$states.input.wait_seconds %}", "$.wait_seconds %}"),
    Mutant('"{% $states.input.wait_seconds %}"', '"{% $states.input.wait_seconds }"'),
    Mutant('"{% $states.input %}"', '"$.input"'),
)
def everything_is_jsonata_that_can_be_read(definition: Definition) -> Iterator[str]:
    languages = {state.get("QueryLanguage", "JSONata") for state in definition.states.values()}
    if definition.data.get("QueryLanguage") != "JSONata" or languages != {"JSONata"}:
        yield "JSONPath is spoken"
    for path, text in definition.strings():
        key = path.rpartition("/")[2]
        if key.endswith(("Path", ".$")) or (text.startswith("$.") and key != "Comment"):
            yield f"{path} is JSONPath"
        if not text.startswith("{%") and not text.endswith("%}"):
            continue
        try:
            parse(_PLACEHOLDER.sub("1", text))
        except Exception as error:  # noqa: BLE001  # the parser raises whatever it stumbles over
            yield f"{path} cannot be read: {error}"
        if not (text.startswith("{%") and text.endswith("%}")) or "$." in text:
            yield f"{path} is no expression of Step Functions"


@INVARIANTS.killing(
    Mutant("${PollFunctionArn}", "${PollFunction}"),
    Mutant("${MaximumTurns}", "2100"),
    Mutant("arn:${AWSPartition}:states:::sns:publish", "arn:${AWS::Partition}:states:::sns:publish"),
    Mutant("${FinalizeFunctionArn}", "${PollFunctionArn}"),
)
def placeholders_and_substitutions_are_the_same(definition: Definition) -> Iterator[str]:
    found = set(re.findall(r"\$\{([^}]*)\}", definition.text))
    given = set(substitutions())
    yield from (f"nothing is given for {name}" for name in sorted(found - given))
    yield from (f"{name} is given and not used" for name in sorted(given - found))


@INVARIANTS.killing(
    Mutant('"Retry": [', '"Retries": ['),
    Mutant('"Arguments": {', '"Parameters": {'),
    Mutant('"Default": "Finalize"', '"Otherwise": "Finalize"'),
    Mutant('"Type": "Wait"', '"Type": "Pause"'),
    Mutant('"Next": "Poll"', '"Goto": "Poll"'),
    Mutant('"End": true', '"End": true, "Next": "Poll"'),
    Mutant('"End": true', '"End": false'),
)
def every_field_is_one_that_its_state_knows(definition: Definition) -> Iterator[str]:
    for name, state in definition.states.items():
        known = _FIELDS.get(state["Type"], frozenset[str]())
        yield from (f"{name} has {field}" for field in state if field not in known)
        yield from (f"{name} lacks {field}" for field in _NEEDED.get(state["Type"], set()) - set(state))
        if state["Type"] == "Task" and ("Next" in state) == (state.get("End") is True):
            yield f"{name} continues and ends, or neither"


@INVARIANTS.killing(
    Mutant(":states:::sns:publish", ":states:::sqs:sendMessage"),
    Mutant('"TopicArn": "${AlarmsTopicArn}"', '"TopicArn": "${PollFunctionArn}"'),
    Mutant('      "Next": "Unfinished"\n    }', '      "End": true\n    }'),
    Mutant('"Next": "Unfinished"', '"Next": "Finalize"', after='"TellWithoutFinalize": {'),
    Mutant('"Next": "TellWithoutFinalize"', '"Next": "Unfinished"', after='"Catch"'),
    Mutant("depthdrop: a paid edit could not be finished", "depthdrop: a paid edit could not be finished\\n"),
)
def a_failure_comes_after_a_message_to_the_owner(definition: Definition) -> Iterator[str]:
    """The last resort: a message to the alarms topic from the state machine itself, then Fail."""
    fails = [name for name, state in definition.states.items() if state["Type"] == "Fail"]
    for way in definition.ways:
        if way.target in fails:
            state = definition.states[way.source]
            if not state.get("Resource", "").endswith(":states:::sns:publish"):
                yield f"{way.source} fails without notifying"
                continue
            if state["Arguments"]["TopicArn"] != "${AlarmsTopicArn}":
                yield f"{way.source} notifies {state['Arguments']['TopicArn']}"
            subject = state["Arguments"]["Subject"]
            if not (subject.isascii() and subject.isprintable() and len(subject) < 100):
                yield "SNS refuses the subject"
    for name in definition.tasks:
        notifies = definition.states[name]["Resource"].endswith(":sns:publish")
        after = {way.target for way in definition.ways if way.source == name}
        if notifies and (not after <= set(fails) or definition.states[name].get("End")):
            yield f"after {name} the execution does not fail, so no alarm rings"
