"""The emulator behind its gate, asked by real clients: who may, still can, under every name that is allowed."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from depthdrop.environment import CONTAINER_HOST
from local.stack.emulator import REGION, Emulator, Keys

pytestmark = pytest.mark.sockets
BUCKET = "inbox"
PICTURE = b"a picture" * 100_000


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("gate"), {"AUTH": "true"}, containers=True) as running:
        s3 = running.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="a b/ü+%.jpg", Body=PICTURE)
        yield running


def _client(service: str, url: str, keys: Keys, token: str = "") -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=token,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4" if service == "s3" else None),
    )


def test_the_name_that_a_container_uses_leads_to_the_same_stack(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest: real("127.0.0.1" if host == CONTAINER_HOST else host, *rest)
    )
    url = f"http://{CONTAINER_HOST}:{emulator.port}"

    for keys, token in ((emulator.keys, ""), _role(emulator)):
        s3 = _client("s3", url, keys, token)
        assert s3.get_object(Bucket=BUCKET, Key="a b/ü+%.jpg")["Body"].read() == PICTURE
        assert httpx.get(_link(s3), trust_env=False, timeout=240).content == PICTURE


def _role(emulator: Emulator) -> tuple[Keys, str]:
    """Temporary credentials of a role that may read objects."""
    iam, sts = emulator.client("iam"), emulator.client("sts")
    principal = '"Principal":{"AWS":"*"},"Action":"sts:AssumeRole"'
    trust = f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{principal}}}]}}'
    reading = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="reading", PolicyDocument=reading)
    given = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return Keys(given["AccessKeyId"], given["SecretAccessKey"]), given["SessionToken"]


def _link(s3: Any) -> str:
    link: str = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a b/ü+%.jpg"})
    return link


def test_a_client_with_other_keys_reads_what_to_do(emulator: Emulator) -> None:
    asked = {
        "s3": "list_buckets",
        "sqs": "list_queues",
        "sns": "list_topics",
        "lambda": "list_functions",
        "cloudformation": "list_stacks",
    }
    for service, action in asked.items():
        for keys in (Keys("test", "test"), Keys("000000000000", "test"), Keys(emulator.keys.access_key, "test")):
            with pytest.raises(ClientError, match=r"AccessDenied.* sign with the keys that `make up` prints"):
                getattr(_client(service, emulator.url, keys), action)()


def test_a_large_object_comes_through_whole(emulator: Emulator) -> None:
    content = bytes(range(256)) * 80_000
    s3 = emulator.client("s3")

    s3.put_object(Bucket=BUCKET, Key="large", Body=content)

    found = s3.get_object(Bucket=BUCKET, Key="large")["Body"].read()
    assert hashlib.sha256(found).digest() == hashlib.sha256(content).digest()


class _Receiver(BaseHTTPRequestHandler):
    received: "SimpleQueue[bytes]"

    def do_POST(self) -> None:
        self.received.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_subscriber_confirms_by_the_address_that_it_was_sent(emulator: Emulator) -> None:
    _Receiver.received = SimpleQueue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        sns = emulator.client("sns")
        topic = sns.create_topic(Name="notices")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/")
        url = httpx.Response(200, content=_Receiver.received.get(timeout=240)).json()["SubscribeURL"]

        assert httpx.get(f"{url}0", trust_env=False, timeout=240).status_code == 400
        assert _is_pending(sns, topic)
        assert httpx.get(url, trust_env=False, timeout=240).status_code == 200
        assert not _is_pending(sns, topic)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _is_pending(sns: Any, topic: str) -> bool:
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    found = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
    return bool(found["PendingConfirmation"] == "true")


def test_the_log_has_no_secret(emulator: Emulator) -> None:
    said = emulator.log_path.read_text()

    assert said
    assert emulator.keys.secret_key not in said
    assert emulator._token not in said
