"""What must hold of parameters, outputs and the text itself."""

import re
from collections.abc import Iterator

import yaml

from depthdrop.settings.models_and_prices import MODELS
from tests.template.invariants import Invariants, Mutant
from tests.template.template import Template, names_in

INVARIANTS: Invariants[Template] = Invariants()

# What each pattern must take, and what it must refuse.
_TAKES = {
    "UpstreamBaseUrl": [
        "https://api.cometapi.com",
        "https://api.eu.example.org:8443",
        "https://localhost",
        "http://127.0.0.1:8790",
    ],
    "DailyBudgetUsd": ["0", "5", "5.50", "0.0001", "999999.9999"],
    "InboxPrefix": ["", "drops/", "a/b/c/", "größe/"],
    "OutboxPrefix": ["", "edited/"],
    "ExistingInboxBucket": ["", "abc", "my-photos", "photos.example.org", "a" * 63],
    "ExistingOutboxBucket": ["", "my-edits"],
    "InboxKmsKeyArn": [
        "",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    ],
    "OutboxKmsKeyArn": ["", "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd"],
    "AlarmEmail": ["", "owner@example.org"],
    "EventBusName": ["", "default", "owners-bus", "a.b_c-1", "x" * 256],
    "WebhookUrl": [
        "",
        "https://hooks.example.org",
        "https://hooks.example.org/sns",
        "https://hooks.example.org:8443/a/b?token=x%20y&z=1",
    ],
}
_REFUSES = {
    "UpstreamBaseUrl": [
        "",
        "http://api.cometapi.com",
        "https://",
        "https://api.cometapi.com/",
        "https://api.cometapi.com/flux",
        "https://api.cometapi.com?x=1",
        "https://user@api.cometapi.com",
        "https://user:key@api.cometapi.com",
        "https://api.cometapi.com:",
        "https://api.cometapi.com:port",
        "https://api.cometapi.com http://127.0.0.1:1",
        "ftp://api.cometapi.com",
        "api.cometapi.com",
        "http://127.0.0.1",
        "http://127.0.0.1:8790/",
        "http://127.0.0.1.evil.example:80",
        "http://127a0b0c1:80",
        "http://127.0.0.2:80",
        "http://localhost:8790",
        "http://0.0.0.0:80",
        "http://169.254.169.254:80",
    ],
    "DailyBudgetUsd": ["", "-1", "5,50", "$5", "1e3", "NaN", ".5", "5.", "1000000", "0.00001", "5 USD"],
    "InboxPrefix": ["/", "drops", "/drops/"],
    "OutboxPrefix": ["/", "edited", "/edited/"],
    "ExistingInboxBucket": [
        "ab",
        "My-Photos",
        "my_photos",
        "my*photos",
        "-photos",
        "photos/",
        "s3://photos",
        "*",
        "a" * 64,
    ],
    "ExistingOutboxBucket": ["arn:aws:s3:::my-edits", "edits.", "a b"],
    "InboxKmsKeyArn": [
        "*",
        "alias/photos",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:eu-west-1:111122223333:alias/photos",
        "arn:aws:kms:eu-west-1:111122223333:key/*",
        "arn:aws:kms:eu-west-1:*:key/1234abcd",
    ],
    "OutboxKmsKeyArn": [
        "arn:aws:s3:::my-edits",
        "arn:aws:kms:*:111122223333:key/1234abcd",
        "arn:aws:kms:eu-west-1:111122223333:key/*",
    ],
    "AlarmEmail": ["owner", "@", "a@b@c", "a b@c"],
    "EventBusName": [
        "*",
        "owners-*",
        "a bus",
        "aws.partner/example.com/1",
        "arn:aws:events:eu-west-1:111122223333:event-bus/default",
        "x" * 257,
    ],
    "WebhookUrl": [
        "http://hooks.example.org/sns",
        "http://127.0.0.1:8080/sns",
        "https://",
        "https://user@hooks.example.org/sns",
        "https://user:word@hooks.example.org/",
        "https://hooks.example.org/sns#part",
        "https://hooks.example.org/a b",
        "https://hooks.example.org /sns",
        "https://hooks.example.org?x=1",
        "HTTPS://hooks.example.org/",
        "sqs://hooks.example.org/",
    ],
}


