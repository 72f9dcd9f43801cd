"""Packs the application the way `sam package` does, with the layer built for this machine instead of for Lambda."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.processes import LocalStackError

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
LAYER = ROOT / "layers" / "depthdrop"
BUILD = ROOT / "build" / "local"
_ARTIFACT = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms such as !Ref into their long ones."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
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


def artifacts(template: dict[str, Any]) -> list[Artifact]:
    """Everything the template names by a local path, packed. Raises LocalStackError when the layer cannot be."""
    found = []
    for name, resource in template["Resources"].items():
        property_name = _ARTIFACT.get(resource["Type"])
        if property_name is None:
            continue
        path = ROOT / resource["Properties"][property_name]
        if resource["Type"].endswith("LayerVersion"):
            content, suffix = _zip(build_host_layer()), ".zip"
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


def build_host_layer() -> Path:
    """The layer for this interpreter, made by the layer's own Makefile; rebuilt when pins or sources changed."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted([LAYER / "Makefile", LAYER / "requirements.txt", *LAYER.glob("depthdrop/**/*.py")]):
        digest.update(path.read_bytes())
    target = BUILD / f"layer-{digest.hexdigest()[:16]}"
    if target.is_dir():
        return target
    BUILD.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"building-{os.getpid()}-", dir=BUILD))
    uv = Path(sys.executable).with_name("uv")
    command = ["make", "--silent", "--directory", str(LAYER), "build-DepthdropLayer"]
    options = ["PLATFORM=host", f"ARTIFACTS_DIR={partial}", f"PYTHON={sys.executable}"]
    if uv.exists():
        options.append(f"UV={uv}")
    built = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603
    if built.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        lines = [line for line in built.stderr.splitlines() if line.strip() and not line.startswith("make")]
        said = next(
            (line for line in lines if "error" in line.lower()), lines[0] if lines else "make gave no reason"
        )
        raise LocalStackError(f"The layer could not be built for this machine: {said}")
    for old in BUILD.glob("layer-*"):
        if old != target:  # another run may have made the same one meanwhile, and be packing it
            shutil.rmtree(old, ignore_errors=True)
    try:
        partial.rename(target)
    except OSError:  # another run was faster and built the same
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _zip(folder: Path) -> bytes:
    """The folder's files with fixed dates, so that the same content has the same name."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
    return target.getvalue()
