"""Fetches a finished picture by its link, or by a fresh one, and stores it in the outbox. It knows no record.

The result is data: Stored, Lost or Ended, by which finalize ends the edit. A picture that may still be fetched is
left to the next run by UnfetchedError.
"""

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import imagesize
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from depthdrop import aws
from depthdrop.notices.events import Result
from depthdrop.outbox import Outbox
from depthdrop.upstream.download import LONGEST_SECONDS, Downloaded, DownloadFailed, LinkExpired, download
from depthdrop.upstream.result_link import UnsafeLink, check_link

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

AGAIN_SECONDS = (2, 30)  # before the second and the third try: a storage in trouble is given time
STORE_SECONDS = 30.0  # kept of the Lambda's time to store a picture and publish it

Outcome = dict[str, Any]  # what poll said of the task
_KeyOf = Callable[[str], str]  # the result's key for a format


@dataclass(frozen=True, slots=True)
class Stored:
    """The picture is in the outbox; `outcome` is what poll said with the link that it was fetched by."""

    result: Result
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no picture to be had by any link."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Asked for a fresh link, poll said that the task has come to no picture."""

    outcome: Outcome


class UnfetchedError(Exception):
    """The picture is not here, and nobody said that it is lost: the workflow's Retry has finalize run again."""


@dataclass(frozen=True, slots=True)
class _Missed:
    """A try that brought no picture."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """`look` asks poll for a fresh link, or None when that brought nothing."""

    outbox: Outbox
    look: Callable[[Mapping[str, Any]], Outcome | None]
    logger: Logger
    allow_loopback: bool = False
    this_machine: str | None = None
    sleep: Callable[[float], None] = time.sleep

    def deliver(
        self, state: Mapping[str, Any], key_of: _KeyOf, seconds_left: Callable[[], float]
    ) -> Stored | Lost | Ended:
        """The picture by the state's link, or by a fresh one after each pause. Raises UnfetchedError."""
        tried: Stored | Lost | _Missed | None = self._fetch(state["outcome"], key_of)
        for pause in AGAIN_SECONDS:
            if isinstance(tried, Stored | Lost):
                return tried
            reason = tried.reason if tried is not None else "there was no fresh link"
            self.logger.warning("download again", extra={"reason": reason, "wait_seconds": pause})
            if seconds_left() < pause + aws.INVOKE_SECONDS + LONGEST_SECONDS + STORE_SECONDS:
                raise UnfetchedError(f"no time is left to fetch it again: {reason}")
            self.sleep(pause)
            fresh = self.look(state)
            if fresh is not None and fresh["status"] != "ready":
                return Ended(fresh)
            tried = self._fetch(fresh, key_of) if fresh is not None else None
        if tried is None:
            raise UnfetchedError("the last look brought no fresh link")
        if isinstance(tried, _Missed):
            return Lost(tried.code, f"The edited picture could not be fetched: {tried.reason}.")
        return tried

    def _fetch(self, outcome: Outcome, key_of: _KeyOf) -> Stored | Lost | _Missed:
        try:
            link = check_link(outcome["sample"], allow_loopback=self.allow_loopback, this_machine=self.this_machine)
        except OSError:
            return _Missed("download_failed", "the link's host could not be found")
        if isinstance(link, UnsafeLink):
            return Lost("unsafe_link", f"The upstream's result link was not followed: {link.reason}.")
        with tempfile.TemporaryFile() as file:
            got = download(link, file)
            match got:
                case Downloaded() if (size := _size_of(file)) is not None:
                    return Stored(self._store(key_of(got.format), got, file, size), outcome)
                case Downloaded():
                    return _Missed("download_failed", "its header cannot be read")
                case LinkExpired():
                    return _Missed("link_expired", "the link had expired")
                case DownloadFailed(reason):
                    return _Missed("download_failed", reason)

    def _store(self, key: str, got: Downloaded, file: BinaryIO, size: tuple[int, int]) -> Result:
        etag = self.outbox.put_picture(key, file, got.content_type)
        width, height = size
        return Result(
            bucket=self.outbox.bucket,
            key=key,
            etag=etag,
            bytes=got.size_bytes,
            width=width,
            height=height,
            content_type=got.content_type,
        )


def _size_of(picture: BinaryIO) -> tuple[int, int] | None:
    """Width and height in pixels; None when the header cannot be read."""
    picture.seek(0)
    try:
        width, height = imagesize.get(picture)
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None


def fresh_look(
    function: str, functions: "LambdaClient", logger: Logger, state: Mapping[str, Any]
) -> Outcome | None:
    """Has poll look once more, as finalize has no key: its outcome that ends the wait, or None when it has none."""
    try:
        answer = functions.invoke(FunctionName=function, Payload=json.dumps(state).encode())
        said = json.loads(answer["Payload"].read())
    except (ClientError, BotoCoreError, ValueError) as error:
        logger.warning("poll was not reached", extra={"reason": type(error).__name__})
        return None
    if answer.get("FunctionError"):
        logger.warning("poll broke")  # and has its own log
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
