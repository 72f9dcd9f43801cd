"""What CloudFormation makes of a template for given parameters: conditions, `Fn::If` and names resolved."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Data = dict[str, Any]

_NOTHING = object()  # AWS::NoValue: what holds it loses it
_VARIABLE = re.compile(r"\$\{([\w:.]+)\}")


@dataclass(frozen=True)
class Deployed:
    """`template` is plain data. What only AWS knows, such as a made bucket's name, stays as it is written."""

    template: Data
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def resources(self) -> Data:
        return self._existing("Resources")

    @property
    def outputs(self) -> Data:
        return self._existing("Outputs")

    def of_type(self, kind: str) -> dict[str, Data]:
        found = self.resources.items()
        return {name: one.get("Properties", {}) for name, one in found if one["Type"] == kind}

    def refusals(self) -> list[str]:
        """What the template's rules say against these parameters."""
        return [
            assertion["AssertDescription"]
            for rule in self.template.get("Rules", {}).values()
            if self.resolve(rule.get("RuleCondition", True))
            for assertion in rule["Assertions"]
            if not self.resolve(assertion["Assert"])
        ]

    def holds(self, condition: str) -> bool:
        return bool(self.resolve(self.template["Conditions"][condition]))

    def resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            return [found for one in node if (found := self.resolve(one)) is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(name, argument)] = node.items()
            if name in {"Ref", "Condition"} and isinstance(argument, str):
                return self._named(argument) if name == "Ref" else self.holds(argument)
            if name.startswith("Fn::"):
                return self._function(name, argument)
        found = {name: self.resolve(value) for name, value in node.items()}
        return {name: value for name, value in found.items() if value is not _NOTHING}

    def _named(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        declared = self.template["Parameters"].get(name)
        return {"Ref": name} if declared is None else self.parameters.get(name, declared.get("Default"))

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Fn::If":
                return self.resolve(argument[1 if self.holds(argument[0]) else 2])
            case "Fn::Equals":
                left, right = self.resolve(argument)
                return str(left) == str(right)
            case "Fn::And":
                return all(self.resolve(argument))
            case "Fn::Not":
                return not self.resolve(argument[0])
            case "Fn::Sub":
                return self._substituted(argument)
            case _:
                return {name: self.resolve(argument)}

    def _substituted(self, argument: Any) -> str:
        text, names = (argument, {}) if isinstance(argument, str) else argument
        known = {name: self.resolve(value) for name, value in names.items()}

        def value(found: re.Match[str]) -> str:
            inner = known.get(found[1], self._named(found[1]))
            return f"${{{inner['Ref']}}}" if isinstance(inner, dict) else str(inner)

        return _VARIABLE.sub(value, text)

    def _existing(self, section: str) -> Data:
        named = self.template[section].items()
        kept = {name: one for name, one in named if "Condition" not in one or self.holds(one["Condition"])}
        return {name: self.resolve(one) for name, one in kept.items()}


def statements(deployed: Deployed) -> Iterator[tuple[str, Data]]:
    """Every statement of every role, with the role."""
    for role, properties in deployed.of_type("AWS::IAM::Role").items():
        for policy in properties.get("Policies", []):
            yield from ((role, statement) for statement in _listed(policy["PolicyDocument"]["Statement"]))


def granted(deployed: Deployed, service: str) -> set[tuple[str, str, str]]:
    """Role, action and resource of everything that is granted for a service, in plain text."""
    return {
        (role, action, str(resource))
        for role, statement in statements(deployed)
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
        if action.startswith(f"{service}:")
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
