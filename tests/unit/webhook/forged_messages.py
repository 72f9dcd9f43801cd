"""Messages that were changed or mislabelled, of another topic or time, or repeated."""

from datetime import timedelta

from tests.unit.webhook.delivery import NOW, TOPIC, Delivery, forged_certificate, message
from tests.unit.webhook.forgery import Forgeries, guard

FORGERIES = Forgeries()

SIGNATURE = guard(
    "verifier.py", "        key.verify(signature, envelope.signed_text, PKCS1v15(), digest)\n", "        pass\n"
)
ALWAYS_SHA1 = guard("verifier.py", 'hashes.SHA256() if envelope.values["SignatureVersion"] == "2" else ', "")
ALWAYS_SHA256 = guard("verifier.py", "else hashes.SHA1()", "else hashes.SHA256()")
VERSION = guard("envelope.py", 'r"[12]"', 'r"[123]"')
STRENGTH = guard("verifier.py", "if self.require_sha256 and", "if False and")
SIGNATURE_FORM = guard("envelope.py", 'r"[0-9A-Za-z+/]{1,2048}={0,2}"', 'r"(?s).*"')
MESSAGE_ID = guard("envelope.py", 'r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"', 'r"(?s).*"')
SUBJECT = guard("envelope.py", r'r"[^\x00-\x1f\x7f]{0,256}"', 'r"(?s).*"')
TOPIC_ARN = guard("verifier.py", "if arn != self.topic_arn:", "if False:")
TOO_OLD = guard("verifier.py", "now - self.max_age <= envelope.timestamp <= now", "envelope.timestamp <= now")
TOO_EARLY = guard("verifier.py", "<= envelope.timestamp <= now + self.max_ahead", "<= envelope.timestamp")
REPEATED = guard("verifier.py", "if turn is Turn.DONE:", "if False:")
RAW = guard("verifier.py", "if not self.accept_raw:", "if False:")


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def the_message_was_changed(delivery: Delivery) -> None:
    delivery.fields["Message"] = delivery.fields["Message"].replace("succeeded", "failed")


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def one_space_was_added_to_the_message(delivery: Delivery) -> None:
    delivery.fields["Message"] += " "


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def the_subject_was_changed(delivery: Delivery) -> None:
    delivery.fields["Subject"] = "depthdrop: failed: temple.jpg"


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def the_subject_was_removed(delivery: Delivery) -> None:
    del delivery.fields["Subject"]


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def a_subject_was_added(delivery: Delivery) -> None:
    del delivery.fields["Subject"]
    delivery.signed()
    delivery.fields["Subject"] = "pay here"


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def an_old_message_was_given_a_new_time(delivery: Delivery) -> None:
    delivery.fields["Timestamp"] = "2026-04-01T00:00:00.000Z"
    delivery.signed()
    delivery.fields["Timestamp"] = "2026-05-01T11:59:59.123Z"


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def a_repeat_was_given_a_new_id(delivery: Delivery) -> None:
    delivery.earlier = [delivery.copy()]
    delivery.fields["MessageId"] = "00000000-0000-4000-8000-000000000000"


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def a_message_of_another_topic_was_given_this_topic(delivery: Delivery) -> None:
    delivery.fields["TopicArn"] = "arn:aws:sns:us-east-1:999999999999:mine"
    delivery.signed()
    delivery.fields["TopicArn"] = TOPIC


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def the_signature_is_of_another_message(delivery: Delivery) -> None:
    other = Delivery(message(message_id="00000000-0000-4000-8000-000000000000")).signed()
    delivery.fields["Signature"] = other.fields["Signature"]


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def another_key_signed_under_the_genuine_certificate(delivery: Delivery) -> None:
    delivery.key = forged_certificate().key
    delivery.signed()


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def the_signature_is_the_emulators_placeholder(delivery: Delivery) -> None:
    delivery.fields["Signature"] = "FAKE"


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def the_end_of_a_subscription_was_made_into_its_beginning(delivery: Delivery) -> None:
    delivery.fields = message("UnsubscribeConfirmation")
    delivery.signed()
    delivery.fields["Type"] = "SubscriptionConfirmation"


@FORGERIES.refused_as("bad_signature", SIGNATURE)
def the_token_was_exchanged(delivery: Delivery) -> None:
    delivery.fields = message("SubscriptionConfirmation")
    delivery.signed()
    token = delivery.fields["Token"]
    delivery.fields["SubscribeURL"] = delivery.fields["SubscribeURL"].replace(token, "abc")
    delivery.fields["Token"] = "abc"


@FORGERIES.refused_as("bad_signature", ALWAYS_SHA1)
def a_sha1_signature_is_called_version_2(delivery: Delivery) -> None:
    delivery.signed("1")


