"""SNS's signature over a message, by the Developer Guide and not by the code that verifies it."""

import base64
from collections.abc import Mapping
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Version = Literal["1", "2"]


def signature(fields: Mapping[str, str], key: RSAPrivateKey, version: Version) -> str:
    if fields["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303  # what SNS calls version 1
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), digest)).decode("ascii")


def signed_again(message: Mapping[str, str], key: RSAPrivateKey, host: str, file: str) -> dict[str, str]:
    """An emulator's message as SNS at `host` would have sent it: its signature, certificate `file` and link."""
    fields = dict(message)
    if "Token" in fields:
        query = f"Action=ConfirmSubscription&TopicArn={fields['TopicArn']}&Token={fields['Token']}"
        fields["SubscribeURL"] = f"https://{host}/?{query}"
    return {
        **fields,
        "SignatureVersion": "2",
        "Signature": signature(fields, key, "2"),
        "SigningCertURL": f"https://{host}/{file}",
    }
