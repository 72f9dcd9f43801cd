"""Packs the application the way `sam package` does."""

import io
import zipfile
from collections.abc import Iterator
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


class _Loader(yaml.CSafeLoader):  # eight times as fast as SafeLoader, and every test file loads the template
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
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)


def load_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template with long-form functions, as plain data."""
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506  # a SafeLoader with tags
    return loaded


def packed(template: dict[str, Any], layer: bytes, bucket: str) -> Iterator[tuple[str, bytes]]:
    """Key and content of each local path in the template, which is changed to name the bucket instead.

    `layer` is the archive for the template's layer.
    """
    for name, resource in template["Resources"].items():
        kind = _ARTIFACT.get(resource["Type"])
        if kind is None:
            continue
        path = ROOT / resource["Properties"][kind]
        key = f"{name}{path.suffix or '.zip'}"
        uri: object = {"Bucket": bucket, "Key": key} if kind == "DefinitionUri" else f"s3://{bucket}/{key}"
        resource["Properties"][kind] = uri
        if kind == "ContentUri":
            yield key, layer
        else:
            yield key, _zip(path) if path.is_dir() else path.read_bytes()


def _zip(folder: Path) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    return target.getvalue()
