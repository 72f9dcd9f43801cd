"""What must hold of buckets, the table and the logs."""

from collections.abc import Iterator

from depthdrop.records.table import LISTED_INDEX, OPEN_INDEX
from tests.template.invariants import Invariants, Mutant
from tests.template.template import FUNCTION, Data, Template, listed, names_in

INVARIANTS: Invariants[Template] = Invariants()

_BUCKET = "AWS::S3::Bucket"
_BLOCKED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


@INVARIANTS.killing(
    Mutant("RestrictPublicBuckets: true", "RestrictPublicBuckets: false"),
    Mutant("BlockPublicAcls: true", "BlockPublicAcls: false", after="OutboxBucket:"),
    Mutant("SSEAlgorithm: AES256", "SSEAlgorithm: none"),
    Mutant("VersioningConfiguration: { Status: Enabled }", "VersioningConfiguration: { Status: Suspended }"),
    Mutant("ObjectOwnership: BucketOwnerEnforced", "ObjectOwnership: ObjectWriter", after="OutboxBucket:"),
    Mutant("AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }", "ExpiredObjectDeleteMarker: true"),
)
def every_bucket_is_private_encrypted_versioned_and_tidy(template: Template) -> Iterator[str]:
    for name, bucket in template.of_type(_BUCKET).items():
        if bucket.get("PublicAccessBlockConfiguration") != dict.fromkeys(_BLOCKED, True):
            yield f"{name} is not private"
        rules = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        if {rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules} - {"AES256", "aws:kms"}:
            yield f"{name} is not encrypted"
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{name} forgets what was overwritten"
        if bucket["OwnershipControls"]["Rules"] != [{"ObjectOwnership": "BucketOwnerEnforced"}]:
            yield f"{name} has objects of others"
        tidy = [rule for rule in bucket["LifecycleConfiguration"]["Rules"] if rule["Status"] == "Enabled"]
        if not any("AbortIncompleteMultipartUpload" in rule for rule in tidy):
            yield f"{name} keeps the pieces of broken uploads, and they cost"


@INVARIANTS.killing(
    Mutant("Bucket: !Ref OutboxBucket", "Bucket: !Ref InboxBucket", after="OutboxBucketPolicy:"),
    Mutant("Effect: Deny", "Effect: Allow"),
    Mutant('aws:SecureTransport: "false"', 'aws:SecureTransport: "true"'),
    Mutant(
        'Resource: [!GetAtt InboxBucket.Arn, !Sub "${InboxBucket.Arn}/*"]', "Resource: [!GetAtt InboxBucket.Arn]"
    ),
    Mutant("Action: s3:*", "Action: s3:GetObject"),
)
def every_bucket_refuses_what_is_not_tls(template: Template) -> Iterator[str]:
    refusing = {
        name
        for policy in template.of_type("AWS::S3::BucketPolicy").values()
        for name in names_in(policy["Bucket"])
        if any(_is_tls_only(statement, name) for statement in policy["PolicyDocument"]["Statement"])
    }
    for name in set(template.of_type(_BUCKET)) - refusing:
        yield f"{name} speaks plain HTTP"


def _is_tls_only(statement: Data, bucket: str) -> bool:
    arn = {"Fn::GetAtt": [bucket, "Arn"]}
    everything = [arn, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and listed(statement["Action"]) == ["s3:*"]
        and listed(statement["Resource"]) == everything
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    )


@INVARIANTS.killing(
    Mutant("    DeletionPolicy: Retain\n", "", after="OutboxBucket:"),
    Mutant("UpdateReplacePolicy: Retain", "UpdateReplacePolicy: Delete"),
    Mutant("    DeletionPolicy: Retain\n", "", after="  Edits:"),
    Mutant("Status: !If [InboxExpires, Enabled, Disabled]", "Status: Enabled"),
    Mutant("Default: 0", "Default: 30", after="OutboxRetentionDays:"),
    Mutant("OutboxExpires: !Not [!Equals [!Ref OutboxRetentionDays, 0]]", "OutboxExpires: !Equals [a, a]"),
)
def nothing_is_thrown_away_with_the_stack_or_by_age_unless_asked_for(template: Template) -> Iterator[str]:
    for name, resource in template.expanded["Resources"].items():
        if resource["Type"] in {_BUCKET, "AWS::DynamoDB::Table"}:
            policies = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
            if policies != ("Retain", "Retain"):
                yield f"{name} goes with the stack"
    for name, bucket in template.of_type(_BUCKET).items():
        box = name.removesuffix("Bucket")
        days = f"{box}RetentionDays"
        asked = {"Fn::Not": [{"Fn::Equals": [{"Ref": days}, 0]}]}
        for rule in bucket["LifecycleConfiguration"]["Rules"]:
            if "ExpirationInDays" not in rule:
                continue
            if rule["Status"] != {"Fn::If": [f"{box}Expires", "Enabled", "Disabled"]}:
                yield f"{name} deletes by age"
            if template.default(days) != 0 or template.source["Conditions"][f"{box}Expires"] != asked:
                yield f"{name} deletes by age without being asked"


