"""Reads the part of YAML that settings need. It is its own module because importing yaml is slow.

Refused: aliases (64 KiB of them become gigabytes of values), deep nesting (64 KiB of brackets take the scanner half
a minute), tags (for types that no setting has) and names given twice. A date stays text, and so does 16:9, which
YAML 1.1 reads as a number to the base of sixty.
"""

import re
from collections.abc import Hashable
from typing import Any

import yaml

from depthdrop.drop.refusal import refuse
from depthdrop.settings.wrong_values import given_twice

_DEPTH_MAX = 10
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


class _PlainLoader(yaml.SafeLoader):
    """Reads no dates, and refuses names given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  # PyYAML's own signature
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise given_twice(self.name, key.value)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def _without_colons(tag: str, pattern: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(f"(?!.*:)(?:{pattern.pattern})", pattern.flags) if tag in _NUMBERS else pattern


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, _without_colons(tag, pattern)) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_plain(name: str, text: str) -> object:
    """The value of the text. Raises RefusedError."""
    try:
        return _load(name, text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a number or character that Python cannot hold
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        hint = "Check indentation and colons."
        raise refuse("sidecar_not_yaml", f"{name} is not valid YAML{where}.", hint) from None


def _load(name: str, text: str) -> object:
    depth = 0
    for token in yaml.scan(text):
        if isinstance(token, yaml.AliasToken):
            raise refuse("sidecar_has_aliases", f"{name} uses YAML aliases.", "Write the values out.")
        if isinstance(token, yaml.TagToken):
            raise refuse("sidecar_has_tags", f"{name} uses YAML tags.", "Write plain values, without '!'.")
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > _DEPTH_MAX:
            raise refuse("sidecar_too_deep", f"{name} nests too deeply.", "Settings need two levels at most.")
    loader = _PlainLoader(text)
    loader.name = name
    return loader.get_single_data()
