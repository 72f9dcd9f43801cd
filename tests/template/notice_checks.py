"""What must hold of the topics, their key, and the webhook that is posted to."""

import dataclasses
from collections.abc import Iterator

from depthdrop_webhook import Verifier
from tests.template.deployed import Deployed
from tests.template.invariants import Invariants, Mutant
from tests.template.permission_checks import roles_that
from tests.template.role_policies import ACCOUNT, REGION, Caller, in_account, lets_in
from tests.template.template import Data, Template, listed, names_in

INVARIANTS: Invariants[Template] = Invariants()

_TOPIC = "AWS::SNS::Topic"
_KEY = "AWS::KMS::Key"
_URL = "https://hooks.example.org/sns"
_LONGEST_SECONDS = 3600  # of all retries; a hard limit (Amazon SNS developer guide, "message delivery retries")
_MOST_RETRIES = 100
_ANSWER_SECONDS = 15  # SNS waits for an answer
_LEAST_SECONDS = 1800  # less would not outlast a bad deployment of the receiver
_USES = ("kms:GenerateDataKey", "kms:Decrypt")
_OF_ALARMS = "Principal: { Service: cloudwatch.amazonaws.com }"
_ARN_OF_ALARMS = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"


@INVARIANTS.killing(
    Mutant("      KmsMasterKeyId: !Ref TopicsKey\n", ""),
    Mutant("      KmsMasterKeyId: !Ref TopicsKey\n", "", after="  Alarms:"),
    Mutant("KmsMasterKeyId: !Ref TopicsKey", "KmsMasterKeyId: alias/aws/sns", after="  Alarms:"),
    Mutant("EnableKeyRotation: true", "EnableKeyRotation: false"),
)
def every_topic_is_encrypted_with_a_key_whose_policy_is_ours_to_write(template: Template) -> Iterator[str]:
    """Nobody can let alarms or other services use the key that SNS brings along, alias/aws/sns."""
    keys = template.of_type(_KEY)
    for name, topic in template.of_type(_TOPIC).items():
        if not names_in(topic.get("KmsMasterKeyId")) & set(keys):
            yield f"{name} is encrypted with {topic.get('KmsMasterKeyId')}"
    for name, key in keys.items():
        if key.get("EnableKeyRotation") is not True:
            yield f"{name} stays the same for ever"


@INVARIANTS.killing(
    Mutant('SignatureVersion: "2"', 'SignatureVersion: "1"'),
    Mutant('      SignatureVersion: "2"\n', "", after="  Alarms:"),
)
def every_topic_signs_with_sha256(template: Template) -> Iterator[str]:
    for name, topic in template.of_type(_TOPIC).items():
        if topic.get("SignatureVersion") != "2":
            yield f"{name} signs with SHA-1"


def _way_of(deployed: Deployed, caller: Caller, topic: str) -> Iterator[str]:
    """What keeps this caller from publishing to this topic; nothing when its messages arrive."""
    policies = deployed.of_type("AWS::SNS::TopicPolicy").values()
    ours = [one["PolicyDocument"] for one in policies if topic in names_in(one["Topics"])]
    if not any(lets_in(policy, caller, "sns:Publish", {"Ref": topic}) for policy in ours):
        yield f"the policy of {topic} does not let {caller} in"
    (key,) = names_in(deployed.of_type(_TOPIC)[topic].get("KmsMasterKeyId")) or {""}
    policy = deployed.of_type(_KEY).get(key, {}).get("KeyPolicy", {"Statement": []})
    for use in _USES:
        if not lets_in(policy, caller, use, "*"):
            yield f"{caller} may not {use} with the key of {topic}"


