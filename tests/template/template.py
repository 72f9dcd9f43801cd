"""template.yaml in three forms: its text, its plain data, and what SAM expands it to."""

import copy
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from samtranslator.translator.transform import transform

from local.stack.bundle import TEMPLATE, load_template

Data = dict[str, Any]

FUNCTION = "AWS::Lambda::Function"
_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9:]+)")
_LOCAL_PATHS = ("CodeUri", "ContentUri", "DefinitionUri")


@dataclass(frozen=True)
class Template:
    """`source` has CloudFormation's functions in their long form."""

    text: str
    source: Data

    @classmethod
    def read(cls, path: Path = TEMPLATE) -> "Template":
        return cls(path.read_text(), load_template(path))

    @cached_property
    def expanded(self) -> Data:
        """As the emulator and CloudFormation see it: SAM's transform, which wants its artifacts in a bucket."""
        packaged = copy.deepcopy(self.source)
        for resource in packaged["Resources"].values():
            for name in _LOCAL_PATHS:
                if name in resource.get("Properties", {}):
                    resource["Properties"][name] = "s3://bucket/key"
        with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
            expanded: Data = transform(packaged, {}, SimpleNamespace(load=dict))
        return expanded

    def of_type(self, kind: str) -> dict[str, Data]:
        """The properties of every expanded resource of a type, by logical id."""
        found = self.expanded["Resources"].items()
        return {name: resource.get("Properties", {}) for name, resource in found if resource["Type"] == kind}

    def one_of(self, kind: str) -> Data:
        (only,) = self.of_type(kind).values()
        return only

    def default(self, parameter: str) -> Any:
        return self.source["Parameters"][parameter].get("Default")


def names_in(value: object) -> set[str]:
    """The logical ids, parameters and pseudo parameters that a value refers to."""
    return set(_names_in(value))


def _names_in(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _names_in(inner)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in {"Ref", "Condition"} and isinstance(inner, str):
            yield inner
        elif key == "Fn::GetAtt":
            yield inner[0] if isinstance(inner, list) else inner.partition(".")[0]
        elif key == "Fn::Sub":
            text, names = (inner, {}) if isinstance(inner, str) else inner
            yield from (name for name in _SUBSTITUTED.findall(text) if name not in names)
            yield from _names_in(names)
        elif key == "Fn::If":
            yield inner[0]
            yield from _names_in(inner[1:])
        else:
            yield from _names_in(inner)


def listed(value: object) -> list[Any]:
    """CloudFormation and IAM take one thing where a list of one is meant."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
