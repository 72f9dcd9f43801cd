"""Everything that listens while depthdrop is used on one machine, and what it keeps, as its owner sees it."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from depthdrop_cli.stack.local_stack import LocalAddress
from local.fake_upstream.admin import TOKEN_HEADER
from tests.system.e2e.strangers.attack import SNS_HOST, Answer, Port, Request, get
from tests.system.e2e.strangers.signing import signed
from tests.system.e2e.strangers.state import state_of
from tests.system.e2e.strangers.wire import sent

if TYPE_CHECKING:
    import subprocess


@dataclass
class Place:
    """`ports` by what listens there, `names` for templates, `secrets` that no stranger may read."""

    folder: Path
    address: LocalAddress
    known: Mapping[str, str]
    authority: str
    delivered: list[bytes]
    processes: Mapping[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    ports: dict[Port, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.address.endpoint,
            region_name=self.address.region,
            aws_access_key_id=self.address.access_key,
            aws_secret_access_key=self.address.secret_key,
            config=Config(signature_version="s3v4") if service == "s3" else None,
        )

    def ask(self, port: Port, request: Request) -> Answer:
        """Send it with its templates filled in and its signature made."""
        names = {**self.names, "port": str(self.ports[port])}
        tls = ssl.create_default_context(cafile=self.authority) if port == "sns" else None
        return sent(self.ports[port], filled(request, names), tls, SNS_HOST)

    def changes(self) -> list[str]:
        """What is not as it was at the last look, in words."""
        before, self.seen = self.seen, self.look()
        return sorted(
            f"{name}: {before.get(name, 'nothing')} became {self.seen.get(name, 'nothing')}"
            for name in before.keys() | self.seen.keys()
            if before.get(name) != self.seen.get(name)
        )

    def look(self) -> dict[str, str]:
        books = [("ledger", "charges"), ("faults", "faults"), ("state", "settings"), ("state", "tasks")]
        asked = {path: self.admin(path) for path in {path for path, _ in books}}
        return {
            **state_of(self.client),
            **{f"upstream {what}": json.dumps(asked[path].get(what, asked[path])) for path, what in books},
            "upstream takes its key": str(self.ask("upstream", _WITH_KEY).status == 404),
            "delivered": str(len(self.delivered)),
            "drafts": str(sorted(path.name for path in self.folder.rglob("draft-*"))),
        }

    def admin(self, path: str) -> dict[str, Any]:
        """With the token, as the owner may."""
        answer = self.ask("upstream", get(f"/admin/{path}", (TOKEN_HEADER, "$admin_token")))
        assert answer.status == 200, answer
        found: dict[str, Any] = json.loads(body_of(answer))
        return found

    def read_of(self, answer: Answer) -> list[str]:
        """Which secrets are in an answer."""
        return [name for name, secret in self.secrets.items() if secret.encode() in answer.raw]


_WITH_KEY = get("/flux/v1/get_result?id=none", ("Authorization", "Bearer $upstream_key"))


def filled(request: Request, names: Mapping[str, str]) -> Request:
    def fill(text: str) -> str:
        return Template(text).substitute(names)

    how = request.signed
    request = request.but(
        target=fill(request.target),
        headers=tuple((fill(name), fill(value)) for name, value in request.headers),
        body=fill(request.body),
        host=None if request.host is None else fill(request.host),
    )
    if how is None:
        return request
    how = replace(
        how,
        key_id=fill(how.key_id),
        secret=fill(how.secret),
        token=fill(how.token),
        target=fill(how.target),
        host=fill(how.host),
        body=None if how.body is None else fill(how.body),
        headers=tuple((name, fill(value)) for name, value in how.headers),
    )
    return signed(request, how)


def body_of(answer: Answer) -> bytes:
    return answer.raw.partition(b"\r\n\r\n")[2]