@INVARIANTS.killing(
    Mutant("EventBridgeEnabled: true", "EventBridgeEnabled: false"),
    Mutant(
        "      NotificationConfiguration:\n        EventBridgeConfiguration: { EventBridgeEnabled: true }\n", ""
    ),
)
def the_inbox_notifies_eventbridge_of_new_objects(template: Template) -> Iterator[str]:
    notifications = template.of_type(_BUCKET)["InboxBucket"].get("NotificationConfiguration")
    if notifications != {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}:
        yield f"the inbox notifies {notifications}"


@INVARIANTS.killing(
    Mutant("PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false"),
    Mutant("DeletionProtectionEnabled: true", "DeletionProtectionEnabled: false"),
    Mutant("SSEEnabled: true", "SSEEnabled: false", after="  Edits:"),
    Mutant("BillingMode: PAY_PER_REQUEST", "BillingMode: PROVISIONED"),
    Mutant("AttributeName: expires_at", "AttributeName: look_at"),
)
def the_table_survives_mistakes(template: Template) -> Iterator[str]:
    table = template.one_of("AWS::DynamoDB::Table")
    wanted = {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
    }
    for key, value in wanted.items():
        if table.get(key) != value:
            yield f"{key} is {table.get(key)}"


@INVARIANTS.killing(
    Mutant("IndexName: open", "IndexName: opened"),
    Mutant("AttributeName: look_at, KeyType: RANGE", "AttributeName: pk, KeyType: RANGE"),
    Mutant("AttributeName: open, KeyType: HASH", "AttributeName: pk, KeyType: HASH"),
    Mutant("AttributeName: look_at, AttributeType: N", "AttributeName: look_at, AttributeType: S"),
    Mutant("NonKeyAttributes: [edit_id, drop_id]", "NonKeyAttributes: [edit_id]"),
    Mutant("AttributeName: pk, KeyType: HASH", "AttributeName: open, KeyType: HASH"),
    Mutant("IndexName: listed", "IndexName: list"),
    Mutant("AttributeName: created_at, KeyType: RANGE", "AttributeName: look_at, KeyType: RANGE"),
    Mutant("AttributeName: created_at, AttributeType: N", "AttributeName: created_at, AttributeType: S"),
    Mutant("ProjectionType: KEYS_ONLY", "ProjectionType: ALL"),
)
def the_indexes_are_what_the_code_queries(template: Template) -> Iterator[str]:
    table = template.one_of("AWS::DynamoDB::Table")
    if table["KeySchema"] != [{"AttributeName": "pk", "KeyType": "HASH"}]:
        yield f"the table's key is {table['KeySchema']}"
    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"]}
    if set(indexes) != {OPEN_INDEX, LISTED_INDEX}:
        yield f"the indexes are called {set(indexes)}"
        return
    keys = {
        name: [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]]
        for name, index in indexes.items()
    }
    if keys != {
        OPEN_INDEX: [("open", "HASH"), ("look_at", "RANGE")],
        LISTED_INDEX: [("listed", "HASH"), ("created_at", "RANGE")],
    }:
        yield f"the indexes' keys are {keys}"
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    if types != {"pk": "S", "open": "S", "look_at": "N", "listed": "S", "created_at": "N"}:
        yield f"the keys' types are {types}"
    if indexes[LISTED_INDEX]["Projection"] != {"ProjectionType": "KEYS_ONLY"}:
        yield "each state of an edit would be written to the list as well"
    if not {"edit_id", "drop_id"} <= set(indexes[OPEN_INDEX]["Projection"].get("NonKeyAttributes", [])):
        yield "sweep and parking read edit_id and drop_id from the index"


@INVARIANTS.killing(
    Mutant("      RetentionInDays: !Ref LogRetentionDays\n", ""),
    Mutant("LogGroupName: !Sub /aws/lambda/${PollFunction}", "LogGroupName: !Sub /aws/lambda/poll"),
    Mutant("LogGroupName: !Sub /aws/lambda/${SweepFunction}", "LogGroupName: !Sub /aws/lambda/${PollFunction}"),
    Mutant("/aws/vendedlogs/states/", "/aws/states/"),
)
def every_function_and_the_workflow_have_a_log_that_ends(template: Template) -> Iterator[str]:
    groups = template.of_type("AWS::Logs::LogGroup")
    for name, group in groups.items():
        if group.get("RetentionInDays") != {"Ref": "LogRetentionDays"}:
            yield f"{name} is kept for ever"
    names = [str(group["LogGroupName"].get("Fn::Sub")) for group in groups.values()]
    for function in template.of_type(FUNCTION):
        if f"/aws/lambda/${{{function}}}" not in names:
            yield f"the log of {function} is not ours to end"
    if not any(name.startswith("/aws/vendedlogs/states/") for name in names):
        yield "the workflow's log would lengthen the account's resource policy"
