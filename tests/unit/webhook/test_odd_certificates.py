"""A certificate of whatever form is judged or refused; none makes the verifier raise anything else."""

import base64
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519

from depthdrop_webhook import UntrustedCertificateError
from depthdrop_webhook.certificates import SigningCertificate, judge_certificate
from depthdrop_webhook.topic import Topic
from tests.unit.webhook.delivery import NOW, TOPIC, VALID, amazon, sns

MUTANTS = 3000
_RSA_OID = bytes.fromhex("06092a864886f70d010101")
_KEYS: dict[str, Callable[[], object]] = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()).public_key(),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()).public_key(),
    "DSA": lambda: dsa.generate_private_key(1024).public_key(),  # noqa: S505  # it is to be refused
    "Ed25519": lambda: ed25519.Ed25519PrivateKey.generate().public_key(),
    "Ed448": lambda: ed448.Ed448PrivateKey.generate().public_key(),
    "X25519": lambda: x25519.X25519PrivateKey.generate().public_key(),
    "RSA of 1024 bits": lambda: rsa.generate_private_key(65537, 1024).public_key(),  # noqa: S505  # the same
}


def judged(pem: bytes) -> str:
    try:
        found = judge_certificate(pem, Topic.of(TOPIC), (), NOW)
    except UntrustedCertificateError:
        return "refused"
    assert isinstance(found, SigningCertificate)
    return "taken"


def _pem(der: bytes) -> bytes:
    """Without parsing it."""
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def _with_key(key: object, *more: x509.ExtensionType) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = x509.CertificateBuilder(name, name, key, 7, *VALID)  # type: ignore[arg-type]
    for extension in (x509.SubjectAlternativeName([x509.DNSName("sns.amazonaws.com")]), *more):
        built = built.add_extension(extension, critical=False)
    return built.sign(amazon().key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("kind", _KEYS)
def test_a_key_of_another_kind_is_refused(kind: str) -> None:
    assert judged(_with_key(_KEYS[kind]())) == "refused"


def test_a_key_of_an_unknown_kind_is_refused() -> None:
    der = sns().certificate.public_bytes(serialization.Encoding.DER)
    assert der.count(_RSA_OID) >= 1

    assert judged(_pem(der.replace(_RSA_OID, _RSA_OID[:-1] + b"\x63"))) == "refused"


@pytest.mark.parametrize(
    ("purposes", "verdict"),
    [
        ([x509.oid.ExtendedKeyUsageOID.CODE_SIGNING], "refused"),
        ([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH], "taken"),
        (None, "taken"),
    ],
)
def test_a_key_for_another_purpose_is_refused(purposes: list[x509.ObjectIdentifier] | None, verdict: str) -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    more = [] if purposes is None else [x509.ExtendedKeyUsage(purposes)]

    assert judged(_with_key(key, *more)) == verdict


def test_whatever_bytes_a_certificate_has_it_is_judged_or_refused() -> None:
    chance = Random(11)  # noqa: S311  # repeatable, not secret
    der = sns().certificate.public_bytes(serialization.Encoding.DER)
    verdicts = Counter[str]()
    for _ in range(MUTANTS):
        changed = bytearray(der)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        verdicts[judged(_pem(bytes(changed)))] += 1

    assert verdicts["refused"] > MUTANTS // 10
    assert verdicts["taken"] > MUTANTS // 10  # a changed signature of its issuer shows with `roots` alone