@INVARIANTS.killing(
    Mutant(_OF_ALARMS, "Principal: { Service: events.amazonaws.com }"),
    Mutant(_OF_ALARMS, 'Principal: "*"'),
    Mutant(_OF_ALARMS, "Principal: { Service: events.amazonaws.com }", after="AlarmsPolicy:"),
    Mutant("Action: [kms:GenerateDataKey*, kms:Decrypt]", "Action: kms:Decrypt"),
    Mutant("Action: [kms:GenerateDataKey*, kms:Decrypt]", "Action: kms:GenerateDataKey"),
    Mutant(_ARN_OF_ALARMS, "arn:${AWS::Partition}:cloudwatch:us-east-1:${AWS::AccountId}:alarm:*"),
    Mutant(
        _ARN_OF_ALARMS,
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*",
        after="AlarmsPolicy:",
    ),
    Mutant("aws:SourceAccount: !Ref AWS::AccountId", 'aws:SourceAccount: "999999999999"'),
    Mutant("aws:SourceAccount: !Ref AWS::AccountId", "aws:SourceAccount: !Ref AWS::Region", after="AlarmsPolicy:"),
    Mutant("              StringEquals: { aws:SourceAccount: !Ref AWS::AccountId }\n", "", after="AlarmsPolicy:"),
    Mutant("Topics: [!Ref Alarms]", "Topics: [!Ref Notifications]"),
    Mutant("KmsMasterKeyId: !Ref TopicsKey", "KmsMasterKeyId: alias/aws/sns", after="  Alarms:"),
)
def an_alarm_of_this_account_reaches_the_topic_and_nothing_else_does(template: Template) -> Iterator[str]:
    """By what the policies say. Of a key's policy, both conditions are among what CloudWatch sends along."""
    deployed = in_account(template, WebhookUrl=_URL)
    for name, alarm in deployed.of_type("AWS::CloudWatch::Alarm").items():
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:depthdrop-{name}-1A2B3C4D5E6F"
        caller = Caller("cloudwatch.amazonaws.com", arn, ACCOUNT)
        for action in alarm["AlarmActions"]:
            yield from _way_of(deployed, caller, action["Ref"])
        strangers = [
            dataclasses.replace(caller, service="events.amazonaws.com"),
            dataclasses.replace(caller, source_account="999999999999"),
            dataclasses.replace(caller, source_arn=arn.replace(ACCOUNT, "999999999999")),
        ]
        for stranger in strangers:
            if len(list(_way_of(deployed, stranger, "Alarms"))) != 1 + len(_USES):
                yield f"{stranger} is let in"


@INVARIANTS.killing(
    Mutant("Action: [kms:GenerateDataKey, kms:Decrypt]", "Action: kms:Decrypt"),
    Mutant("Action: [kms:GenerateDataKey, kms:Decrypt]", "Action: kms:GenerateDataKey", after="FinalizeFunction:"),
    Mutant("Resource: !GetAtt TopicsKey.Arn", "Resource: !Ref UpstreamKey", after="SweepFunction:"),
    Mutant("Resource: !GetAtt TopicsKey.Arn", "Resource: !Ref UpstreamKey", after="EditWorkflow:"),
    Mutant(
        "secretsmanager:GetSecretValue\n              Resource: !Ref UpstreamKey",
        "kms:Decrypt\n              Resource: !GetAtt TopicsKey.Arn",
        after="PollFunction:",
    ),
    Mutant(":iam::${AWS::AccountId}:root", ":iam::${AWS::AccountId}:user/owner"),
    Mutant("Action: kms:*", "Action: kms:DescribeKey"),
)
def a_publisher_may_use_the_key_and_nobody_else(template: Template) -> Iterator[str]:
    """SNS asks for the key in the name of the role that publishes; the key's policy leaves that to IAM."""
    publishers = {role for topic in template.of_type(_TOPIC) for role in roles_that(template, "sns:Publish", topic)}
    for key, properties in template.of_type(_KEY).items():
        for use in _USES:
            able = roles_that(template, use, key)
            if able != publishers:
                yield f"{sorted(able)} may {use}, {sorted(publishers)} publish"
        if not any(_leaves_it_to_iam(one) for one in listed(properties["KeyPolicy"]["Statement"])):
            yield f"no role's policy counts for {key}"


def _leaves_it_to_iam(statement: Data) -> bool:
    root = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    return (
        statement["Principal"] == root and listed(statement["Action"]) == ["kms:*"] and "Condition" not in statement
    )


