"""The development switch: a signer on this machine replaces SNS.

The verifier checks the same: it still requests https://sns.REGION.amazonaws.com. Only the address of that name and
the trusted authority are changed, and only for the emulator's account.
"""

import ipaddress
import re
import socket
import ssl

from depthdrop_webhook import Fetch, HttpsDownload

from .settings import ServiceSettings, SettingsError

_EMULATORS_ACCOUNT = ":000000000000:"


def development_fetch(settings: ServiceSettings) -> Fetch:
    """A `Fetch` from the local signer. Raises SettingsError unless all its settings are of this machine."""
    signer = re.fullmatch(r"(.+):([0-9]{1,5})", settings.development_signer or "")
    if signer is None or not _is_loopback(signer[1].strip("[]")):
        raise SettingsError(
            "WEBHOOK_DEVELOPMENT_SIGNER must be a loopback address and a port such as 127.0.0.1:8443."
        )
    if not _is_loopback(settings.host):
        raise SettingsError(
            "WEBHOOK_HOST must be a loopback address such as 127.0.0.1 with the development signer."
        )
    if _EMULATORS_ACCOUNT not in settings.topic_arn:
        raise SettingsError(
            "WEBHOOK_TOPIC_ARN must be of the emulator's account 000000000000 with the development signer."
        )
    if settings.development_authority is None:
        raise SettingsError("WEBHOOK_DEVELOPMENT_AUTHORITY is missing: the local signer's PEM file.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts this authority alone, and none of the system's
    try:
        context.load_verify_locations(settings.development_authority)
    except OSError:  # ssl.SSLError is one
        raise SettingsError("WEBHOOK_DEVELOPMENT_AUTHORITY is not a readable PEM file.") from None
    address = (signer[1].strip("[]"), int(signer[2]))

    def connect(_: str, timeout: float) -> socket.socket:
        return socket.create_connection(address, timeout)

    return HttpsDownload(context, connect)


def _is_loopback(host: str) -> bool:
    """False for names: they can resolve to another address later."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
