"""A certificate authority for one run. Only a program that is given its certificate trusts it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

Span = tuple[datetime, datetime]
_NO_USAGE = dict.fromkeys(
    ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
)


@dataclass(frozen=True, slots=True)
class Issued:
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def issue(
        self,
        names: Sequence[str],
        span: Span | None = None,
        common_name: str | None = None,
        *,
        key_bits: int = 2048,
        authority: bool = False,
        signs: bool | None = None,
    ) -> "Issued":
        """A certificate for a server with these DNS names, or for an authority, which really has no names.

        `signs`: whether its key is for signatures; a server's is, an authority's is not.
        """
        return _issued(common_name or names[0], self, names, key_bits, span, authority=authority, signs=signs)


def root(name: str, span: Span | None = None) -> Issued:
    """A self-signed authority."""
    return _issued(name, None, (), 2048, span, authority=True)


def _issued(
    name: str,
    by: Issued | None,
    names: Sequence[str],
    key_bits: int,
    span: Span | None,
    *,
    authority: bool,
    signs: bool | None = None,
) -> Issued:
    key = rsa.generate_private_key(65537, key_bits)
    signer = by.key if by else key
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    issuer = by.certificate.subject if by else subject
    now = datetime.now(UTC)
    starts, ends = span or (now - timedelta(hours=1), now + timedelta(days=1))
    serves = {"digital_signature": not authority if signs is None else signs, "key_encipherment": not authority}
    extensions: list[tuple[x509.ExtensionType, bool]] = [  # each with whether it is critical
        (x509.BasicConstraints(ca=authority, path_length=None), True),
        (x509.KeyUsage(**_NO_USAGE, **serves, key_cert_sign=authority, crl_sign=authority), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
    ]
    if names:
        extensions.append((x509.SubjectAlternativeName([x509.DNSName(dns_name) for dns_name in names]), False))
    if not authority:
        extensions.append((x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), False))
    built = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), starts, ends)
    for extension, critical in extensions:
        built = built.add_extension(extension, critical)
    return Issued(built.sign(signer, hashes.SHA256()), key)
