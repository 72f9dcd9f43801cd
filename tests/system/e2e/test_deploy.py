"""`sam deploy` of the template as committed, the key, a smoke test and the end, each as people run it.

The emulator does some of it otherwise than AWS, see docs/local.md: permissions are off, because the Ref of a secret
is its name there and no policy may name that; the buckets' policies go, because it speaks plain HTTP; and the layer
is one for this machine.
"""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.fake_upstream import FakeUpstream, Settings
from local.stack.bundle import load_template
from local.stack.emulator import REGION, Emulator
from local.stack.layer import layer_for_run
from local.stack.stack import run_folder
from tests.system.e2e.commands import ROOT, environment

pytestmark = pytest.mark.sockets

STACK = "depthdrop-dev"  # of the environment dev in samconfig.toml
UPSTREAM = Settings(speed=20)
KEY = UPSTREAM.key.get_secret_value()


@dataclass(frozen=True)
class Account:
    """An AWS account of one's own, and an upstream; nothing is deployed yet."""

    emulator: Emulator
    upstream: FakeUpstream
    built: Path

    def run(self, *command: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        """A command that knows of this account by its environment alone."""
        return subprocess.run(
            command,
            cwd=self.built,
            env=environment(
                AWS_ENDPOINT_URL=self.emulator.url,
                AWS_REGION=REGION,
                AWS_DEFAULT_REGION=REGION,
                AWS_ACCESS_KEY_ID=self.emulator.keys.access_key,
                AWS_SECRET_ACCESS_KEY=self.emulator.keys.secret_key,
                SAM_CLI_TELEMETRY="0",
                SAM_CLI_POLL_DELAY="0.5",
            ),
            input=typed,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def depthdrop(self, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return self.run(sys.executable, "-m", "depthdrop_cli", *arguments, "--stack", STACK, typed=typed)

    def sam_deploy(self, **more: str) -> "subprocess.CompletedProcess[str]":
        """The command and the environment of `make deploy ENV=dev`, with this machine's upstream."""
        given = {
            "UpstreamBaseUrl": self.upstream.url,
            "SettleSeconds": "1",
            "FirstWaitSeconds": "1",
            "SweepMinutes": "2",
            "Slots": "4",
            **more,
        }
        overrides = " ".join(f"{name}={value}" for name, value in given.items())
        sam = str(Path(sys.executable).with_name("sam"))
        return self.run(
            sam, "deploy", "--config-env", "dev", "-t", "template.yaml", "--parameter-overrides", overrides
        )

    @property
    def outputs(self) -> dict[str, str]:
        [stack] = self.emulator.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with run_folder() as folder, FakeUpstream(UPSTREAM) as upstream:
        switches = {"DEPTHDROP_ALLOW_LOOPBACK_LINKS": "1", "AUTH": "false"}
        with Emulator(folder, switches) as emulator:
            yield Account(emulator, upstream, _built(folder))


def _built(folder: Path) -> Path:
    """What `sam build` leaves: the template, the functions, and a layer, which is this machine's here."""
    built = folder / "built"
    built.mkdir()
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, built)
    shutil.copytree(ROOT / "functions", built / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    with zipfile.ZipFile(io.BytesIO(layer_for_run(folder))) as layer:
        layer.extractall(built / "layers" / "depthdrop")
    return built


@pytest.fixture(scope="module")
def deployed(account: Account) -> Account:
    done = account.sam_deploy()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for name in ("InboxBucketName", "OutboxBucketName"):
        account.emulator.client("s3").delete_bucket_policy(Bucket=account.outputs[name])
    return account


def test_sam_deploys_the_template_with_every_resource_and_output(deployed: Account) -> None:
    cloudformation = deployed.emulator.client("cloudformation")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    made = [one for page in pages for one in page["StackResourceSummaries"]]

    assert {one["ResourceStatus"] for one in made} == {"CREATE_COMPLETE"}
    assert {one["LogicalResourceId"] for one in made} >= _unconditional(), "something is left out"
    assert (ROOT / "template.yaml").read_bytes() == (deployed.built / "template.yaml").read_bytes()
    assert deployed.outputs["InboxBucketName"].startswith(f"{STACK}-")


def _unconditional() -> set[str]:
    """A layer's logical id gets its content's hash."""
    resources = load_template()["Resources"]
    return {name for name, one in resources.items() if "Condition" not in one} - {"DepthdropLayer"}


def test_a_changed_parameter_is_deployed_into_the_existing_stack(deployed: Account) -> None:
    before = deployed.outputs
    done = deployed.sam_deploy(LogRetentionDays="5")
    logs = deployed.emulator.client("logs").describe_log_groups()["logGroups"]

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert deployed.outputs == before
    assert {one["retentionInDays"] for one in logs if one["logGroupName"].startswith("/aws/lambda/")} == {5}


def test_the_key_goes_from_standard_input_into_the_secret(deployed: Account) -> None:
    done = deployed.depthdrop("secret", typed=f"{KEY}\n")
    secrets = deployed.emulator.client("secretsmanager")

    assert done.returncode == 0, done.stderr
    assert KEY not in done.stdout + done.stderr
    assert secrets.get_secret_value(SecretId=deployed.outputs["UpstreamKeySecretArn"])["SecretString"] == KEY


def test_the_smoke_test_of_the_deployed_stack_succeeds(deployed: Account) -> None:
    deployed.depthdrop("secret", typed=KEY)

    done = deployed.depthdrop("smoke", str(ROOT / "samples" / "temple.jpg"), "--timeout", "600", "--json")

    assert done.returncode == 0, done.stderr + done.stdout
    printed = json.loads(done.stdout)
    assert (printed["state"], set(printed["checks"].values())) == ("succeeded", {True})
    assert done.stderr.index("$0.06") < done.stderr.index("uploaded")
    assert "nothing is paid" in done.stderr
    assert len(deployed.upstream.ledger.charges) == 1


def test_a_stack_is_not_destroyed_unless_its_name_is_said(deployed: Account) -> None:
    done = deployed.depthdrop("destroy", typed=f"{STACK}\n")

    assert done.returncode == 3
    assert f"YES={STACK}" in done.stderr
    assert deployed.outputs


def test_destroyed_with_its_buckets_it_leaves_the_protected_table(deployed: Account) -> None:
    """The last of this file: nothing is left of the stack."""
    names, dynamodb = deployed.outputs, deployed.emulator.client("dynamodb")
    deployed.emulator.client("s3").put_object(Bucket=names["InboxBucketName"], Key="alone.txt", Body=b"x")

    done = deployed.depthdrop("destroy", "--yes", STACK, "--empty", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kept_buckets"] == []
    buckets = {one["Name"] for one in deployed.emulator.client("s3").list_buckets()["Buckets"]}
    assert buckets & {names["InboxBucketName"], names["OutboxBucketName"]} == set()
    assert dynamodb.describe_table(TableName=names["EditsTableName"])["Table"]["DeletionProtectionEnabled"]
    assert f"delete-table --table-name {names['EditsTableName']}" in done.stderr
    assert f"There is no stack {STACK}" in deployed.depthdrop("status").stderr
