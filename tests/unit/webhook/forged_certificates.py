"""Forgeries with their own certificate: at another address, or at the right address."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from signer.authority import Issued
from tests.unit.webhook.delivery import (
    CERTIFICATE_URL,
    HOST,
    NOW,
    VALID,
    Delivery,
    amazon,
    forged_certificate,
    forger,
)
from tests.unit.webhook.forgery import Forge, Forgeries, Guard, guard

FORGERIES = Forgeries()

_FILE = CERTIFICATE_URL.removeprefix(HOST)
_SOMEWHERE = "{re.escape(self.host)}/Simple"
ANY_SNS_HOST = guard("topic.py", _SOMEWHERE, r"sns\.[a-zA-Z0-9-]{{3,}}\.amazonaws\.com(\.cn)?/Simple")
UNESCAPED = guard("topic.py", _SOMEWHERE, "{self.host}/Simple")
HOST_AS_PREFIX = guard("topic.py", _SOMEWHERE, "{re.escape(self.host)}[^/]*/Simple")
USER_BEFORE_HOST = guard("topic.py", _SOMEWHERE, "([^/]*@)?{re.escape(self.host)}/Simple")
PLAIN_HTTP = guard("topic.py", 'rf"https://', 'rf"https?://')
ANY_FILE = guard("topic.py", r"SimpleNotificationService-[0-9A-Za-z]{{1,64}}\.pem", r"\S+")
END_OR_NEWLINE = guard("topic.py", "re.fullmatch(pattern, url)", 're.match(f"{pattern}$", url)')
NO_END = guard("topic.py", "re.fullmatch(pattern, url)", "re.match(pattern, url)")
NO_BEGINNING = guard("topic.py", "re.fullmatch(pattern, url)", "re.search(pattern, url)")

NAMES = guard("certificates.py", "if not names:", "if False:")
NOT_BEFORE = guard("certificates.py", "leaf.not_valid_before_utc <= now <=", "now <=")
NOT_AFTER = guard("certificates.py", "<= now <= leaf.not_valid_after_utc", "<= now")
NO_AUTHORITY = guard("certificates.py", "if _is_authority(leaf):", "if False:")
KEY_USAGE = guard("certificates.py", "if not _may_sign(leaf):", "if False:")
KEY_SIZE = guard("certificates.py", " or key.key_size not in _KEY_BITS", "")
CHAIN = guard("certificates.py", "    if roots:\n", "    if False:\n")

_ADDRESSES: dict[str, tuple[str, Guard]] = {
    "plain_http": (CERTIFICATE_URL.replace("https:", "http:"), PLAIN_HTTP),
    "a_bucket_named_sns": (f"https://sns.s3-us-east-1.amazonaws.com{_FILE}", ANY_SNS_HOST),
    "another_region": (f"https://sns.eu-west-1.amazonaws.com{_FILE}", ANY_SNS_HOST),
    "another_partition": (f"https://sns.us-east-1.amazonaws.com.cn{_FILE}", ANY_SNS_HOST),
    "a_lookalike_of_the_dots": (f"https://sns.us-east-1-amazonaws.com{_FILE}", UNESCAPED),
    "the_host_as_a_subdomain": (f"{HOST}.evil.example{_FILE}", HOST_AS_PREFIX),
    "the_host_as_a_user_name": (f"{HOST}@evil.example{_FILE}", HOST_AS_PREFIX),
    "a_user_name": (f"https://user:pw@{HOST.removeprefix('https://')}{_FILE}", USER_BEFORE_HOST),
    "another_port": (f"{HOST}:8443{_FILE}", HOST_AS_PREFIX),
    "another_file": (f"{HOST}/evil.pem", ANY_FILE),
    "the_answer_of_an_api_call": (f"{HOST}/?Action=GetTopicAttributes&x={_FILE}", ANY_FILE),
    "a_way_up_the_path": (f"{HOST}/SimpleNotificationService-0/../evil.pem", ANY_FILE),
    "a_trailing_newline": (f"{CERTIFICATE_URL}\n", END_OR_NEWLINE),
    "a_query": (f"{CERTIFICATE_URL}?versionId=2", NO_END),
    "a_fragment": (f"{CERTIFICATE_URL}#x", NO_END),
    "more_path": (f"{CERTIFICATE_URL}/evil.pem", NO_END),
    "another_host_in_front": (f"https://evil.example/?{CERTIFICATE_URL}", NO_BEGINNING),
    "a_space_in_front": (f" {CERTIFICATE_URL}", NO_BEGINNING),
}


def _at(url: str, name: str) -> Forge:
    def forge(delivery: Delivery) -> None:
        delivery.fields["SigningCertURL"] = url
        delivery.by_the_forger()

    forge.__name__ = f"the_certificate_is_at_{name}"
    return forge


for _name, (_url, _guard) in _ADDRESSES.items():
    FORGERIES.refused_as("untrusted_certificate", _guard)(_at(_url, _name))


def _certificate(guard: Guard) -> Callable[[Callable[[], Issued]], Callable[[], Issued]]:
    """Sign with this certificate's key, and serve the certificate at SNS's host."""

    def register(make: Callable[[], Issued]) -> Callable[[], Issued]:
        made = cache(make)

        def forge(delivery: Delivery) -> None:
            issued = made()
            delivery.key, delivery.certificate = issued.key, issued.pem
            delivery.signed()

        forge.__name__ = make.__name__
        FORGERIES.refused_as("untrusted_certificate", guard)(forge)
        return make

    return register


@_certificate(NAMES)
def the_certificate_is_a_web_sites() -> Issued:
    return amazon().issue(["evil.example"], span=VALID)


@_certificate(NAMES)
def the_certificates_name_only_begins_like_snss() -> Issued:
    return amazon().issue(["sns.amazonaws.com.evil.example"], span=VALID)


@_certificate(NAMES)
def the_certificates_name_only_ends_like_snss() -> Issued:
    return amazon().issue(["my-sns.amazonaws.com"], span=VALID)


@_certificate(NAMES)
def the_certificate_is_a_buckets() -> Issued:
    return amazon().issue(["*.s3.amazonaws.com", "*.amazonaws.com"], span=VALID)


@_certificate(NAMES)
def the_certificate_is_of_another_regions_sns() -> Issued:
    return amazon().issue(["sns-signing.af-south-1.amazonaws.com"], span=VALID)


@_certificate(NAMES)
def the_certificate_is_named_after_sns_in_its_subject_only() -> Issued:
    return amazon().issue(["evil.example"], span=VALID, common_name="sns.amazonaws.com")


@_certificate(NOT_AFTER)
def the_certificate_has_expired() -> Issued:
    return amazon().issue(["sns.amazonaws.com"], span=(VALID[0], NOW - timedelta(seconds=1)))


@_certificate(NOT_BEFORE)
def the_certificate_is_not_valid_yet() -> Issued:
    return amazon().issue(["sns.amazonaws.com"], span=(NOW + timedelta(seconds=1), VALID[1]))


@_certificate(NO_AUTHORITY)
def the_certificate_is_an_authoritys() -> Issued:
    return amazon().issue(["sns.amazonaws.com"], VALID, "below", authority=True, signs=True)


@_certificate(KEY_USAGE)
def the_certificates_key_is_not_for_signatures() -> Issued:
    return amazon().issue(["sns.amazonaws.com"], VALID, signs=False)


@_certificate(KEY_SIZE)
def the_key_is_short_enough_to_be_broken() -> Issued:
    return amazon().issue(["sns.amazonaws.com"], VALID, key_bits=1024)


def _with_roots(delivery: Delivery, leaf: Issued, *above: Issued) -> None:
    delivery.options["roots"] = [amazon().certificate]
    delivery.key, delivery.certificate = leaf.key, b"".join(one.pem for one in (leaf, *above))
    delivery.signed()


@FORGERIES.refused_as("untrusted_certificate", CHAIN)
def the_chain_ends_at_the_forgers_root(delivery: Delivery) -> None:
    _with_roots(delivery, forged_certificate(), forger())


@FORGERIES.refused_as("untrusted_certificate", CHAIN)
def the_chain_contains_the_true_root_but_does_not_end_there(delivery: Delivery) -> None:
    _with_roots(delivery, forged_certificate(), amazon())


@FORGERIES.refused_as("untrusted_certificate", CHAIN)
def the_chain_has_the_certificate_of_a_web_site(delivery: Delivery) -> None:
    site = amazon().issue(["evil.example"], span=VALID)
    _with_roots(delivery, site.issue(["sns.amazonaws.com"], span=VALID), site)


@FORGERIES.refused_as("untrusted_certificate", CHAIN)
def the_chain_has_an_expired_authority(delivery: Delivery) -> None:
    below = amazon().issue([], (VALID[0], NOW - timedelta(seconds=1)), "below", authority=True)
    _with_roots(delivery, below.issue(["sns.amazonaws.com"], span=VALID), below)
