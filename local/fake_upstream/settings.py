"""The settings of the fake upstream.

Defaults are CometAPI's published figures (24 active tasks, links of about ten minutes: contract, grade C and S), or
assumptions where nothing is published (the spread of the latency: grade I).
"""

import secrets
from decimal import Decimal
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

LOOPBACK = "127.0.0.1"


class Tuning(BaseModel):
    """The settings that `POST /admin/settings` may change while the server runs."""

    model_config = ConfigDict(extra="forbid")

    median: float = Field(default=15.0, gt=0, description="median latency of a task, in simulated seconds")
    mean: float = Field(default=19.0, gt=0, description="mean latency of a task, in simulated seconds")
    speed: float = Field(default=1.0, gt=0, description="divides every simulated time")
    active_cap: int = Field(default=24, ge=0, description="active tasks before a 429")
    link_seconds: float = Field(default=600.0, gt=0, description="life of a sample link, in simulated seconds")
    withdrawn: frozenset[str] = Field(default=frozenset(), description="models answered with 404")
    balance: Decimal | None = Field(default=None, ge=0, description="credit in USD; None is endless")
    fresh_links: bool = Field(default=True, description="a poll after a link expired gives a new one")

    @model_validator(mode="after")
    def _a_lognormal_mean_is_not_below_its_median(self) -> Self:
        if self.mean < self.median:
            raise ValueError("mean must not be below median: a lognormal distribution is skewed to the right")
        return self


class Settings(Tuning):
    """All settings of `FakeUpstream` and the command line."""

    key: SecretStr = Field(default_factory=lambda: SecretStr(secrets.token_urlsafe(24)), min_length=1)
    port: int = Field(default=0, ge=0, le=65535, description="0 lets the system choose")
    delivery_port: int = Field(default=0, ge=0, le=65535, description="0 lets the system choose")
    random_seed: int | None = Field(default=None, description="makes the latencies repeatable")
    ledger_path: Path | None = Field(default=None, description="append each charge to this JSONL file")
    # One picture of 20 MiB of base64 text fits, with its JSON; two do not.
    max_body_bytes: int = Field(default=32 * 1024 * 1024, gt=0)
    extra_hosts: frozenset[str] = Field(
        default=frozenset(), description="names besides loopback under which clients reach both ports"
    )
