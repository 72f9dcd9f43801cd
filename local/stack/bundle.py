"""Packs the application the way `sam package` does."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
_ARTIFACT = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


class _Loader(yaml.CSafeLoader):  # eight times as fast as SafeLoader, and every file of tests waits for it
    """Reads CloudFormation's short forms such as !Ref into their long ones."""


def _long_form(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TypeError(f"!{suffix} cannot be read")
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)


def load_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template with long-form functions, as plain data."""
    loaded = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506  # a SafeLoader with CloudFormation's tags
    if not isinstance(loaded, dict):
        raise TypeError(f"{path} is no template")
    return loaded


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file to upload: its content and the key that names it by that content."""

    resource: str
    property: str
    key: str
    content: bytes


def artifacts(template: dict[str, Any], layer: bytes) -> list[Artifact]:
    """Everything the template names by a local path, packed; `layer` is the archive for its layer."""
    found = []
    for name, resource in template["Resources"].items():
        property_name = _ARTIFACT.get(resource["Type"])
        if property_name is None:
            continue
        path = ROOT / resource["Properties"][property_name]
        if resource["Type"].endswith("LayerVersion"):
            content, suffix = layer, ".zip"
        elif path.is_dir():
            content, suffix = _zip(path), ".zip"
        else:
            content, suffix = path.read_bytes(), path.suffix
        digest = hashlib.sha256(content).hexdigest()[:16]
        found.append(Artifact(name, property_name, f"{name}-{digest}{suffix}", content))
    return found


def point_at(template: dict[str, Any], bucket: str, packed: list[Artifact]) -> None:
    """Replace local paths by where the artifacts were uploaded."""
    for artifact in packed:
        properties = template["Resources"][artifact.resource]["Properties"]
        uri: object = f"s3://{bucket}/{artifact.key}"
        if artifact.property == "DefinitionUri":
            uri = {"Bucket": bucket, "Key": artifact.key}
        properties[artifact.property] = uri


def _zip(folder: Path) -> bytes:
    """The folder's files with fixed dates, so that the same content has the same name."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
    return target.getvalue()
