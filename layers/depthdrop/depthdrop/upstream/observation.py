"""What was seen of one HTTP exchange, before anyone judges it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """How an exchange ended without a whole answer."""

    NEVER_CONNECTED = "never_connected"  # DNS, refused, TLS, connect timeout: no byte of the request left
    LOST = "lost"  # timeout, reset or a broken answer after the request started


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No complete answer. `detail` is a class name, never text from outside."""

    trouble: Trouble
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer with its capped body. Header names are lower case."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Observation = Answer | NoAnswer
