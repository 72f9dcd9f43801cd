"""What must hold of queues, dead letters, alarms and the state machine."""

import json
from collections.abc import Iterator

from local.stack.bundle import ROOT
from tests.template.deployed import Deployed
from tests.template.invariants import Invariants, Mutant
from tests.template.template import FUNCTION, Data, Template, names_in

INVARIANTS: Invariants[Template] = Invariants()

_FOURTEEN_DAYS = 1209600
_QUEUE = "AWS::SQS::Queue"
_ALARM = "AWS::CloudWatch::Alarm"
_VISIBLE = "ApproximateNumberOfMessagesVisible"
_AGE = "ApproximateAgeOfOldestMessage"
_RINGS_ABOVE = {_AGE: 3600, "charged_but_lost_usd": 1}  # all others ring at the first event
_RUNS = 1 + 6  # of a last poll and of finalize, with their retries
_PAUSES_SECONDS = 2 * (2 + 4 + 8 + 16 + 32 + 60)  # at most, between those


def dead_letter_queues(template: Template) -> set[str]:
    return set(dead_letter_queues_by_sender(template))


def dead_letter_queues_by_sender(template: Template) -> list[str]:
    """One for each queue, subscription and target that has one."""
    queues = template.of_type(_QUEUE).values()
    found = [queue["RedrivePolicy"]["deadLetterTargetArn"] for queue in queues if "RedrivePolicy" in queue]
    subscriptions = template.of_type("AWS::SNS::Subscription").values()
    found += [one["RedrivePolicy"]["deadLetterTargetArn"] for one in subscriptions if "RedrivePolicy" in one]
    for rule in template.of_type("AWS::Events::Rule").values():
        found += [target["DeadLetterConfig"]["Arn"] for target in rule["Targets"] if "DeadLetterConfig" in target]
    return [name for arn in found for name in names_in(arn)]


def watched(template: Template, metric: str) -> Iterator[tuple[Data, set[str]]]:
    """Alarms on a metric, with the resources that they watch."""
    for alarm in template.of_type(_ALARM).values():
        if alarm["MetricName"] == metric:
            yield alarm, names_in(alarm["Dimensions"])


