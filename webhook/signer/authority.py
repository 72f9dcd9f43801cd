"""A certificate authority for one run: nobody but who is handed its certificate trusts what it issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Issued:
    certificate: x509.Certificate
    key: Key

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
        key: Key | None = None,
        span: Span | None = None,
        common_name: str | None = None,
    ) -> "Issued":
        """A certificate for a server with these DNS names."""
        return _issued(common_name or names[0], self, names, key, span)


def root(name: str, span: Span | None = None) -> Issued:
    """An authority that vouches for itself."""
    return _issued(name, None, (), None, span, authority=True)


def authority_below(above: Issued, name: str, span: Span | None = None, names: Sequence[str] = ()) -> Issued:
    """One that another vouches for; with DNS names if asked, as no real authority has."""
    return _issued(name, above, names, None, span, authority=True)


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def _issued(
    name: str,
    by: Issued | None,
    names: Sequence[str],
    key: Key | None,
    span: Span | None,
    *,
    authority: bool = False,
) -> Issued:
    now = datetime.now(UTC)
    key = key or new_key()
    signer = by.key if by else key
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    issuer = by.certificate.subject if by else subject
    starts, ends = span or (now - timedelta(hours=1), now + timedelta(days=1))
    built = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), starts, ends)
    built = built.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    built = built.add_extension(_usage(authority=authority), critical=True)
    built = built.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    built = built.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
        built = built.add_extension(alternative, critical=False)
    if not authority:
        server = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
        built = built.add_extension(server, critical=False)
    return Issued(built.sign(signer, hashes.SHA256()), key)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
