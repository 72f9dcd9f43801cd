"""What must hold when buckets that exist already take the place of those that the stack would make."""

import json
from collections.abc import Iterator

from tests.template.deployed import Deployed, granted, statements
from tests.template.invariants import Invariants, Mutant
from tests.template.template import FUNCTION, Data, Template, listed, names_in

INVARIANTS: Invariants[Template] = Invariants()

_KEY = "arn:aws:kms:eu-west-1:111122223333:key/"
_INBOX = {"ExistingInboxBucket": "my-photos", "InboxPrefix": "drops/"}
_OUTBOX = {"ExistingOutboxBucket": "my-edits", "OutboxPrefix": "edited/"}
_VARIANTS: list[dict[str, str]] = [{}, _INBOX, _OUTBOX, _INBOX | _OUTBOX]
_KINDS = {"AWS::S3::Bucket": "Bucket", "AWS::S3::BucketPolicy": "BucketPolicy"}
_GIVEN = "ExistingInboxBucket:\n    Type: String\n    Default: "
_ASSERT = "Assert: !Not [!Equals [!Ref ExistingInboxBucket, !Ref ExistingOutboxBucket]]"
_WHEN = 'RuleCondition: !Not [!Equals [!Ref ExistingInboxBucket, ""]]\n'
_NAME = "!If [MakesInbox, !Ref InboxBucket, !Ref ExistingInboxBucket]"


def _granted(deployed: Deployed, service: str) -> set[tuple[str, str, str]]:
    return {(role.removesuffix("FunctionRole"), action, on) for role, action, on in granted(deployed, service)}


@INVARIANTS.killing(
    Mutant("    Condition: MakesInbox\n", ""),
    Mutant("    Condition: MakesInbox\n", "", after="InboxBucketPolicy:"),
    Mutant("    Condition: MakesOutbox\n", "    Condition: MakesInbox\n"),
    Mutant("MakesOutbox: !Equals [!Ref ExistingOutboxBucket", "MakesOutbox: !Equals [!Ref ExistingInboxBucket"),
    Mutant(f'{_GIVEN}""', f"{_GIVEN}photos"),
)
def a_bucket_is_made_unless_one_is_given(template: Template) -> Iterator[str]:
    for given in _VARIANTS:
        made = {box for box in ("Inbox", "Outbox") if f"Existing{box}Bucket" not in given}
        resources = Deployed(template.expanded, given).resources
        for kind, suffix in _KINDS.items():
            found = {name for name, one in resources.items() if one["Type"] == kind}
            if found != {f"{box}{suffix}" for box in made}:
                yield f"with {given} these are made: {sorted(found)}"


@INVARIANTS.killing(
    Mutant(f"INBOX_BUCKET: {_NAME}", "INBOX_BUCKET: !Ref InboxBucket", after="SweepFunction:"),
    Mutant(f"name: [{_NAME}]", "name: [!Ref InboxBucket]"),
    Mutant(f"Value: {_NAME}", "Value: !Ref InboxBucket"),
    Mutant(f"- Inbox: {_NAME}", "- Inbox: !Ref InboxBucket"),
    Mutant(f"- Inbox: {_NAME}", "- Inbox: !Ref InboxBucket", after="UploadCommand:"),
    Mutant("    Condition: InboxExists\n", ""),
)
def nothing_refers_to_what_is_not_there(template: Template) -> Iterator[str]:
    """CloudFormation refuses such a template, but only when it is deployed with those parameters."""
    known = set(template.expanded["Resources"])
    for given in _VARIANTS:
        deployed = Deployed(template.expanded, given)
        for name, one in (deployed.resources | deployed.outputs).items():
            for dangling in (names_in(one) | _substituted(one)) & (known - set(deployed.resources)):
                yield f"with {given} {name} refers to {dangling}"
        if not given and "SwitchOnEventsCommand" in deployed.outputs:
            yield "a bucket that has its events switched on would be asked to switch them on"


def _substituted(value: Data) -> set[str]:
    """What is named in a text that was put together."""
    return {part.partition("}")[0].partition(".")[0] for part in json.dumps(value).split("${")[1:]}