@INVARIANTS.killing(
    Mutant(
        "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt InboxDeadLetters.Arn\n"
        "        maxReceiveCount: 10 #",
        "      #",
    ),
    Mutant("  InboxRuleDeadLetters:\n", "  Spare:\n    Type: AWS::SQS::Queue\n  InboxRuleDeadLetters:\n"),
    Mutant("          DeadLetterConfig: { Arn: !GetAtt InboxRuleDeadLetters.Arn }\n", ""),
    Mutant("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600"),
    Mutant("Value: !GetAtt InboxDeadLetters.QueueName", "Value: !GetAtt InboxQueue.QueueName"),
    Mutant("      RedrivePolicy: { deadLetterTargetArn: !GetAtt WebhookDeadLetters.Arn }\n", ""),
    Mutant("Value: !GetAtt WebhookDeadLetters.QueueName", "Value: !GetAtt InboxQueue.QueueName"),
    Mutant("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600", after="WebhookDeadLetters:"),
)
def every_queue_has_or_is_a_dead_letter_queue_that_is_kept_and_watched(template: Template) -> Iterator[str]:
    dead = dead_letter_queues(template)
    watches = watched(template, _VISIBLE)
    alarmed = {name for _, names in watches for name in names}
    for name, queue in template.of_type(_QUEUE).items():
        if name not in dead and "RedrivePolicy" not in queue:
            yield f"what {name} cannot deliver is lost"
        if name in dead and queue.get("MessageRetentionPeriod") != _FOURTEEN_DAYS:
            yield f"{name} does not keep its messages for 14 days"
        if name in dead and name not in alarmed:
            yield f"no alarm rings for messages in {name}"
    for name, rule in template.of_type("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            if names_in(target["Arn"]) & set(template.of_type(_QUEUE)) and "DeadLetterConfig" not in target:
                yield f"an event that {name} cannot deliver is lost"


@INVARIANTS.killing(
    Mutant("Arn: !GetAtt InboxRuleDeadLetters.Arn", "Arn: !GetAtt InboxDeadLetters.Arn"),
    Mutant(
        "deadLetterTargetArn: !GetAtt WebhookDeadLetters.Arn", "deadLetterTargetArn: !GetAtt InboxDeadLetters.Arn"
    ),
    Mutant("Arn: !GetAtt InboxRuleDeadLetters.Arn", "Arn: !GetAtt InboxQueue.Arn"),
)
def no_two_senders_share_a_dead_letter_queue(template: Template) -> Iterator[str]:
    """Its messages are redriven to the queue they came from: messages of two queues could not be."""
    found = dead_letter_queues_by_sender(template)
    for queue in sorted({one for one in found if found.count(one) > 1}):
        yield f"{queue} takes the dead letters of several"
    for queue in set(found) & names_in(template.one_of("AWS::Lambda::EventSourceMapping")["EventSourceArn"]):
        yield f"the dead letters in {queue} would be processed like any other message"


@INVARIANTS.killing(
    Mutant("MetricName: ApproximateAgeOfOldestMessage", "MetricName: NumberOfMessagesSent"),
    Mutant("Value: !GetAtt InboxQueue.QueueName", "Value: !GetAtt InboxDeadLetters.QueueName"),
    Mutant("Value: !Ref SweepFunctionSchedule", "Value: !Ref InboxRule"),
    Mutant("MetricName: FailedInvocations", "MetricName: Invocations"),
)
def what_is_not_processed_or_not_started_rings(template: Template) -> Iterator[str]:
    """A function that nobody starts has no errors, and a queue that nobody reads no dead letters."""
    aged = {name for _, names in watched(template, _AGE) for name in names}
    for name in template.of_type(_QUEUE).keys() - dead_letter_queues(template) - aged:
        yield f"no alarm rings when {name} is not processed"
    failing = {name for _, names in watched(template, "FailedInvocations") for name in names}
    for name, rule in template.of_type("AWS::Events::Rule").items():
        if any("DeadLetterConfig" not in target for target in rule["Targets"]) and name not in failing:
            yield f"no alarm rings when {name} starts nothing"


@INVARIANTS.killing(
    Mutant("SqsManagedSseEnabled: true", "SqsManagedSseEnabled: false"),
    Mutant("      SqsManagedSseEnabled: true # SSE-SQS costs nothing\n", "      KmsMasterKeyId: alias/aws/sqs\n"),
    Mutant("SqsManagedSseEnabled: true # SNS", "KmsMasterKeyId: alias/aws/sqs # SNS"),
)
def every_queue_is_encrypted_with_a_key_that_eventbridge_and_sns_can_use(template: Template) -> Iterator[str]:
    for name, queue in template.of_type(_QUEUE).items():
        if queue.get("SqsManagedSseEnabled") is not True or "KmsMasterKeyId" in queue:
            yield f"{name} is not encrypted by SQS itself"


@INVARIANTS.killing(
    Mutant("source: [aws.s3]", "source: [aws.sqs]"),
    Mutant("detail-type: [Object Created]", "detail-type: [Object Deleted]"),
    Mutant("name: [!If [MakesInbox, !Ref InboxBucket", "name: [!If [MakesInbox, !Ref OutboxBucket"),
    Mutant("prefix: !Ref InboxPrefix", 'prefix: ""'),
    Mutant("Queues: [!Ref InboxQueue, !Ref InboxRuleDeadLetters]", "Queues: [!Ref InboxQueue]"),
    Mutant("Arn: !GetAtt InboxQueue.Arn", "Arn: !GetAtt InboxDeadLetters.Arn"),
    Mutant("Queue: !GetAtt InboxQueue.Arn", "Queue: !GetAtt InboxDeadLetters.Arn"),
)
def a_new_object_below_the_prefix_finds_its_way_to_submit(template: Template) -> Iterator[str]:
    rule = template.of_type("AWS::Events::Rule")["InboxRule"]
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [{"Ref": "InboxBucket"}]},
            "object": {"key": [{"prefix": "drops/"}]},
        },
    }
    taken = Deployed(template.expanded, {"InboxPrefix": "drops/"}).resolve(rule["EventPattern"])
    if taken != pattern:
        yield f"the rule takes {taken}"
    (target,) = rule["Targets"]
    source = template.one_of("AWS::Lambda::EventSourceMapping")
    way = (names_in(target["Arn"]), names_in(source["EventSourceArn"]), names_in(source["FunctionName"]))
    if way != ({"InboxQueue"}, {"InboxQueue"}, {"SubmitFunction"}):
        yield f"the events go {way}"
    policy = template.of_type("AWS::SQS::QueuePolicy")["QueuePolicy"]
    open_to_the_rule = names_in(policy["Queues"]) & names_in(policy["PolicyDocument"]["Statement"][0]["Resource"])
    if open_to_the_rule != {"InboxQueue", "InboxRuleDeadLetters"}:
        yield f"EventBridge may only send to {sorted(open_to_the_rule)}"


