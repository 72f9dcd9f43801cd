"""How long each function takes to begin, beside a bare handler, by Lambda's own runtime interface emulator.

Both sides run the same Python, boto3 and runtime client, and are compiled alike: files with hashes nobody checks.
"""

import compileall
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

from local.one_function.runtime_interface import link_libraries
from local.stack.layer import BUILD, ROOT, layer_for_run
from tests.bench.figures import PAIRS, Figure, middle
from tests.bench.runtime import init_milliseconds
from tests.support.template_names import variables_of

MOST = {"poll": 1.15, "finalize": 1.4, "submit": 1.4, "sweep": 1.25}
_PEER = "bare"
_NOWHERE = "http://127.0.0.1:1"  # no init asks AWS for anything; what comes after it must not either
_NAMES = {
    "AWS::StackName": "depthdrop",
    "Edits": "edits",
    "InboxBucket": "inbox",
    "OutboxBucket": "outbox",
    "Notifications": "arn:aws:sns:us-east-1:123456789012:notifications",
    "EditWorkflow": "arn:aws:states:us-east-1:123456789012:stateMachine:edits",
    "PollFunction": "poll",
    "UpstreamKey": "arn:aws:secretsmanager:us-east-1:123456789012:secret:key",
    "InboxQueue": "https://sqs.us-east-1.amazonaws.com/123456789012/inbox",
    "InboxDeadLetters": "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
    "InboxRuleDeadLetters": "https://sqs.us-east-1.amazonaws.com/123456789012/rule-dead",
}
_AWS = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": _NOWHERE,
    "PATH": "/usr/bin:/bin",
}


def figures(pairs: int = PAIRS) -> Iterator[Figure]:
    """Medians in milliseconds; each of ours is measured between two of the peer's."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=BUILD) as name:
        folder = Path(name)
        layer_for_run(folder)
        (folder / "runtime").mkdir()
        link_libraries(folder / "runtime")
        tasks = {function: _task(folder, function) for function in (*MOST, _PEER)}
        for task in tasks.values():  # the first of each reads its files from the disk
            init_milliseconds(*task)
        measured = [_round(tasks) for _ in range(pairs)]
    for function, most in MOST.items():
        ours, peer = (middle(one[function][side] for one in measured) for side in (0, 1))
        kept = ours <= most * peer
        yield Figure(f"cold start of {function} in ms", ours, peer, f"at most {most} times the peer", kept)


def _round(tasks: dict[str, tuple[Path, dict[str, str]]]) -> dict[str, tuple[float, float]]:
    return {name: (init_milliseconds(*tasks[name]), init_milliseconds(*tasks[_PEER])) for name in MOST}


def _task(folder: Path, function: str) -> tuple[Path, dict[str, str]]:
    """The folder of the handler's code, compiled, and its environment."""
    task = folder / function
    task.mkdir()
    if function == _PEER:
        shutil.copy(ROOT / "tests/bench/peers/bare_handler.py", task / "app.py")
    else:
        shutil.copy(ROOT / "functions" / function / "app.py", task / "app.py")
    if not compileall.compile_dir(task, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH):
        raise RuntimeError(f"{function} cannot be compiled")
    return task, {**environment_of(function), "PYTHONPATH": f"{folder}/layer/python:{folder}/runtime"}


def environment_of(function: str) -> dict[str, str]:
    """As the template sets it, in an account that nobody has."""
    return {**_AWS, **({} if function == _PEER else variables_of(f"{function.capitalize()}Function", _NAMES))}
