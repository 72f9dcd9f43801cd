"""`make up CONTAINERS=1`: what `sam local invoke` gets, up to the container itself, which no test here starts."""

import json
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from samcli.commands.local.lib.local_lambda import LocalLambdaRunner
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

from depthdrop.environment import CONTAINER_HOST, PollEnvironment, SubmitEnvironment, container_host, load
from tests.system.e2e.commands import ROOT, environment
from tests.system.e2e.upping import Up, up

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # sam uses what is deprecated elsewhere
]

NOWHERE = "tcp://127.0.0.1:9"  # the port of "discard": no container runtime answers there
NAMES = ("sam-env.json", "sam-template.json", "sam-event.json")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("containers"), "--containers") as found:
        yield found


@pytest.fixture
def files(running: Up) -> dict[str, Path]:
    return {name: running.folder / "build" / "local" / name for name in NAMES}


def variables(files: dict[str, Path]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(files["sam-env.json"].read_text())
    return found


def handed_over(files: dict[str, Path], logical: str) -> dict[str, str]:
    """What sam itself gives the container, by its own code; no runtime is asked for it."""
    stacks, _ = SamLocalStackProvider.get_stacks(str(files["sam-template.json"]))
    provider = SamFunctionProvider(stacks)
    runner = LocalLambdaRunner(
        local_runtime=None,
        function_provider=provider,
        cwd=str(ROOT),
        real_path=str(ROOT),
        env_vars_values=variables(files),
    )
    resolved: dict[str, str] = runner.get_invoke_config(provider.get(logical)).env_vars.resolve()
    return resolved


def test_the_files_are_their_owners_alone_and_go_with_the_stack(tmp_path: Path) -> None:
    with up(tmp_path, "--containers") as found:
        folder = tmp_path / "build" / "local"
        modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in NAMES}

    assert modes == dict.fromkeys(NAMES, 0o600)
    assert not [name for name in NAMES if (folder / name).exists()]
    assert f"--env-vars {folder / 'sam-env.json'}" in found.said


@pytest.mark.parametrize("logical", ["SubmitFunction", "PollFunction", "FinalizeFunction", "SweepFunction"])
def test_sam_hands_every_variable_of_the_file_to_the_container(files: dict[str, Path], logical: str) -> None:
    given = variables(files)[logical]

    assert given.items() <= handed_over(files, logical).items()
    assert given["AWS_ENDPOINT_URL"].startswith(f"http://{CONTAINER_HOST}:")
    assert "127.0.0.1" not in json.dumps(given)
    assert given["AWS_SESSION_TOKEN"]


def test_the_functions_take_what_they_are_given_and_nothing_of_it_without_the_setting(
    files: dict[str, Path],
) -> None:
    for kind, logical in ((SubmitEnvironment, "SubmitFunction"), (PollEnvironment, "PollFunction")):
        given = handed_over(files, logical)
        base = load(kind, given).upstream_base_url
        given.pop("DEPTHDROP_ALLOW_CONTAINER_HOST")

        assert base.startswith(f"http://{CONTAINER_HOST}:")
        with pytest.raises(ValueError, match="UPSTREAM_BASE_URL must be an https"):
            load(kind, given)
    assert container_host(handed_over(files, "FinalizeFunction")) == CONTAINER_HOST


def test_each_function_has_the_rights_of_its_own_role(files: dict[str, Path]) -> None:
    given = variables(files)
    poll = given["PollFunction"]
    session = boto3.Session(
        region_name=poll["AWS_REGION"],
        aws_access_key_id=poll["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=poll["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=poll["AWS_SESSION_TOKEN"],
    )
    here = poll["AWS_ENDPOINT_URL"].replace(CONTAINER_HOST, "127.0.0.1")
    secrets: Any = session.client("secretsmanager", endpoint_url=here)
    dynamodb: Any = session.client("dynamodb", endpoint_url=here)

    assert secrets.get_secret_value(SecretId=poll["UPSTREAM_KEY_SECRET_ARN"])["SecretString"]
    with pytest.raises(dynamodb.exceptions.ClientError, match="AccessDenied"):
        dynamodb.scan(TableName=given["FinalizeFunction"]["EDITS_TABLE"])
    assert len({one["AWS_ACCESS_KEY_ID"] for one in given.values()}) == len(given)


def test_the_upstream_answers_to_the_containers_name_for_this_machine(files: dict[str, Path]) -> None:
    base = httpx.URL(variables(files)["PollFunction"]["UPSTREAM_BASE_URL"])
    target = f"http://127.0.0.1:{base.port}/flux/v1/get_result?id=x"
    known = httpx.get(target, headers={"Host": base.netloc.decode()}, trust_env=False, timeout=240)
    unknown = httpx.get(
        target, headers={"Host": f"gateway.docker.internal:{base.port}"}, trust_env=False, timeout=240
    )

    assert (known.status_code, unknown.status_code) == (401, 403)  # the first lacks nothing but the key


def test_without_the_option_the_upstream_does_not_know_that_name(tmp_path: Path) -> None:
    with up(tmp_path) as found:
        assert "sam local invoke" not in found.said
        assert not (tmp_path / "build" / "local" / "sam-env.json").exists()


def test_the_printed_command_lacks_nothing_but_the_build_and_the_container_runtime(running: Up) -> None:
    [said] = re.findall(r"^A function in a container, after `make build`: (.+)$", running.said, re.MULTILINE)
    sam, *words = shlex.split(said)
    done = subprocess.run(
        [str(Path(sys.executable).with_name(sam)), *words],
        cwd=ROOT,
        env=environment(DOCKER_HOST=NOWHERE, SAM_CLI_TELEMETRY="0"),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode != 0
    assert "container runtime" in done.stderr, done.stderr[-2000:]
