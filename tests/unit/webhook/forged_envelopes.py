"""Forgeries in the encoding of a message, and in its link."""

import json

from tests.unit.webhook.delivery import HOST, TOKEN, TOPIC, Delivery, message, subscribe_url
from tests.unit.webhook.forgery import Forge, Forgeries, guard

FORGERIES = Forgeries()

ONCE = guard("strict_json.py", "if len(found) != len(pairs):", "if False:")
UTF_8 = guard("strict_json.py", 'text.decode("utf-8") if isinstance(text, bytes) else text', "text")
CONSTANTS = guard("strict_json.py", ", parse_constant=_no_constant", "")
SIZE = guard("envelope.py", "if len(body) > max_bytes:", "if False:")
TEXT = guard("envelope.py", "    value = fields.get(name)\n", "    value = str(fields.get(name))\n")
LINK = guard(
    "verifier.py", 'if not self._topic.is_subscribe_url(values["SubscribeURL"], values["Token"]):', "if False:"
)
LINK_SCHEME = guard("topic.py", 'rf"https://', 'rf"https?://', after="def is_subscribe_url")
LINK_HOST = guard("topic.py", "{re.escape(self.host)}", r"sns\.[a-z0-9.-]+", after="def is_subscribe_url")
LINK_REST = guard("topic.py", "sorted(query) == sorted(", "set(query) >= set(", after="def is_subscribe_url")


@FORGERIES.refused_as("malformed", ONCE)
def a_second_message_is_before_the_signed_one(delivery: Delivery) -> None:
    evil = json.dumps({"Message": "evil"})
    delivery.body = (evil[:-1] + ", " + json.dumps(delivery.fields)[1:]).encode()


@FORGERIES.refused_as("malformed", ONCE)
def a_second_topic_hides_in_an_escape(delivery: Delivery) -> None:
    delivery.body = json.dumps(delivery.fields).replace("{", r'{"Topic\u0041rn": "evil", ', 1).encode()


@FORGERIES.refused_as("malformed", UTF_8)
def the_body_is_in_an_encoding_that_a_filter_cannot_read(delivery: Delivery) -> None:
    delivery.body = json.dumps(delivery.fields).encode("utf-16")


@FORGERIES.refused_as("malformed", CONSTANTS)
def the_body_is_json_only_to_some_parsers(delivery: Delivery) -> None:
    delivery.fields["Extra"] = float("nan")


@FORGERIES.refused_as("malformed", SIZE)
def the_body_is_larger_than_sns_makes_any(delivery: Delivery) -> None:
    delivery.fields["Padding"] = "x" * 1024 * 1024


@FORGERIES.refused_as("malformed", TEXT)
def a_field_is_a_number_that_reads_like_the_signed_text(delivery: Delivery) -> None:
    delivery.fields["SignatureVersion"] = 2


@FORGERIES.refused_as("malformed", TEXT)
def a_field_is_null_where_its_text_was_signed(delivery: Delivery) -> None:
    delivery.fields["Subject"] = "None"
    delivery.signed()
    delivery.fields["Subject"] = None


_LINKS = {
    "leads_to_another_host": (subscribe_url("https://evil.example"), LINK),
    "leads_to_another_region": (subscribe_url("https://sns.eu-west-1.amazonaws.com"), LINK_HOST),
    "leads_to_a_bucket_named_sns": (subscribe_url("https://sns.s3.amazonaws.com"), LINK_HOST),
    "leads_to_this_network": (subscribe_url("https://169.254.169.254"), LINK),
    "is_not_encrypted": (subscribe_url(HOST.replace("https", "http")), LINK_SCHEME),
    "has_another_port": (subscribe_url(f"{HOST}:22"), LINK),
    "has_a_user_name": (subscribe_url("https://user@sns.us-east-1.amazonaws.com"), LINK),
    "does_something_else": (subscribe_url(action="DeleteTopic"), LINK),
    "subscribes_to_another_topic": (subscribe_url(topic=f"{TOPIC}-2"), LINK),
    "has_another_token": (subscribe_url().replace(TOKEN, "f" * 64), LINK),
    "does_more_than_confirm": (subscribe_url(more="&AuthenticateOnUnsubscribe=true"), LINK_REST),
    "names_two_topics": (subscribe_url(more=f"&TopicArn={TOPIC}-2"), LINK_REST),
}


def _with_link(url: str, name: str) -> Forge:
    def forge(delivery: Delivery) -> None:
        """The signature is valid: the link is refused even if SNS itself signed it."""
        delivery.fields = message("SubscriptionConfirmation") | {"SubscribeURL": url}
        delivery.signed()

    forge.__name__ = f"the_link_{name}"
    return forge


for _name, (_url, _guard) in _LINKS.items():
    FORGERIES.refused_as("malformed", _guard)(_with_link(_url, _name))
