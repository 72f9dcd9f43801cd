"""All faults by name."""

from local.fake_upstream.download_faults import DOWNLOAD_FAULTS
from local.fake_upstream.faults import Fault
from local.fake_upstream.poll_faults import POLL_FAULTS
from local.fake_upstream.post_faults import POST_FAULTS

CATALOGUE: dict[str, Fault] = {fault.name: fault for fault in (*POST_FAULTS, *POLL_FAULTS, *DOWNLOAD_FAULTS)}


def markdown_table() -> str:
    """The catalogue as the README and the command `faults` show it."""
    columns = ("fault", "stage", "what it does", "charged", "strikes", "parameters")
    lines = [columns, ["---"] * len(columns), *map(_row, CATALOGUE.values())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(fault: Fault) -> tuple[str, ...]:
    charged = {None: "-", True: "yes", False: "no"}[fault.charged]
    strikes = "always" if fault.times is None else str(fault.times)
    params = " ".join(f"{key}={value:g}" for key, value in fault.params.items())
    return (fault.name, fault.stage, fault.description, charged, strikes, params or "-")
