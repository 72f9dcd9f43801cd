"""Requests to the emulator that are signed with what everybody knows, or with less than it takes."""

from tests.system.e2e.strangers.attack import SIMPLE_FORM, Attack, Request, Signed, attacks, get

_JSON = ("Content-Type", "application/x-amz-json-1.1")
_TARGET = ("X-Amz-Target", "secretsmanager.GetSecretValue")
_KEY_OF_UPSTREAM = Request("POST", "/", (_JSON, _TARGET), '{"SecretId": "$secret_id"}')
_MAKE_QUEUE = Request("POST", "/", (SIMPLE_FORM,), "Action=CreateQueue&QueueName=planted&Version=2012-11-05")
_LETTER = get("/$bucket/$object")
_OVERWRITE = Request("PUT", "/$bucket/$object", (), "x")
_QUERY_OF_QUEUE = get("/?Action=CreateQueue&QueueName=planted&Version=2012-11-05")
_ZERO = "0" * 64


def _with(how: Signed) -> dict[str, Request]:
    """The same key asks three services."""
    manager = Signed(how.key_id, how.secret, how.token, "secretsmanager")
    return {
        "reads an object": _LETTER.but(signed=how),
        "reads the upstream's key": _KEY_OF_UPSTREAM.but(signed=manager),
        "makes a queue": _MAKE_QUEUE.but(signed=Signed(how.key_id, how.secret, how.token, "sqs")),
    }


def _named(who: str, requests: dict[str, Request]) -> dict[str, Request]:
    return {f"{who} {what}": request for what, request in requests.items()}