@INVARIANTS.killing(
    Mutant("    Description: How often sweep looks for what a crash left open.\n", ""),
    Mutant("  ReservedConcurrency:\n", "  Spare:\n    Type: String\n    Description: x\n  ReservedConcurrency:\n"),
    Mutant("!Sub rate(${SweepMinutes} minutes)", "rate(5 minutes)"),
    Mutant("DefaultModel, FallbackModel, Slots,", "DefaultModel, FallbackModel,"),
    Mutant("DefaultModel, FallbackModel, Slots,", "Model, FallbackModel, Slots,"),
    Mutant("    Default: 60\n", "", after="LingerSeconds:"),
)
def every_parameter_is_described_grouped_used_and_has_a_default(template: Template) -> Iterator[str]:
    parameters = template.source["Parameters"]
    used = names_in([template.source[part] for part in ("Globals", "Conditions", "Resources", "Outputs")])
    groups = template.source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    if sorted(grouped) != sorted(parameters):
        yield f"the groups hold {sorted(grouped)}"
    for name, parameter in parameters.items():
        if not parameter.get("Description"):
            yield f"{name} is not described"
        if name not in used:
            yield f"{name} is not used"
        if "Default" not in parameter:
            yield f"{name} must be given by the owner who deploys"


@INVARIANTS.killing(
    Mutant("(https://[A-Za-z0-9.-]+(:[0-9]+)?|", "(https?://[A-Za-z0-9.-]+(:[0-9]+)?|"),
    Mutant("(:[0-9]+)?|http", ".*|http"),
    Mutant(r"http://127\.0\.0\.1:[0-9]+", "http://127.0.0.1:[0-9]+"),
    Mutant(r"|http://127\.0\.0\.1:[0-9]+)$", ")$"),
    Mutant(":[0-9]+)$", ":[0-9]+).*$"),
    Mutant("^[0-9]{1,6}(", "^-?[0-9]{1,6}("),
    Mutant(r"(\.[0-9]{1,4})?$", "([.,][0-9]{1,4})?$"),
    Mutant("AllowedPattern: ^([^/].*/)?$", "AllowedPattern: ^(.*/)?$"),
    Mutant("[a-z0-9.-]{1,61}", "[a-z0-9.*-]{1,61}"),
    Mutant("[a-z0-9.-]{1,61}[a-z0-9])?$", "[a-z0-9.-]{1,60}[a-z0-9])?$"),
    Mutant("key/[A-Za-z0-9-]+)?$", "(key|alias)/[A-Za-z0-9-]+)?$"),
    Mutant("key/[A-Za-z0-9-]+)?$", "key/.+)?$", after="OutboxKmsKeyArn:"),
    Mutant(":[0-9]{12}:key", ":.*:key"),
    Mutant("[A-Za-z0-9._-]{1,256}", "[A-Za-z0-9._*-]{1,256}"),
    Mutant(r"^(https://[A-Za-z0-9.-]+(:[0-9]+)?(/", r"^(https?://[A-Za-z0-9.-]+(:[0-9]+)?(/"),
    Mutant(r"^(https://[A-Za-z0-9.-]+(:[0-9]+)?(/", r"^(https://[^/]+(:[0-9]+)?(/"),
    Mutant(r"(/[^\s#]*)?)?$", r"(/.*)?)?$"),
    Mutant(r"AllowedPattern: ^([^@\s]+@[^@\s]+)?$", "AllowedPattern: ^.+@.+$"),
)
def parameters_take_what_they_should_and_refuse_the_rest(template: Template) -> Iterator[str]:
    for name, parameter in template.source["Parameters"].items():
        pattern = parameter.get("AllowedPattern")
        if pattern is None:
            if parameter["Type"] == "String" and "AllowedValues" not in parameter:
                yield f"{name} takes anything"
            continue
        for value in (*_TAKES[name], str(parameter["Default"])):
            if not re.fullmatch(pattern, value):
                yield f"{name} refuses {value!r}"
        yield from (f"{name} takes {value!r}" for value in _REFUSES[name] if re.fullmatch(pattern, value))


