"""The web service's receiver with its parts, from settings."""

import logging

from depthdrop_webhook import Fetch, HttpsDownload

from .development import development_fetch
from .handle import handle
from .receiver import Receiver
from .settings import ServiceSettings
from .sqlite_inbox import SqliteInbox
from .verifying import make_verifier

log = logging.getLogger("webhook")


def make_receiver(settings: ServiceSettings) -> Receiver:
    """Raises SettingsError, sqlite3.Error."""
    fetch: Fetch = HttpsDownload()
    if settings.development_signer is not None:
        fetch = development_fetch(settings)
        log.warning("DEVELOPMENT: %s stands in for SNS. Nothing is proven.", settings.development_signer)
    return Receiver(make_verifier(settings, fetch), SqliteInbox(settings.database), handle)