@INVARIANTS.killing(
    Mutant("AlarmActions: [!Ref Alarms]", "AlarmActions: [!Ref Notifications]"),
    Mutant("      AlarmActions: [!Ref Alarms]\n", ""),
    Mutant("TreatMissingData: notBreaching", "TreatMissingData: breaching"),
    Mutant("ComparisonOperator: GreaterThanThreshold", "ComparisonOperator: LessThanThreshold"),
    Mutant("Threshold: 0", "Threshold: 5"),
    Mutant("Threshold: 3600", "Threshold: 86400"),
    Mutant("MetricName: ExecutionsFailed", "MetricName: ExecutionsSucceeded"),
    Mutant("Value: !Ref EditWorkflow", "Value: !Ref SubmitFunction", after="FailedExecutionsAlarm:"),
    Mutant("AlarmDescription: Drops could", "# Drops could", after="InboxDeadLettersAlarm:"),
)
def one_event_is_enough_for_an_alarm_that_says_what_to_do(template: Template) -> Iterator[str]:
    for name, alarm in template.of_type(_ALARM).items():
        if alarm.get("AlarmActions") != [{"Ref": "Alarms"}]:
            yield f"{name} notifies nobody"
        if not alarm.get("AlarmDescription"):
            yield f"{name} does not say what to do"
        rings = {key: alarm.get(key) for key in ("ComparisonOperator", "Threshold", "EvaluationPeriods")}
        above = _RINGS_ABOVE.get(alarm["MetricName"], 0)
        wanted = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": above, "EvaluationPeriods": 1}
        if rings != wanted or alarm.get("TreatMissingData") != "notBreaching":
            yield f"{name} rings at {rings} and takes silence for {alarm.get('TreatMissingData')}"
    if not any("EditWorkflow" in names for _, names in watched(template, "ExecutionsFailed")):
        yield "no alarm rings for a failed execution"


@INVARIANTS.killing(
    Mutant("Dimensions: [{ Name: service, Value: sweep }]", "Dimensions: [{ Name: service, Value: poll }]"),
    Mutant("MetricName: ambiguous", "MetricName: failed"),
)
def an_edit_that_may_have_been_charged_rings_whichever_function_finds_it(template: Template) -> Iterator[str]:
    """Submit learns of most of them, sweep of those whose worker died."""
    finders = {alarm["Dimensions"][0]["Value"] for alarm, _ in watched(template, "ambiguous")}
    if finders != {"submit", "sweep"}:
        yield f"only what {sorted(finders)} find rings"


@INVARIANTS.killing(
    Mutant("Type: STANDARD", "Type: EXPRESS"),
    Mutant("Tracing: { Enabled: true }", "Tracing: { Enabled: false }"),
    Mutant("IncludeExecutionData: false", "IncludeExecutionData: true"),
    Mutant("        IncludeExecutionData: false", "#"),
    Mutant("Level: ERROR", "Level: 'OFF'"),
    Mutant("!GetAtt EditWorkflowLogs.Arn", "!GetAtt PollLogs.Arn"),
)
def the_workflow_is_standard_traced_and_logged_without_its_data(template: Template) -> Iterator[str]:
    """STANDARD: an execution runs once. Data holds result links, which must not reach a log."""
    machine = template.one_of("AWS::StepFunctions::StateMachine")
    if machine.get("StateMachineType") != "STANDARD":
        yield "an express execution may run twice and ends after five minutes"
    if machine.get("TracingConfiguration") != {"Enabled": True}:
        yield "it is not traced"
    logging = machine.get("LoggingConfiguration", {})
    if logging.get("IncludeExecutionData") is not False or logging.get("Level") == "OFF":
        yield f"it is logged as {logging}"
    if names_in(logging.get("Destinations")) != {"EditWorkflowLogs"}:
        yield "its log goes elsewhere"


@INVARIANTS.killing(Mutant("MaxValue: 57600", "MaxValue: 81000"))
def an_edit_reaches_its_deadline_before_its_execution_times_out(template: Template) -> Iterator[str]:
    """An execution that times out runs no state any more: nobody would be notified."""
    definition = json.loads((ROOT / "functions/edit_workflow.asl.json").read_text())
    latest = template.source["Parameters"]["DeadlineSeconds"]["MaxValue"]
    functions = template.of_type(FUNCTION)
    longest = sum(functions[name]["Timeout"] for name in ("PollFunction", "FinalizeFunction"))
    if latest + _RUNS * longest + _PAUSES_SECONDS > definition["TimeoutSeconds"]:
        yield f"a deadline of {latest} s leaves no time for the end"
