"""Row 12: forged SNS messages, each tried on the verifier and on a verifier without the guard that it is for."""

import tempfile
from pathlib import Path

from tests.scorecard.rows import Row
from tests.unit.webhook.delivery import Delivery, Kind, outcome, package_from
from tests.unit.webhook.test_forgeries import FORGERIES, KINDS

_LEAST = 20


def rows() -> list[Row]:
    """A verifier that refuses everything would pass too, so genuine deliveries are tried as well."""
    accepted = [forgery for forgery in FORGERIES if outcome(forgery.delivery()) == "accepted"]
    refused = [kind for kind in KINDS if not _is_taken(kind)]
    guards = {forgery.guard for forgery in FORGERIES}
    with tempfile.TemporaryDirectory() as folder:
        mutants = {
            guard: package_from(Path(folder) / str(number), guard.remove) for number, guard in enumerate(guards)
        }
        idle = {one.guard for one in FORGERIES if outcome(one.delivery(), mutants[one.guard]) != "accepted"}
    figure = (
        f"{len(FORGERIES)} forgeries, {len(accepted)} accepted; {len(guards)} guards, "
        f"{len(idle)} that no forgery needs; {len(refused)} genuine kinds refused"
    )
    kept = len(FORGERIES) >= _LEAST and not accepted and not idle and not refused
    return [Row(12, figure, f"0 accepted of at least {_LEAST}", kept=kept)]


def _is_taken(kind: Kind) -> bool:
    return outcome(Delivery.genuine(kind)) == "accepted"