@INVARIANTS.killing(
    Mutant("    Condition: HasWebhook\n", "", after="WebhookSubscription:"),
    Mutant("    Condition: HasWebhook\n", "", after="  WebhookDeadLettersUrl:"),
    Mutant('HasWebhook: !Not [!Equals [!Ref WebhookUrl, ""]]', 'HasWebhook: !Equals [!Ref WebhookUrl, ""]'),
    Mutant("Protocol: https", "Protocol: http"),
    Mutant("Endpoint: !Ref WebhookUrl", "Endpoint: https://example.org/"),
    Mutant("TopicArn: !Ref Notifications", "TopicArn: !Ref Alarms", after="WebhookSubscription:"),
    Mutant("      Protocol: https\n", "      Protocol: https\n      RawMessageDelivery: true\n"),
    Mutant("Queues: [!Ref WebhookDeadLetters]", "Queues: [!Ref InboxDeadLetters]"),
    Mutant("aws:SourceArn: !Ref Notifications", "aws:SourceArn: !Ref Alarms"),
    Mutant("Action: sqs:SendMessage", "Action: sqs:ReceiveMessage", after="WebhookDeadLettersPolicy:"),
    Mutant("deadLetterTargetArn: !GetAtt WebhookDeadLetters", "deadLetterTargetArn: !GetAtt InboxDeadLetters"),
)
def a_webhook_gets_every_event_and_what_it_missed_is_kept(template: Template) -> Iterator[str]:
    """Signed, so not raw. Without an address there is nothing of it."""
    bare = in_account(template)
    if made := {name for name in bare.resources | bare.outputs if "Webhook" in name}:
        yield f"without a webhook these are made: {sorted(made)}"
    deployed = in_account(template, WebhookUrl=_URL)
    subscription = deployed.of_type("AWS::SNS::Subscription").get("WebhookSubscription", {})
    wanted = {"TopicArn": {"Ref": "Notifications"}, "Protocol": "https", "Endpoint": _URL}
    has = {name: value for name, value in subscription.items() if not name.endswith("Policy")}
    if has != wanted:
        yield f"the subscription is {has}"
    queue = {"Fn::GetAtt": ["WebhookDeadLetters", "Arn"]}
    if subscription.get("RedrivePolicy") != {"deadLetterTargetArn": queue}:
        yield f"what it missed goes to {subscription.get('RedrivePolicy')}"
    policies = deployed.of_type("AWS::SQS::QueuePolicy").values()
    ours = [one["PolicyDocument"] for one in policies if one["Queues"] == [{"Ref": "WebhookDeadLetters"}]]
    for topic, is_ours in {"Notifications": True, "Alarms": False}.items():
        arn: Data = {"Ref": topic}
        sns = Caller("sns.amazonaws.com", arn, ACCOUNT)  # type: ignore[arg-type]  # a name that AWS will give
        if any(lets_in(policy, sns, "sqs:SendMessage", queue) for policy in ours) != is_ours:
            yield f"the queue {'refuses' if is_ours else 'takes'} what {topic} sends"


@INVARIANTS.killing(
    Mutant("numMaxDelayRetries: 8", "numMaxDelayRetries: 12"),
    Mutant("numMaxDelayRetries: 8", "numMaxDelayRetries: 3"),
    Mutant("numRetries: 14", "numRetries: 10"),
    Mutant("numRetries: 14", "numRetries: 17"),
    Mutant("minDelayTarget: 10", "minDelayTarget: 400"),
    Mutant("maxDelayTarget: 300", "maxDelayTarget: 3600"),
    Mutant("backoffFunction: exponential", "backoffFunction: doubling"),
)
def a_webhook_is_tried_for_most_of_an_hour_and_no_longer_than_sns_and_receivers_take(
    template: Template,
) -> Iterator[str]:
    """How SNS spreads the waits of its back-off is not written down: both ends must do."""
    policy = template.of_type("AWS::SNS::Subscription")["WebhookSubscription"]["DeliveryPolicy"][
        "healthyRetryPolicy"
    ]
    least, most = policy["minDelayTarget"], policy["maxDelayTarget"]
    early, late = policy["numMinDelayRetries"], policy["numMaxDelayRetries"]
    between = policy["numRetries"] - policy["numNoDelayRetries"] - early - late
    if not 1 <= least <= most or between < 0 or policy["numRetries"] > _MOST_RETRIES:
        yield f"SNS refuses {policy}"
    if policy["backoffFunction"] not in {"linear", "arithmetic", "geometric", "exponential"}:
        yield f"SNS knows no {policy['backoffFunction']}"
    shortest, longest = (
        (early + first) * least + (late + last) * most for first, last in [(between, 0), (0, between)]
    )
    if longest > _LONGEST_SECONDS:
        yield f"SNS refuses retries over {longest} s"
    if shortest < _LEAST_SECONDS:
        yield f"it is given up after {shortest} s"
    taken = Verifier(f"arn:aws:sns:{REGION}:{ACCOUNT}:depthdrop").max_age.total_seconds()
    if longest + (policy["numRetries"] + 1) * _ANSWER_SECONDS > taken:
        yield f"the receiver would take the last tries, after {longest} s, for too old"
