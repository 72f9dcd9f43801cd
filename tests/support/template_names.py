"""Reads names and variables out of template.yaml, so that tests cannot drift from what is deployed."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from local.stack.bundle import load_template
from tests.template.deployed import Deployed


@cache
def template() -> dict[str, Any]:
    return load_template()


def table_properties() -> dict[str, Any]:
    """What DynamoDB needs to make the Edits table."""
    properties = template()["Resources"]["Edits"]["Properties"]
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {name: properties[name] for name in wanted}


def variables_of(function: str, names: Mapping[str, str]) -> dict[str, str]:
    """A function's environment as CloudFormation would set it; `names` holds what each resource is called."""
    everywhere = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = template()["Resources"][function]["Properties"]["Environment"]["Variables"]
    return {name: _resolved(value, names) for name, value in {**everywhere, **own}.items()}


def _resolved(value: Any, names: Mapping[str, str]) -> str:
    if not isinstance(value, dict):
        return str(value)
    [(function, argument)] = value.items()
    if function == "Ref":
        return _named(argument, names)
    if function == "Fn::GetAtt":
        return _named(argument[0], names)
    if function == "Fn::If":
        condition, then, otherwise = argument
        return _resolved(then if Deployed(template()).holds(condition) else otherwise, names)
    if function == "Fn::Sub":
        return re.sub(r"\$\{([\w:]+)\}", lambda found: _named(found[1], names), argument)
    raise KeyError(function)


def _named(name: str, names: Mapping[str, str]) -> str:
    if name in names:
        return names[name]
    return str(template()["Parameters"][name]["Default"])
