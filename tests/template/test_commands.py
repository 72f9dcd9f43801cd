"""The commands that the stack's outputs offer for pasting, pasted into a shell with a stand-in for `aws`."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.template.template import Template

_NAMES = {
    "UpstreamKey": "arn:secret",
    "Inbox": "the-inbox",
    "InboxPrefix": "drops/",
    "ExistingInboxBucket": "my-photos",
}
_STAND_IN = """#!/bin/bash
printf '%s\\n' "$*" >> "$OUT/calls"
case "$2" in
  get-bucket-notification-configuration)
    while [ "$1" != --query ]; do shift; done
    [ -n "$FAILS" ] || exec PYTHON -c "$SEARCH" "$2" "$OUT/configuration" ;;
  put-bucket-notification-configuration)
    while [ "$1" != --notification-configuration ]; do shift; done
    printf %s "$2" > "$OUT/configuration" ;;
esac
for word in "$@"; do
  case "$word" in
    file://*) cat "${word#file://}" > "$OUT/content"; ls -l "${word#file://}" > "$OUT/mode"
              printf %s "${word#file://}" > "$OUT/path" ;;
    *.txt) cat "$word" > "$OUT/content" ;;
  esac
done
exit "${FAILS:-0}"
""".replace("PYTHON", sys.executable)
# What the AWS CLI does with --query: JMESPath over the answer, printed as JSON.
_SEARCH = (
    "import jmespath, json, sys; "
    "print(json.dumps(jmespath.search(sys.argv[1], json.load(open(sys.argv[2]))), indent=4))"
)


@dataclass(frozen=True)
class Shell:
    """Runs a pasted line in a folder of its own; `recorded` reads what the stand-in wrote down."""

    folder: Path

    def run(self, output: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        value = Template.read().source["Outputs"][output]["Value"]["Fn::Sub"]
        line = value if isinstance(value, str) else value[0]
        for name, value in _NAMES.items():
            line = line.replace(f"${{{name}}}", value)
        return subprocess.run(  # the very line that people paste
            ["/bin/bash", "-c", line],
            input=typed,
            env={"PATH": f"{self.folder}:/usr/bin:/bin", "OUT": str(self.folder), "SEARCH": _SEARCH, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def recorded(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    stand_in = tmp_path / "aws"
    stand_in.write_text(_STAND_IN)
    stand_in.chmod(stat.S_IRWXU)
    return Shell(tmp_path)


def test_the_key_goes_into_the_secret_and_never_onto_a_command_line_or_the_screen(shell: Shell) -> None:
    done = shell.run("SetKeyCommand", typed="sk-$weird \\key\n")

    assert done.returncode == 0
    assert shell.recorded("content") == "sk-$weird \\key"
    assert "--secret-id arn:secret" in shell.recorded("calls")
    assert "sk-" not in shell.recorded("calls") + done.stdout + done.stderr


@pytest.mark.parametrize("fails", ["0", "255"])
def test_the_file_that_held_the_key_was_the_owners_alone_and_is_gone(shell: Shell, fails: str) -> None:
    shell.run("SetKeyCommand", typed="sk-key\n", FAILS=fails)

    assert shell.recorded("mode").startswith("-rw------- ")
    assert not Path(shell.recorded("path")).exists()


def test_a_key_that_could_not_be_set_is_no_success(shell: Shell) -> None:
    assert shell.run("SetKeyCommand", typed="sk-key\n", FAILS="255").returncode == 255


def test_the_upload_puts_the_prompt_and_the_picture_below_the_prefix(shell: Shell) -> None:
    (shell.folder / "photo.jpg").write_bytes(b"picture")
    done = shell.run("UploadCommand")

    assert done.returncode == 0
    assert shell.recorded("calls").splitlines() == [
        "s3 cp photo.txt s3://the-inbox/drops/",
        "s3 cp photo.jpg s3://the-inbox/drops/",
    ]
    assert shell.recorded("content") == "a watercolour"


_OTHERS: dict[str, list[dict[str, object]]] = {
    "QueueConfigurations": [
        {"Id": 'thumbnails\'s "queue" $HOME', "QueueArn": "arn:aws:sqs:x", "Events": ["s3:ObjectCreated:*"]}
    ],
    "TopicConfigurations": [{"Id": "é", "TopicArn": "arn:aws:sns:x", "Events": ["s3:ObjectRemoved:*"]}],
    "LambdaFunctionConfigurations": [],
}


@pytest.mark.parametrize("others", [{}, _OTHERS], ids=["none", "some"])
def test_events_are_switched_on_and_other_notifications_stay(shell: Shell, others: dict[str, object]) -> None:
    """S3 takes a configuration only whole: what is not in it is gone."""
    (shell.folder / "configuration").write_text(json.dumps(others))
    done = [shell.run("SwitchOnEventsCommand") for _ in range(2)]

    assert [one.returncode for one in done] == [0, 0]
    assert json.loads(shell.recorded("configuration")) == {**others, "EventBridgeConfiguration": {}}
    get, put = shell.recorded("calls").splitlines()[:2]
    assert get.startswith("s3api get-bucket-notification-configuration --bucket my-photos ")
    assert put.startswith("s3api put-bucket-notification-configuration --bucket my-photos ")
    assert "--skip-destination-validation" in put  # a queue that is gone meanwhile would refuse all the others


def test_a_configuration_that_could_not_be_read_is_not_overwritten(shell: Shell) -> None:
    done = shell.run("SwitchOnEventsCommand", FAILS="254")

    assert done.returncode == 254
    assert "put-bucket" not in shell.recorded("calls")


def test_a_key_on_the_command_line_would_be_found_out(shell: Shell) -> None:
    command = shell.run("SetKeyCommand", typed="sk-key\n").args[2].replace('"file://$f"', '"$k"')
    environment = {"PATH": f"{shell.folder}:/usr/bin:/bin", "OUT": os.fspath(shell.folder)}
    subprocess.run(["/bin/bash", "-c", command], input="sk-key\n", env=environment, text=True, check=True)

    assert "sk-key" in shell.recorded("calls")
