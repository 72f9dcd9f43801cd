"""The same requests made properly: each port answers its owner, so a refusal is not that of a closed port."""

from tests.system.e2e.strangers.at_names import PROPER
from tests.system.e2e.strangers.attack import SIMPLE_FORM, SNS_HOST, Control, Request, Signed, get

_JSON = ("Content-Type", "application/x-amz-json-1.1")
_QUEUES = PROPER["emulator"]
_CROSS = (("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image"))

READING: list[Control] = [
    Control("a form, signed", "emulator", _QUEUES.but(signed=Signed(service="sqs")), has="belongings"),
    Control(
        "by localhost",
        "emulator",
        _QUEUES.but(host="localhost:$port", signed=Signed(service="sqs")),
        has="belongings",
    ),
    Control("over HTTP/2", "emulator", _QUEUES.but(is_http2=True, signed=Signed(service="sqs")), has="belongings"),
    Control(
        "a signature of 14 minutes ago", "emulator", _QUEUES.but(signed=Signed(service="sqs", age_seconds=840))
    ),
    Control("an object", "emulator", get("/$bucket/$object").but(signed=Signed()), has="what-only-its-owner-reads"),
    Control(
        "an object by a link",
        "emulator",
        get("/$bucket/$object").but(signed=Signed(in_query=True)),
        has="what-only",
    ),
    Control("the page's link", "emulator", get("$link"), has="JFIF"),
    Control("the page's link in another site's <img>", "emulator", get("$link", *_CROSS), has="cross-origin"),
    Control("the page's link by HEAD", "emulator", Request("HEAD", "$head_link"), has="etag"),
    Control(
        "the upstream's key",
        "emulator",
        Request("POST", "/", (_JSON,), '{"SecretId": "$secret_id"}').but(
            signed=Signed(service="secretsmanager", headers=(("X-Amz-Target", "secretsmanager.GetSecretValue"),))
        ),
        has="SecretString",
    ),
    Control(
        "health with the token",
        "emulator",
        get("/_ministack/health", ("X-Depthdrop-Proof", "$health_proof")),
        has="services",
    ),
    Control("the state with the token", "upstream", PROPER["upstream"], has="settings"),
    Control(
        "a task with the key",
        "upstream",
        get("/flux/v1/get_result?id=none", ("Authorization", "Bearer $upstream_key")),
        404,
    ),
    Control("a link", "delivery", PROPER["delivery"]),
    Control("a link in another site's <img>", "delivery", get("$sample", *_CROSS)),
    Control(
        "the certificate",
        "sns",
        get("/SimpleNotificationService-10ca1000000000000000000000000000.pem").but(host=SNS_HOST),
        has="BEGIN CERTIFICATE",
    ),
    Control("the list", "page", PROPER["page"], has="depthdrop"),
    Control("the list by its address", "page", get("$page_open"), has="refresh"),
    Control("the list", "gallery", PROPER["gallery"], has="depthdrop"),
]
# These change what is kept, so they come last.
CHANGING: list[Control] = [
    Control(
        "a queue, signed",
        "emulator",
        Request("POST", "/", (SIMPLE_FORM,), "Action=CreateQueue&QueueName=mine&Version=2012-11-05").but(
            signed=Signed(service="sqs")
        ),
        has="mine",
    ),
    Control("an upload, signed", "emulator", Request("PUT", "/$bucket/mine", (), "x").but(signed=Signed())),
    Control("a notice", "deliveries", PROPER["deliveries"], has="taken"),
    Control(
        "a confirmation",
        "sns",
        get("/?Action=ConfirmSubscription&TopicArn=$topic_arn&Token=$confirmation_token").but(host=SNS_HOST),
        has="arn:aws:sns",
    ),
    Control(
        "a draft",
        "page",
        Request(
            "POST",
            "$page_root/drafts",
            (
                ("Cookie", "$page_cookie"),
                ("Origin", "http://127.0.0.1:$port"),
                ("X-Depthdrop-Token", "$page_token"),
            ),
        ),
        201,
        "draft",
    ),
    Control(
        "a reset with the token",
        "upstream",
        Request("POST", "/admin/reset", (("X-Fake-Upstream-Token", "$admin_token"),)),
        204,
    ),
    Control(
        "a reset with the token",
        "emulator",
        Request("POST", "/_ministack/reset", (("X-Depthdrop-Proof", "$reset_proof"),)),
        has="ok",
    ),
]
