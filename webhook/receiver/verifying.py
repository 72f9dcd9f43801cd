"""The verifier, from settings."""

from pathlib import Path

from cryptography import x509

from depthdrop_webhook import Fetch, Verifier

from .settings import SettingsError, VerifierSettings


def make_verifier(settings: VerifierSettings, fetch: Fetch) -> Verifier:
    """Raises SettingsError."""
    roots = _roots(settings.roots_file)
    try:
        return Verifier(settings.topic_arn, require_sha256=settings.require_sha256, roots=roots, fetch=fetch)
    except ValueError as error:
        raise SettingsError(f"WEBHOOK_TOPIC_ARN: {error}") from None


def _roots(file: Path | None) -> list[x509.Certificate]:
    if file is None:
        return []
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        raise SettingsError("WEBHOOK_ROOTS_FILE is not a PEM file that can be read.") from None