@FORGERIES.refused_as("bad_signature", ALWAYS_SHA256)
def a_sha256_signature_is_called_version_1(delivery: Delivery) -> None:
    delivery.signed("2")
    delivery.fields["SignatureVersion"] = "1"


@FORGERIES.refused_as("malformed", VERSION)
def the_signature_has_a_version_that_sns_does_not_have(delivery: Delivery) -> None:
    delivery.signed("1")
    delivery.fields["SignatureVersion"] = "3"


@FORGERIES.refused_as("weak_signature", STRENGTH)
def sha1_was_used_where_sha256_is_required(delivery: Delivery) -> None:
    delivery.options["require_sha256"] = True
    delivery.fields["SignatureVersion"] = "1"
    delivery.signed()


@FORGERIES.refused_as("malformed", SIGNATURE_FORM)
def the_signature_contains_other_characters(delivery: Delivery) -> None:
    plain = delivery.fields["Signature"]
    delivery.fields["Signature"] = f"{plain[:8]}\n!{plain[8:]}"


@FORGERIES.refused_as("malformed", MESSAGE_ID)
def the_message_id_contains_the_subject(delivery: Delivery) -> None:
    """The signature is valid: the signed text is the same, but the id is new."""
    delivery.earlier = [delivery.copy()]
    delivery.fields["MessageId"] += f"\nSubject\n{delivery.fields.pop('Subject')}"


@FORGERIES.refused_as("malformed", SUBJECT)
def the_subject_contains_the_true_message_id(delivery: Delivery) -> None:
    """The signature is valid: the sender of a part of the message chose lines that look like fields."""
    true, chosen = delivery.fields["MessageId"], "00000000-0000-4000-8000-000000000000"
    del delivery.fields["Subject"]
    delivery.fields["Message"] = f"evil\nMessageId\n{chosen}\nSubject\nx"
    delivery.signed()
    delivery.fields |= {"Message": "evil", "MessageId": chosen, "Subject": f"x\nMessageId\n{true}"}


@FORGERIES.refused_as("wrong_topic", TOPIC_ARN)
def sns_sent_it_for_the_forgers_own_topic(delivery: Delivery) -> None:
    delivery.fields["TopicArn"] = "arn:aws:sns:us-east-1:999999999999:depthdrop-notices"
    delivery.signed()


@FORGERIES.refused_as(
    "wrong_topic", guard("verifier.py", "arn != self.topic_arn", "not arn.startswith(self.topic_arn)")
)
def the_topic_begins_like_the_expected_one(delivery: Delivery) -> None:
    delivery.fields["TopicArn"] = f"{TOPIC}-2"
    delivery.signed()


@FORGERIES.refused_as("wrong_topic", guard("verifier.py", "arn != self.topic_arn", "arn.lower() != self.topic_arn"))
def the_topic_is_the_expected_one_in_capitals(delivery: Delivery) -> None:
    delivery.fields["TopicArn"] = TOPIC.replace("depthdrop", "DEPTHDROP")
    delivery.signed()


@FORGERIES.refused_as("outside_window", TOO_OLD)
def a_genuine_message_comes_a_day_late(delivery: Delivery) -> None:
    delivery.now = NOW + timedelta(days=1)


@FORGERIES.refused_as("outside_window", TOO_EARLY)
def a_genuine_message_comes_from_the_future(delivery: Delivery) -> None:
    delivery.now = NOW - timedelta(minutes=6)


@FORGERIES.refused_as("repeated", REPEATED)
def a_genuine_message_comes_twice(delivery: Delivery) -> None:
    delivery.earlier = [delivery.copy()]


@FORGERIES.refused_as("repeated", REPEATED)
def a_repeat_is_changed_in_a_field_that_is_not_signed(delivery: Delivery) -> None:
    delivery.earlier = [delivery.copy()]
    delivery.fields |= {"MessageAttributes": {"type": {"Type": "String", "Value": "new"}}, "UnsubscribeURL": "x"}


@FORGERIES.refused_as("unsigned", RAW)
def it_is_raw_and_so_has_no_signature(delivery: Delivery) -> None:
    delivery.body = delivery.fields["Message"].encode()
    delivery.headers = {
        "X-Amz-Sns-Rawdelivery": "true",
        "X-Amz-Sns-Topic-Arn": TOPIC,
        "X-Amz-Sns-Message-Id": delivery.fields["MessageId"],
    }


@FORGERIES.refused_as(
    "wrong_topic", guard("verifier.py", 'headers.get("x-amz-sns-topic-arn", "")', "self.topic_arn")
)
def it_is_raw_and_allowed_but_of_another_topic(delivery: Delivery) -> None:
    it_is_raw_and_so_has_no_signature(delivery)
    delivery.options["accept_raw"] = True
    delivery.headers["X-Amz-Sns-Topic-Arn"] = f"{TOPIC}-2"
