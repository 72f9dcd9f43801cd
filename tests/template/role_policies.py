"""Whether a resource's own policy lets a service in, as IAM judges: what of its language the template speaks."""

import operator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.template.deployed import Deployed
from tests.template.template import Data, Template, listed

ACCOUNT = "111122223333"
REGION = "eu-west-1"
_PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::StackName": "depthdrop"}


@dataclass(frozen=True, slots=True)
class Caller:
    """A service that asks in the name of one of its resources."""

    service: str
    source_arn: str
    source_account: str


def in_account(template: Template, **parameters: str) -> Deployed:
    """As deployed there: account, region and partition are known."""
    declared = {**template.expanded["Parameters"], **{name: {"Default": value} for name, value in _PSEUDO.items()}}
    return Deployed({**template.expanded, "Parameters": declared}, parameters)


def lets_in(policy: Data, caller: Caller, action: str, resource: Any) -> bool:
    statements = listed(policy["Statement"])
    fitting = [one for one in statements if _fits(one, caller, action, resource)]
    return bool(fitting) and all(one["Effect"] == "Allow" for one in fitting)


def _fits(statement: Data, caller: Caller, action: str, resource: Any) -> bool:
    """Raises LookupError for a statement that says something that is not understood here."""
    if unknown := set(statement) - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}:
        raise LookupError(f"not understood: {sorted(unknown)}")
    principal = statement["Principal"]
    is_meant = principal == "*" or caller.service in listed(principal.get("Service"))
    named = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in listed(statement["Action"]))
    reaches = any(target in ("*", resource) for target in listed(statement["Resource"]))
    return is_meant and named and reaches and _holds(statement.get("Condition", {}), caller)


def _holds(condition: Data, caller: Caller) -> bool:
    context = {"aws:SourceArn": caller.source_arn, "aws:SourceAccount": caller.source_account}
    operators = {
        "StringEquals": operator.eq,
        "ArnEquals": _arns_match,
        "ArnLike": _arns_match,
    }
    return all(
        any(operators[name](context[key], wanted) for wanted in listed(values))
        for name, keys in condition.items()
        for key, values in keys.items()
    )


def _arns_match(value: Any, pattern: Any) -> bool:
    """Part by part: a wildcard does not reach over a colon, but for the last part."""
    if isinstance(value, dict) or isinstance(pattern, dict):
        return bool(value == pattern)
    parts, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))
