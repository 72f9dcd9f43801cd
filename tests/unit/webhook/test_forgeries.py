"""Every forgery is refused, and by the guard that is meant to refuse it."""

import hashlib
import traceback
from pathlib import Path
from types import ModuleType

import pytest

import depthdrop_webhook as webhook
from tests.unit.webhook import forged_certificates, forged_envelopes, forged_messages
from tests.unit.webhook.delivery import Delivery, Kind, outcome, package_from
from tests.unit.webhook.forgery import Forgery, Guard

FORGERIES = [*forged_messages.FORGERIES, *forged_certificates.FORGERIES, *forged_envelopes.FORGERIES]
KINDS: list[Kind] = ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]


@pytest.fixture(scope="module")
def mutants(tmp_path_factory: pytest.TempPathFactory) -> dict[Guard, ModuleType]:
    """For each guard, the package without it."""
    made = {}
    for guard in {forgery.guard for forgery in FORGERIES}:
        digest = hashlib.sha256(repr(guard).encode()).hexdigest()[:12]
        made[guard] = package_from(tmp_path_factory.getbasetemp() / "mutants" / digest, guard.remove)
    return made


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
def test_a_forgery_is_refused(forgery: Forgery) -> None:
    assert outcome(forgery.delivery()) == forgery.code


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
def test_a_forgery_is_accepted_without_its_guard(forgery: Forgery, mutants: dict[Guard, ModuleType]) -> None:
    assert outcome(forgery.delivery(), mutants[forgery.guard]) == "accepted"


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutant_differs_only_in_its_guard(kind: Kind, mutants: dict[Guard, ModuleType]) -> None:
    refusing = [
        guard for guard, package in mutants.items() if outcome(Delivery.genuine(kind), package) != "accepted"
    ]

    assert refusing == [forged_messages.ALWAYS_SHA1]  # without SHA-256 a genuine message of version 2 is refused


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
def test_a_refusal_is_a_sentence_without_a_secret(forgery: Forgery) -> None:
    delivery = forgery.delivery()
    verifier = delivery.verifier()
    for earlier in delivery.earlier:
        with verifier.receive(earlier.content(), earlier.headers):
            pass
    with pytest.raises(webhook.WebhookError) as refusal, verifier.receive(delivery.content(), delivery.headers):
        pass

    text = "".join(traceback.format_exception(refusal.value, chain=True))
    secrets = [str(delivery.fields.get(name)) for name in ("Signature", "Token", "SubscribeURL", "Message")]
    assert str(refusal.value).endswith(".")
    assert [secret for secret in secrets if secret in text and secret != "None"] == []


def test_there_are_enough_forgeries_and_each_is_named_once() -> None:
    names = [str(forgery) for forgery in FORGERIES]

    assert len(names) >= 60
    assert len(set(names)) == len(names)


def test_a_package_from_changed_sources_is_not_the_real_package(tmp_path: Path) -> None:
    assert package_from(tmp_path / "copy", lambda _: None).Verifier is not webhook.Verifier
