"""What must hold of the roles: who may do what to what, in the form that SAM expands."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from depthdrop.records.table import OPEN_INDEX
from tests.template.invariants import Invariants, Mutant
from tests.template.template import Data, Template, listed, names_in

INVARIANTS: Invariants[Template] = Invariants()

_READS = frozenset({"s3:getobject", "s3:listbucket"})
_ALLOWED_MANAGED = frozenset(
    {"AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole", "AWSXrayWriteOnlyAccess"}
)
_OUTBOX_ARN = """!Sub
                - arn:${AWS::Partition}:s3:::${Outbox}/${OutboxPrefix}*
                - Outbox: !If [MakesOutbox, !Ref OutboxBucket, !Ref ExistingOutboxBucket]"""
_OUTBOX_GRANT = f"Action: s3:PutObject\n              Resource: {_OUTBOX_ARN}"
_SECRET_GRANT = "Action: secretsmanager:GetSecretValue\n              Resource: !Ref UpstreamKey"
_SLOT_GRANT = "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem]"
_LET_IN = {"QueuePolicy": "events.amazonaws.com", "WebhookDeadLettersPolicy": "sns.amazonaws.com"}
_NAMES_ITS_SOURCE = frozenset({"ArnEquals", "ArnLike", "StringEquals"})
_JUDGED = frozenset({"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"})
_SPARE = "    Properties:\n      PolicyDocument: {}\n\n"
_PART = re.compile(r"\$\{([\w.]+)\}")  # not of AWS::
_WILDCARD = re.compile(r"""(Resource:\s*|-\s+|\[)["']?\*["']?\s*\]?\s*$""")


def statements(template: Template) -> Iterator[tuple[str, Data]]:
    """Every Allow statement of every role."""
    for role, properties in template.of_type("AWS::IAM::Role").items():
        for policy in properties.get("Policies", []):
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                yield from ((role, one) for one in _whatever_is_given(statement) if one["Effect"] == "Allow")


def _whatever_is_given(statement: Data) -> list[Data]:
    """What is granted for some parameters alone counts."""
    if "Fn::If" not in statement:
        return [statement]
    return [branch for branch in statement["Fn::If"][1:] if "Effect" in branch]


def may(statement: Data, action: str, resource: str) -> bool:
    """Whether the statement allows the action on the resource with this logical id, wildcards included."""
    patterns = [pattern.lower() for pattern in listed(statement.get("Action"))]
    targets = listed(statement.get("Resource"))
    reaches = any(isinstance(target, str) or resource in names_in(target) for target in targets)
    return reaches and any(fnmatchcase(action.lower(), pattern) for pattern in patterns)


def roles_that(template: Template, action: str, resource: str) -> set[str]:
    return {role for role, statement in statements(template) if may(statement, action, resource)}


@INVARIANTS.killing(
    Mutant("Action: s3:GetObject", "Action: s3:*"),
    Mutant("Action: s3:GetObject", "Action: [s3:GetObject, s3:PutObjectTagging]"),
    Mutant("!Ref OutboxBucket", "!Ref InboxBucket", after="Sid: WriteAndWithdrawReceipts"),
    Mutant(_OUTBOX_GRANT, 'Action: s3:PutObject\n              Resource: "*"'),
)
def no_function_may_write_the_inbox(template: Template) -> Iterator[str]:
    for role, statement in statements(template):
        reaches = [target for target in listed(statement["Resource"]) if target == "*"]
        reaches += [target for target in listed(statement["Resource"]) if "InboxBucket" in names_in(target)]
        for action in listed(statement["Action"]):
            if reaches and action.lower().startswith(("s3:", "*")) and action.lower() not in _READS:
                yield f"{role} may {action} in the inbox"


@INVARIANTS.killing(
    Mutant(_OUTBOX_GRANT, 'Action: s3:GetObject\n              Resource: !Sub "${InboxBucket.Arn}/*"'),
    Mutant(_OUTBOX_GRANT, 'Action: s3:Get*\n              Resource: "*"'),
)
def only_submit_reads_the_inbox(template: Template) -> Iterator[str]:
    """Sweep lists it, to learn which drop a dead letter is about, and reads nothing."""
    readers = {"s3:GetObject": {"SubmitFunctionRole"}, "s3:ListBucket": {"SubmitFunctionRole", "SweepFunctionRole"}}
    for action, expected in readers.items():
        able = roles_that(template, action, "InboxBucket")
        if able != expected:
            yield f"{sorted(able)} may {action} in the inbox"


@INVARIANTS.killing(
    Mutant("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
    Mutant(_OUTBOX_GRANT, _SECRET_GRANT),
    Mutant(_SLOT_GRANT, 'Action: "*"'),
)
def only_submit_and_poll_may_read_the_key_and_nobody_may_change_it(template: Template) -> Iterator[str]:
    able = roles_that(template, "secretsmanager:GetSecretValue", "UpstreamKey")
    if able != {"SubmitFunctionRole", "PollFunctionRole"}:
        yield f"{sorted(able)} may read the key"
    for role, statement in statements(template):
        for action in listed(statement["Action"]):
            lower = action.lower()
            if lower.startswith(("secretsmanager:", "*")) and lower != "secretsmanager:getsecretvalue":
                yield f"{role} may {action}"


@INVARIANTS.killing(
    Mutant("Action: s3:PutObject", "Action: [s3:PutObject, s3:DeleteObject]", after="FinalizeFunction:"),
    Mutant(_SLOT_GRANT, "Action: [dynamodb:GetItem, dynamodb:DeleteItem]"),
    Mutant(_SLOT_GRANT, "Action: [dynamodb:GetItem, dynamodb:DeleteTable]"),
    Mutant("*.rejected.json", "*.json", after="s3:DeleteObject"),
    Mutant("!Ref OutboxBucket", "!Ref InboxBucket", after="Sid: WriteAndWithdrawReceipts"),
)
def nobody_deletes_but_who_gives_back_slots(template: Template) -> Iterator[str]:
    """A result that was paid for is never thrown away, and neither is the record of it.

    Slots and the circuit are given back by deleting them, sweep removes dead letters that were settled, and submit
    withdraws receipts.
    """
    outbox = {"Fn::If": ["MakesOutbox", {"Ref": "OutboxBucket"}, {"Ref": "ExistingOutboxBucket"}]}
    keys = "arn:${AWS::Partition}:s3:::${Outbox}/${OutboxPrefix}*.rejected.json"
    receipts = {"Fn::Sub": [keys, {"Outbox": outbox}]}
    for role, statement in statements(template):
        for action in listed(statement["Action"]):
            gives_back = action == "dynamodb:DeleteItem" and role in {"SubmitFunctionRole", "FinalizeFunctionRole"}
            settles = action == "sqs:DeleteMessage" and role == "SweepFunctionRole"
            withdraws = (action, role) == ("s3:DeleteObject", "SubmitFunctionRole")
            withdraws = withdraws and statement["Resource"] == receipts
            allowed = gives_back or settles or withdraws or action.startswith("logs:")
            if "delete" in action.lower() and not allowed:
                yield f"{role} may {action}"


@INVARIANTS.killing(
    Mutant(_SLOT_GRANT, "Action: dynamodb:*"),
    Mutant(_SLOT_GRANT, "Action: [dynamodb:GetItem, dynamodb:Update*]"),
    Mutant(_SLOT_GRANT, "NotAction: dynamodb:DeleteItem"),
)
def every_action_is_named_in_full(template: Template) -> Iterator[str]:
    for role, statement in statements(template):
        yield from (f"{role} may {action}" for action in listed(statement.get("Action")) if "*" in action)
        if "NotAction" in statement or "NotResource" in statement:
            yield f"{role} may everything but {statement}"


@INVARIANTS.killing(
    Mutant('Resource: "*" # X-Ray\'s actions take no resource', 'Resource: "*"'),
    Mutant("Resource: !Ref Notifications", 'Resource: "*" # it is easier', after="SubmitFunction:"),
    Mutant("Resource: !Ref Notifications", "Resource: arn:aws:sns:*:*:*", after="SubmitFunction:"),
)
def a_wildcard_resource_is_in_the_workflow_alone_and_has_its_reason(template: Template) -> Iterator[str]:
    for role, statement in statements(template):
        literal = [target for target in listed(statement["Resource"]) if isinstance(target, str)]
        if literal and role != "EditWorkflowRole":
            yield f"{role} may {statement['Action']} on {literal}"
    for number, line in enumerate(template.text.splitlines(), 1):
        if _WILDCARD.search(line) and "Principal" not in line:
            yield f"line {number} gives no reason for its wildcard"


@INVARIANTS.killing(
    Mutant("arn:${AWS::Partition}:s3:::${Inbox}/${InboxPrefix}*", "arn:${AWS::Partition}:s3:::*"),
    Mutant("${Outbox}/${OutboxPrefix}*.rejected", "*/${OutboxPrefix}*.rejected"),
    Mutant("execution:${EditWorkflow.Name}:*", "execution:*", after="SweepFunction:"),
    Mutant("Resource: !GetAtt Edits.Arn", "Resource: !Sub arn:${AWS::Partition}:dynamodb:*:*:table/${Edits}"),
    Mutant("Resource: !GetAtt Edits.Arn", 'Resource: !Join [":", [arn, aws, dynamodb, "*"]]'),
)
def a_wildcard_within_an_arn_comes_after_the_name_of_what_is_ours(template: Template) -> Iterator[str]:
    """Objects of one bucket, executions of one state machine: nothing of the account's other resources."""
    for role, statement in statements(template):
        for target in listed(statement["Resource"]):
            if isinstance(target, dict) and "*" in str(target) and not _is_ours(target):
                yield f"{role} may {statement['Action']} on {target}"


def _is_ours(target: Data) -> bool:
    if set(target) != {"Fn::Sub"}:
        return False
    argument = target["Fn::Sub"]
    text = argument if isinstance(argument, str) else argument[0]
    return "*" not in str(argument[1:] if text is not argument else "") and bool(_PART.search(text.split("*")[0]))


@INVARIANTS.killing(
    Mutant("      Policies:\n", "      Policies:\n        - AmazonS3FullAccess\n", after="PollFunction:"),
    Mutant("      Policies:\n", "      Policies:\n        - AWSLambda_FullAccess\n", after="EditWorkflow:"),
)
def managed_policies_are_only_those_for_logs_traces_and_the_queue(template: Template) -> Iterator[str]:
    for role, properties in template.of_type("AWS::IAM::Role").items():
        for policy in properties.get("ManagedPolicyArns", []):
            if str(policy).rpartition("/")[2] not in _ALLOWED_MANAGED:
                yield f"{role} has {policy}"


@INVARIANTS.killing(
    Mutant("!GetAtt PollFunction.Arn, !GetAtt FinalizeFunction.Arn]\n", "!GetAtt SubmitFunction.Arn]\n"),
    Mutant("Resource: !GetAtt PollFunction.Arn", "Resource: !GetAtt SubmitFunction.Arn", after="Sid: LookForFresh"),
    Mutant(
        "Resource: !GetAtt PollFunction.Arn", "Resource: !GetAtt FinalizeFunction.Arn", after="Sid: LookForFresh"
    ),
    Mutant("Resource: !GetAtt PollFunction.Arn", "Resource: !GetAtt SweepFunction.Arn", after="Sid: LookForFresh"),
    Mutant("Resource: !Ref Alarms", "Resource: !Ref Notifications", after="Sid: TellOwner"),
    Mutant("Action: states:StartExecution", "Action: states:StopExecution", after="SweepFunction:"),
    Mutant(
        "Action: dynamodb:Query\n              Resource: !Sub",
        "Action: states:StartExecution\n              Resource: !Ref EditWorkflow #",
        after="FinalizeFunction:",
    ),
)
def only_certain_roles_start_the_workflow_call_functions_and_publish(template: Template) -> Iterator[str]:
    wanted = {
        ("states:StartExecution", "EditWorkflow"): {"SubmitFunctionRole", "SweepFunctionRole"},
        ("lambda:InvokeFunction", "PollFunction"): {"EditWorkflowRole", "FinalizeFunctionRole"},
        ("lambda:InvokeFunction", "FinalizeFunction"): {"EditWorkflowRole"},
        ("lambda:InvokeFunction", "SubmitFunction"): set(),
        ("lambda:InvokeFunction", "SweepFunction"): set(),
        ("sns:Publish", "Alarms"): {"EditWorkflowRole"},
        ("sns:Publish", "Notifications"): {"SubmitFunctionRole", "FinalizeFunctionRole", "SweepFunctionRole"},
    }
    for (action, resource), roles in wanted.items():
        able = roles_that(template, action, resource)
        if able != roles:
            yield f"{sorted(able)} may {action} on {resource}"


@INVARIANTS.killing(
    Mutant("${Edits.Arn}/index/open", "${Edits.Arn}/index/parked"),
    Mutant("${Edits.Arn}/index/open", "${Edits.Arn}/index/*"),
)
def queries_are_allowed_on_the_index_that_the_code_reads(template: Template) -> Iterator[str]:
    for role, statement in statements(template):
        if "dynamodb:Query" in listed(statement["Action"]):
            on = statement["Resource"]
            if on != {"Fn::Sub": f"${{Edits.Arn}}/index/{OPEN_INDEX}"}:
                yield f"{role} may query {on}"


@INVARIANTS.killing(
    Mutant("Condition: { ArnEquals: { aws:SourceArn: !GetAtt InboxRule.Arn } }", ""),
    Mutant("ArnEquals: { aws:SourceArn: !GetAtt InboxRule.Arn }", "ArnEquals: { aws:PrincipalArn: x }"),
    Mutant("ArnEquals: { aws:SourceArn: !GetAtt InboxRule", "ArnNotEquals: { aws:SourceArn: !GetAtt InboxRule"),
    Mutant("ArnEquals: { aws:SourceArn: !Ref Not", "ArnEqualsIfExists: { aws:SourceArn: !Ref Not"),
    Mutant("Principal: { Service: events.amazonaws.com }", 'Principal: "*"'),
    Mutant("Principal: { Service: sns.amazonaws.com }", "Principal: { Service: events.amazonaws.com }"),
)
def every_principal_from_outside_is_named(template: Template) -> Iterator[str]:
    for name, policy in template.of_type("AWS::SQS::QueuePolicy").items():
        for statement in listed(policy["PolicyDocument"]["Statement"]):
            conditions = statement.get("Condition", {}).items()
            sources = [keys.get("aws:SourceArn") for operator, keys in conditions if operator in _NAMES_ITS_SOURCE]
            if not any(names_in(source) for source in sources):
                yield f"{name} lets in any source"
            if statement["Principal"] != {"Service": _LET_IN[name]}:
                yield f"{name} lets in {statement['Principal']}"
    for name, permission in template.of_type("AWS::Lambda::Permission").items():
        if not names_in(permission.get("SourceArn")):
            yield f"{name} lets in any source"


@INVARIANTS.killing(
    Mutant("CodeUri: functions/poll/", "CodeUri: functions/poll/\n      Role: !GetAtt SubmitFunctionRole.Arn"),
    Mutant(
        "CodeUri: functions/poll/",
        "CodeUri: functions/poll/\n      Role: !Sub arn:aws:iam::${AWS::AccountId}:role/a",
    ),
    Mutant("  UpstreamKey:\n", f"  Spare:\n    Type: AWS::IAM::ManagedPolicy\n{_SPARE}  UpstreamKey:\n"),
    Mutant(
        "  UpstreamKey:\n", f"  Spare:\n    Type: AWS::SecretsManager::ResourcePolicy\n{_SPARE}  UpstreamKey:\n"
    ),
    Mutant("Effect: Deny", "Effect: Allow", after="OutboxBucketPolicy:"),
    Mutant(
        "            Effect: Deny\n",
        "            Effect: Deny\n          - Effect: Allow\n",
        after="InboxBucketPolicy:",
    ),
)
def rights_are_given_by_a_role_for_each_function_and_by_nothing_else(template: Template) -> Iterator[str]:
    """What other tests say of roles holds for every function that uses them."""
    for kind in ("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine"):
        for name, one in template.of_type(kind).items():
            role = one.get("Role", one.get("RoleArn"))
            if role != {"Fn::GetAtt": [f"{name}Role", "Arn"]}:
                yield f"{name} acts as {role}"
    for name, resource in template.expanded["Resources"].items():
        kind = resource["Type"]
        if kind.startswith("AWS::IAM::") and kind != "AWS::IAM::Role":
            yield f"{name} gives rights besides the roles"
        if kind.endswith("Policy") and kind not in _JUDGED:
            yield f"no test judges {name}"
    for name, policy in template.of_type("AWS::S3::BucketPolicy").items():
        if any(one["Effect"] != "Deny" for one in listed(policy["PolicyDocument"]["Statement"])):
            yield f"{name} admits a principal that is not named"
