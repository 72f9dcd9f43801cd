"""Every fault by name."""

from local.fake_upstream.download_faults import DOWNLOAD_FAULTS
from local.fake_upstream.faults import Fault
from local.fake_upstream.poll_faults import POLL_FAULTS
from local.fake_upstream.post_faults import POST_FAULTS

CATALOGUE: dict[str, Fault] = {fault.name: fault for fault in (*POST_FAULTS, *POLL_FAULTS, *DOWNLOAD_FAULTS)}

COLUMNS = ("fault", "stage", "what it does", "charged", "strikes", "parameters")


def row(fault: Fault) -> tuple[str, ...]:
    """A catalogue entry as a table row."""
    charged = {None: "-", True: "yes", False: "no"}[fault.charged]
    strikes = "always" if fault.times is None else str(fault.times)
    params = " ".join(
        f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in fault.params.items()
    )
    return (fault.name, fault.stage, fault.tells, charged, strikes, params or "-")


def markdown_table() -> str:
    """The catalogue for the README."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *(row(fault) for fault in CATALOGUE.values())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
