"""What must hold of what an owner may switch on for notices: a bus that gets them too, and links to results."""

from collections.abc import Iterator

from tests.template.deployed import Deployed, granted
from tests.template.invariants import Invariants, Mutant
from tests.template.role_policies import ACCOUNT, REGION, in_account
from tests.template.template import FUNCTION, Template

INVARIANTS: Invariants[Template] = Invariants()

_PUBLISHERS = frozenset(f"{verb}FunctionRole" for verb in ("Submit", "Finalize", "Sweep"))
_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd"
_OUTBOX = {"ExistingOutboxBucket": "my-edits", "OutboxPrefix": "edited/"}
_CREDENTIALS_HOURS = 12  # the longest that a role's credentials live
_KEY_GRANT = "secretsmanager:GetSecretValue\n              Resource: !Ref UpstreamKey"


def _others(deployed: Deployed, variable: str, value: str) -> Iterator[str]:
    for name, function in deployed.of_type(FUNCTION).items():
        given = function["Environment"]["Variables"].get(variable, value)
        if str(given) != value:
            yield f"{name} has {given} for {variable}"


@INVARIANTS.killing(
    Mutant("- HasEventBus\n", "- MakesInbox\n"),
    Mutant('HasEventBus: !Not [!Equals [!Ref EventBusName, ""]]', "HasEventBus: !Equals [a, b]"),
    Mutant("event-bus/${EventBusName}", "event-bus/default"),
    Mutant("Action: events:PutEvents", "Action: [events:PutEvents, events:PutRule]", after="SweepFunction:"),
    Mutant(
        _KEY_GRANT,
        "events:PutEvents\n              Resource: !Sub ${UpstreamKey}",
        after="PollFunction:",
    ),
    Mutant("EVENT_BUS_NAME: !Ref EventBusName", "EVENT_BUS_NAME: !Ref InboxPrefix", after="FinalizeFunction:"),
)
def a_publisher_may_put_events_on_the_owners_bus_and_on_no_other(template: Template) -> Iterator[str]:
    """And only if the owner has named one."""
    for bus in ("", "owners-bus"):
        deployed = in_account(template, EventBusName=bus)
        arn = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}"
        wanted = {(role, "events:PutEvents", arn) for role in _PUBLISHERS} if bus else set()
        for role, action, on in granted(deployed, "events") ^ wanted:
            yield f"with the bus {bus!r} {role}: {action} on {on}"
        yield from _others(deployed, "EVENT_BUS_NAME", bus)


@INVARIANTS.killing(
    Mutant("- HasDownloadLink\n", "- MakesOutbox\n"),
    Mutant("HasDownloadLink: !Not [!Equals [!Ref DownloadLinkHours, 0]]", "HasDownloadLink: !Equals [a, a]"),
    Mutant(
        "!And [!Condition HasDownloadLink, !Condition HasOutboxKey]",
        "!And [!Condition HasOutboxKey, !Equals [a, a]]",
    ),
    Mutant(
        "!And [!Condition HasDownloadLink, !Condition HasOutboxKey]",
        "!And [!Condition HasDownloadLink, !Equals [a, b]]",
    ),
    Mutant(
        "Action: s3:GetObject # a signed link",
        "Action: [s3:GetObject, s3:PutObject] # a signed link",
        after="SweepFunction:",
    ),
    Mutant("${OutboxPrefix}*\n", "*\n", after="Sid: SignDownloadLinks"),
    Mutant("!Ref ExistingOutboxBucket]", "!Ref ExistingInboxBucket]", after="Sid: SignDownloadLinks"),
    Mutant("Resource: !Ref OutboxKmsKeyArn", "Resource: !Ref InboxKmsKeyArn", after="Sid: DecryptForDownloadLinks"),
    Mutant(
        _KEY_GRANT, "s3:GetObject\n              Resource: arn:aws:s3:::my-edits/edited/*", after="PollFunction:"
    ),
    Mutant("DOWNLOAD_LINK_HOURS: !Ref DownloadLinkHours", "DOWNLOAD_LINK_HOURS: 12"),
    Mutant("Default: 0", "Default: 1", after="DownloadLinkHours:"),
    Mutant("MaxValue: 12 #", "MaxValue: 168 #"),
)
def results_may_be_fetched_by_a_publisher_only_if_links_are_asked_for(template: Template) -> Iterator[str]:
    """A link may do what its signer may: read results, and nothing else. It dies with the role's credentials."""
    results, is_result = "arn:aws:s3:::my-edits/edited/*", "my-edits"
    for hours, key in [("0", ""), ("0", _KEY), ("6", ""), ("6", _KEY)]:
        deployed = in_account(template, DownloadLinkHours=hours, OutboxKmsKeyArn=key, **_OUTBOX)
        signs = _PUBLISHERS if hours != "0" else frozenset()
        reads = {(role, action, on) for role, action, on in granted(deployed, "s3") if is_result in on}
        reads = {grant for grant in reads if ".rejected.json" not in grant[2]} - {
            ("FinalizeFunctionRole", "s3:PutObject", results)
        }
        decrypts = {grant for grant in granted(deployed, "kms") if grant[1:] == ("kms:Decrypt", key or "none")}
        wanted = {(role, "s3:GetObject", results) for role in signs}
        wanted_key = {(role, "kms:Decrypt", key) for role in signs if key}
        for role, action, on in (reads ^ wanted) | (decrypts ^ wanted_key):
            yield f"with links of {hours} hours and the key {key!r} {role}: {action} on {on}"
        yield from _others(deployed, "DOWNLOAD_LINK_HOURS", hours)
    parameter = template.source["Parameters"]["DownloadLinkHours"]
    if (parameter["Default"], parameter["MaxValue"]) != (0, _CREDENTIALS_HOURS):
        yield f"links live for {parameter['Default']} to {parameter['MaxValue']} hours"
