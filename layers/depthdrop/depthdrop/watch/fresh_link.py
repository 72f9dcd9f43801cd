"""A fresh link to a finished picture: poll is asked to look once more, because finalize has no key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FreshLook:
    """Invokes the poll function with an execution's state and waits for what it saw."""

    function: str
    functions: "LambdaClient"
    logger: Logger

    def __call__(self, state: Mapping[str, Any]) -> Outcome | None:
        """An outcome that ends the wait: ready, failed or expired. None when this look brought nothing."""
        try:
            answer = self.functions.invoke(FunctionName=self.function, Payload=json.dumps(state).encode())
            said = json.loads(answer["Payload"].read())
        except (ClientError, BotoCoreError, ValueError) as error:
            self.logger.warning("poll was not reached", extra={"reason": type(error).__name__})
            return None
        if answer.get("FunctionError"):
            self.logger.warning("poll broke")  # and has its own log
            return None
        return outcome_of(said)


def outcome_of(said: object) -> Outcome | None:
    """What poll's answer says of the end of a task, each part with the type that poll gives it; None if nothing."""
    match said:
        case {"status": "ready", "sample": str(sample), **more}:
            return {
                "status": "ready",
                "sample": sample,
                "seed": _number(more.get("seed"), int),
                "duration_seconds": _number(more.get("duration_seconds"), int, float),
            }
        case {"status": "failed" | "expired" as status, "code": str(code), "message": str(message)}:
            return {"status": status, "code": code, "message": message}
        case _:
            return None


def _number(value: object, *kinds: type) -> object:
    return value if type(value) in kinds else None