@INVARIANTS.killing(
    Mutant("flux-pro-1.1, flux-2-pro]", "flux-pro-1.1]", after="FallbackModel:"),
    Mutant("[flux-pro-1.0-depth, flux", "[flux-pro-1-0-depth, flux", after="DefaultModel:"),
    Mutant('AllowedValues: ["", flux', "AllowedValues: [flux"),
    Mutant('Default: ""', "Default: flux-kontext-pro", after="FallbackModel:"),
)
def the_models_to_choose_from_are_those_that_the_code_knows(template: Template) -> Iterator[str]:
    """An unknown one would refuse every drop, or keep submit from starting."""
    known = [model.name for model in MODELS]
    for name, allowed in {"DefaultModel": known, "FallbackModel": ["", *known]}.items():
        parameter = template.source["Parameters"][name]
        if parameter["AllowedValues"] != allowed:
            yield f"{name} offers {parameter['AllowedValues']}"
    if template.default("DefaultModel") != known[0] or template.default("FallbackModel") != "":
        yield "the default is not depth, or an owner falls back without having opted in"


@INVARIANTS.killing(
    Mutant("Default: 20\n", "Default: 0\n"),
    Mutant("MaxValue: 900\n", "MaxValue: 5\n", after="SettleSeconds:"),
    Mutant("    MinValue: 1\n    MaxValue: 300\n", "    MinValue: 1\n"),
    Mutant("Default: 30\n", "Default: 31\n", after="LogRetentionDays:"),
)
def every_number_has_bounds_and_a_default_inside_them(template: Template) -> Iterator[str]:
    for name, parameter in template.source["Parameters"].items():
        if parameter["Type"] != "Number":
            continue
        listed = parameter.get("AllowedValues")
        if listed is None and not {"MinValue", "MaxValue"} <= set(parameter):
            yield f"{name} has no bounds"
        elif parameter["Default"] not in (listed or range(parameter["MinValue"], parameter["MaxValue"] + 1)):
            yield f"the default of {name} is out of its bounds"


@INVARIANTS.killing(
    Mutant("    Description: Drop pictures and sidecars here.\n", ""),
    Mutant("  UploadCommand:", "  DropCommand:"),
    Mutant("  SetKeyCommand:", "  KeyCommand:"),
)
def every_output_is_described_and_says_how_to_begin(template: Template) -> Iterator[str]:
    outputs = template.source["Outputs"]
    for name, output in outputs.items():
        if not output.get("Description"):
            yield f"{name} is not described"
    for name in {"UploadCommand", "SetKeyCommand"} - set(outputs):
        yield f"there is no {name}"


@INVARIANTS.killing(
    Mutant("      BucketEncryption:\n", "      BucketEncryption: &encryption\n"),
    Mutant("      BillingMode:", "      <<: {}\n      BillingMode:"),
    Mutant("[arm64]", "&here [arm64]"),
)
def the_yaml_has_no_anchors_aliases_or_merge_keys(template: Template) -> Iterator[str]:
    """CloudFormation does not take them; SAM's command line resolves them and so would hide it."""
    for event in yaml.parse(template.text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield f"line {line} has an anchor or an alias"
        if isinstance(event, yaml.ScalarEvent) and event.value == "<<":
            yield f"line {line} has a merge key"


@INVARIANTS.killing(
    Mutant("      Description: The upstream's API key,", "      SecretString: sk-live\n      Description: A key,"),
    Mutant("Default: flux-pro-1.0-depth", "NoEcho: true\n    Default: flux-pro-1.0-depth"),
)
def no_secret_goes_through_the_template(template: Template) -> Iterator[str]:
    """A key given as a parameter or a property stays readable in the stack's events and change sets."""
    for name, secret in template.of_type("AWS::SecretsManager::Secret").items():
        if set(secret) & {"SecretString", "GenerateSecretString"}:
            yield f"{name} has a value"
    for name, parameter in template.source["Parameters"].items():
        if "NoEcho" in parameter:
            yield f"{name} is meant for a secret"