_KNOWN = {
    "the key test": Signed("test", "test"),
    "a key of 12 digits": Signed("$account", "test"),
    "an empty key": Signed("", ""),
    "an empty key with the secret test": Signed("", "test"),
    "a link's key with the secret test": Signed("$key_id", "test"),
    "a link's key with an empty secret": Signed("$key_id", ""),
    "a link's key as its own secret": Signed("$key_id", "$key_id"),
    "a key that nobody has": Signed("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
}
_ROLES = {
    f"what the name of {word} says": Signed(f"${word}_key_id", f"${word}_secret", f"${word}_token")
    for word in ("submit", "poll", "finalize", "sweep")
}
_WITHOUT_TOKEN = {
    f"what the name of {word} says, without a token,": Signed(f"${word}_key_id", f"${word}_secret")
    for word in ("submit", "poll", "finalize", "sweep")
}
_KEYS = {
    name: request
    for who, how in {**_KNOWN, **_ROLES, **_WITHOUT_TOKEN}.items()
    for name, request in _named(who, _with(how)).items()
}

_IN_QUERY = {
    f"{who} {what} by its query": request.but(signed=Signed(how.key_id, how.secret, in_query=True, service=service))
    for who, how in _KNOWN.items()
    for what, request, service in (("reads an object", _LETTER, "s3"), ("makes a queue", _QUERY_OF_QUEUE, "sqs"))
}


def _authorized(value: str, *more: tuple[str, str]) -> Request:
    return _LETTER.adding(("Authorization", value), *more)


_SCOPE = "$key_id/20260101/us-east-1/s3/aws4_request"
_V2 = "AWSAccessKeyId=$key_id&Signature=eA%3D%3D&Expires=9999999999"
# A header or a query that looks like a signature.
_LOOKS = {
    "a signature of zeros": _authorized(
        f"AWS4-HMAC-SHA256 Credential={_SCOPE}, SignedHeaders=host, Signature={_ZERO}"
    ),
    "a signature of nothing": _authorized(f"AWS4-HMAC-SHA256 Credential={_SCOPE}, SignedHeaders=host, Signature="),
    "a key alone": _authorized(f"AWS4-HMAC-SHA256 Credential={_SCOPE}"),
    "a signature over no header": _authorized(
        f"AWS4-HMAC-SHA256 Credential={_SCOPE}, SignedHeaders=, Signature={_ZERO}",
        ("X-Amz-Date", "20260101T000000Z"),
    ),
    "a signature of the asymmetric kind": _authorized(
        "AWS4-ECDSA-P256-SHA256 Credential=$key_id/20260101/s3/aws4_request, SignedHeaders=host, Signature=00",
        ("X-Amz-Region-Set", "*"),
        ("X-Amz-Date", "20260101T000000Z"),
    ),
    "a signature of the second kind": _authorized("AWS $key_id:eA=="),
    "a signature of the second kind in the query": get(f"/$bucket/$object?{_V2}"),
    "a bearer": _authorized("Bearer $key_id"),
    "a name and a password": _authorized("Basic dGVzdDp0ZXN0"),
    "a link without its date": get(f"/$bucket/$object?X-Amz-Credential={_SCOPE}&X-Amz-Signature={_ZERO}"),
    "a link's key alone": get("/$bucket/$object?X-Amz-Credential=$key_id"),
    "a genuine link's query before another object": get("/$bucket/$object?$link_query"),
    "a genuine link's query before a queue": get("/?Action=CreateQueue&QueueName=planted&$link_query"),
    "a genuine link's query before a control": get("/_ministack/health?$link_query"),
    "a genuine link's query on a form": _MAKE_QUEUE.but(target="/?$link_query"),
}

_MINE = Signed()
# Signed with this run's own key, which no stranger has, and then changed, as one would use one that was seen.
_CHANGED = {
    "signed 16 minutes ago": _MAKE_QUEUE.but(signed=Signed(service="sqs", age_seconds=16 * 60)),
    "signed in 16 minutes": _MAKE_QUEUE.but(signed=Signed(service="sqs", age_seconds=-16 * 60)),
    "a link that ran out": _LETTER.but(signed=Signed(in_query=True, age_seconds=120, expires=60)),
    "a link of no life": _LETTER.but(signed=Signed(in_query=True, expires=0)),
    "a link for ever": _LETTER.but(signed=Signed(in_query=True, expires=999_999)),
    "a link from tomorrow": _LETTER.but(signed=Signed(in_query=True, age_seconds=-86_400, expires=3600)),
    "a link to a queue": _QUERY_OF_QUEUE.but(signed=Signed(in_query=True, service="sqs")),
    "a form whose body was exchanged": _MAKE_QUEUE.but(
        signed=Signed(service="sqs", body="Action=ListQueues&Version=2012-11-05")
    ),
    "an upload whose body was exchanged": _OVERWRITE.but(signed=Signed(body="the owner's letter")),
    "a reading turned into a deletion": Request("DELETE", "/$bucket/$object").but(signed=Signed(method="GET")),
    "a reading turned into an upload": _OVERWRITE.but(signed=Signed(method="GET", body="")),
    "another object": _LETTER.but(signed=Signed(target="/$inbox/$picture")),
    "a query added": get("/$bucket?acl").but(signed=Signed(target="/$bucket")),
    "signed for another host": _LETTER.but(signed=Signed(host="s3.amazonaws.com")),
    "signed for another port": _LETTER.but(signed=Signed(host="127.0.0.1:1")),
    "signed, from a page": _LETTER.but(signed=_MINE).adding(("Origin", "http://evil.test")),
    "signed, from a page that hides its origin": _LETTER.but(signed=_MINE).adding(("Origin", "null")),
    "signed, from another site": _LETTER.but(signed=_MINE).adding(("Sec-Fetch-Site", "cross-site")),
    "signed, for a control": get("/_ministack/health").but(signed=_MINE),
    "signed, for a reset": Request("POST", "/_ministack/reset").but(signed=_MINE),
    "signed twice": _LETTER.but(signed=_MINE).adding(("Authorization", "AWS4-HMAC-SHA256 x")),
    "signed in header and query": get("/$bucket/$object?$link_query").but(signed=_MINE),
}

# A genuine link, as it is in the browser's history, and what it might be turned into.
_LINK = get("$link")
_LINKS = {
    "uploads": Request("PUT", "$link", (), "x"),
    "deletes": Request("DELETE", "$link"),
    "posts": Request("POST", "$link", (SIMPLE_FORM,), "Action=CreateQueue&QueueName=planted"),
    "copies": Request("PUT", "$link", (("X-Amz-Copy-Source", "/$bucket/$object"),)),
    "asks for another action": get("$link&Action=CreateQueue&QueueName=planted"),
    "asks for a list": get("$link&list-type=2"),
    "asks for its access": get("$link&acl"),
    "asks for another type": get("$link&response-content-type=text%2Fhtml"),
    "carries another token": get("$link&X-Amz-Security-Token=x"),
    "carries its signature twice": get("$link&X-Amz-Signature=$link_signature"),
    "carries its life twice": get("$link&X-Amz-Expires=9999"),
    "lives longer": get("$longer_link"),
    "leads to another object": get("/$bucket/$object?$link_query"),
    "leads up": get("/$inbox/../$bucket/$object?$link_query"),
    "leads up, encoded": get("/$inbox/%2e%2e/$bucket/$object?$link_query"),
    "leads to another object by its host": _LINK.but(host="$bucket.s3.localhost:$port"),
    "is fetched by a page": _LINK.adding(("Origin", "http://evil.test"), ("Sec-Fetch-Mode", "cors")),
    "is fetched by our page": _LINK.adding(
        ("Origin", "http://127.0.0.1:$page_port"), ("Sec-Fetch-Site", "same-site")
    ),
    "is fetched by a page without an origin": _LINK.adding(("Origin", "null")),
    "is asked for by a preflight": Request(
        "OPTIONS", "$link", (("Origin", "http://evil.test"), ("Access-Control-Request-Method", "GET"))
    ),
}

# It stays a link to one picture: what is added to it without a signature does nothing.
_USELESS = {
    "with the action of another service": _LINK.adding(_JSON, _TARGET),
    "with an action that needs no body": _LINK.adding(_JSON, ("X-Amz-Target", "secretsmanager.ListSecrets")),
    "with the action of a table": _LINK.adding(_JSON, ("X-Amz-Target", "DynamoDB_20120810.ListTables")),
    "with an action and a body": _LINK.adding(_JSON, _TARGET).but(body='{"SecretId": "$secret_id"}'),
    "with a source to copy": _LINK.adding(("X-Amz-Copy-Source", "/$bucket/$object")),
    "with another method": _LINK.adding(("X-HTTP-Method-Override", "DELETE"), ("X-Amz-Acl", "public-read-write")),
    "with another host behind it": _LINK.adding(("X-Forwarded-Host", "$bucket.s3.localhost")),
    "with another token": _LINK.adding(("X-Amz-Security-Token", "x"), ("X-Amz-Date", "20260101T000000Z")),
    "with a second request as its body": _LINK.but(
        body="POST /_ministack/reset HTTP/1.1\r\nHost: 127.0.0.1:$port\r\nContent-Length: 0\r\n\r\n"
    ),
    "with the run's own origin in a referrer": _LINK.adding(("Referer", "http://127.0.0.1:$page_port/")),
}

_UNSIGNED_PARTS = {
    "an action that was not signed": Request(
        "POST", "/", (_JSON, ("X-Amz-Target", "AmazonSQS.CreateQueue")), '{"QueueName": "planted"}'
    ).but(signed=Signed(service="sqs")),
    "a source to copy that was not signed": Request(
        "PUT", "/$inbox/planted.jpg", (("X-Amz-Copy-Source", "/$bucket/$object"),)
    ).but(signed=Signed(method="GET")),
}

SECTIONS: dict[str, list[Attack]] = {
    "keys that are none": attacks("emulator", _KEYS),
    "keys that are none, in the query": attacks("emulator", _IN_QUERY),
    "what looks like a signature": attacks("emulator", _LOOKS),
    "what was signed and then changed": attacks("emulator", _CHANGED),
    "what was signed in part": attacks("emulator", _UNSIGNED_PARTS, 403, 400),
    "a link, changed": attacks("emulator", {f"a link {name}": one for name, one in _LINKS.items()}),
    "a link with more": attacks(
        "emulator", {f"a link {name}": one for name, one in _USELESS.items()}, 200, 400, 403, shows="JFIF"
    ),
}