@INVARIANTS.killing(
    Mutant("!Ref ExistingInboxBucket]\n", "!Ref ExistingOutboxBucket]\n", after="INBOX_BUCKET: "),
    Mutant("!Ref ExistingInboxBucket]]", "!Ref ExistingOutboxBucket]]", after="name: [!If"),
    Mutant("/${InboxPrefix}*\n", "/*\n", after="Sid: ReadDrops"),
    Mutant("/${OutboxPrefix}*\n", "/*\n", after="Sid: StoreResults"),
    Mutant("!Ref ExistingInboxBucket]\n", "!Ref ExistingOutboxBucket]\n", after="Sid: ListSiblings"),
    Mutant("!Ref ExistingOutboxBucket]\n", "!Ref ExistingInboxBucket]\n", after="Sid: StoreResults"),
    Mutant("!Ref ExistingInboxBucket]\n", "!Ref ExistingOutboxBucket]\n", after="InboxBucketName:"),
)
def an_existing_bucket_takes_the_place_of_a_made_one_everywhere(template: Template) -> Iterator[str]:
    deployed = Deployed(template.expanded, _INBOX | _OUTBOX)
    inbox, drops = "arn:${AWS::Partition}:s3:::my-photos", "arn:${AWS::Partition}:s3:::my-photos/drops/*"
    edits = "arn:${AWS::Partition}:s3:::my-edits/edited/*"
    receipts = f"{edits}.rejected.json"
    wanted = {
        ("Submit", "s3:GetObject", drops),
        ("Submit", "s3:ListBucket", inbox),
        ("Submit", "s3:PutObject", receipts),
        ("Submit", "s3:DeleteObject", receipts),
        ("Finalize", "s3:PutObject", edits),
        ("Sweep", "s3:ListBucket", inbox),
    }
    for role, action, resource in _granted(deployed, "s3") ^ wanted:
        yield f"{role}: {action} on {resource}"
    for name, function in deployed.of_type(FUNCTION).items():
        variables = function["Environment"]["Variables"]
        found = (variables.get("INBOX_BUCKET", "my-photos"), variables.get("OUTBOX_BUCKET", "my-edits"))
        if found != ("my-photos", "my-edits"):
            yield f"{name} works on {found}"
    detail = deployed.of_type("AWS::Events::Rule")["InboxRule"]["EventPattern"]["detail"]
    if detail != {"bucket": {"name": ["my-photos"]}, "object": {"key": [{"prefix": "drops/"}]}}:
        yield f"the rule takes {detail}"
    values = {name: output["Value"] for name, output in deployed.outputs.items()}
    if (values["InboxBucketName"], values["OutboxBucketName"]) != ("my-photos", "my-edits"):
        yield "the outputs name other buckets"
    if values["UploadCommand"].count(" s3://my-photos/drops/") != 2:
        yield f"the first drop goes elsewhere: {values['UploadCommand']}"


@INVARIANTS.killing(
    Mutant("- HasInboxKey\n", "- MakesInbox\n"),
    Mutant("kms:Decrypt #", "kms:* #"),
    Mutant("Resource: !Ref InboxKmsKeyArn", 'Resource: "*" # any'),
    Mutant("Resource: !Ref OutboxKmsKeyArn", "Resource: !Ref InboxKmsKeyArn"),
    Mutant("Sid: EncryptResults\n", "Sid: EncryptResults\n                NotAction: x\n"),
    Mutant("kms:ViaService:", "kms:CallerAccount:"),
    Mutant("kms:GenerateDataKey #", "kms:Decrypt #", after="Sid: EncryptResults"),
    Mutant("HasOutboxKey: !Not [!Equals [!Ref OutboxKmsKeyArn", "HasOutboxKey: !Not [!Equals [!Ref InboxKmsKeyArn"),
)
def a_key_may_be_used_by_whom_it_must_when_one_is_given(template: Template) -> Iterator[str]:
    """Through S3 alone: nobody decrypts anything but the objects that they may read."""
    reads = {("Submit", "kms:Decrypt", f"{_KEY}in")}
    writes = {(role, "kms:GenerateDataKey", f"{_KEY}out") for role in ("Submit", "Finalize")}
    of_topics = "{'Fn::GetAtt': ['TopicsKey', 'Arn']}"  # tests of notices know who may use it
    for inbox, outbox in [("", ""), ("in", ""), ("", "out"), ("in", "out")]:
        keys = {"InboxKmsKeyArn": inbox and _KEY + inbox, "OutboxKmsKeyArn": outbox and _KEY + outbox}
        deployed = Deployed(template.expanded, _INBOX | _OUTBOX | keys)
        wanted = (reads if inbox else set()) | (writes if outbox else set())
        granted = {grant for grant in _granted(deployed, "kms") if grant[2] != of_topics}
        for role, action, key in granted ^ wanted:
            yield f"with {keys} {role}: {action} on {key}"
        for role, statement in statements(deployed):
            through = {"StringEquals": {"kms:ViaService": "s3.${AWS::Region}.${AWS::URLSuffix}"}}
            is_kms = any(action.startswith("kms:") for action in listed(statement["Action"]))
            is_kms = is_kms and str(statement["Resource"]) != of_topics
            if is_kms and (statement.get("Condition") != through or "NotAction" in statement):
                yield f"{role} may use the key otherwise than through S3"


@INVARIANTS.killing(
    Mutant(_ASSERT, "Assert: !Not [!Equals [a, b]]"),
    Mutant(_WHEN, "RuleCondition: !Equals [a, b]\n"),
    Mutant(f"    {_WHEN}", ""),
)
def inbox_and_outbox_are_always_two_buckets(template: Template) -> Iterator[str]:
    """A result in the inbox would be a drop."""
    for inbox, outbox in [("", ""), ("photos", ""), ("", "photos"), ("photos", "edits"), ("photos", "photos")]:
        given = {"ExistingInboxBucket": inbox, "ExistingOutboxBucket": outbox}
        is_refused = bool(Deployed(template.expanded, given).refusals())
        if is_refused != (inbox == outbox != ""):
            yield f"{given} is {'refused' if is_refused else 'taken'}"
