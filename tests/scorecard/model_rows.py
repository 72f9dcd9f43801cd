"""The row of the model: what Spin's searches came to."""

from tests.protocol.model.spin import missing_tools
from tests.scorecard.measured import Measured
from tests.scorecard.rows import Row

_NUMBER = 27
_TARGET = "no state with two POSTs, none without an end"
MEASURED = Measured(
    _NUMBER,
    _TARGET,
    ("tests/protocol/model",),
    "{searches} searches, {states} states: {complaints} with two POSTs or without an end; {mutants} mutants found",
    {"searches": 8, "states": 1_000_000, "mutants": 10},
    {"complaints": 0},
)


def rows() -> list[Row]:
    if missing := missing_tools():
        figure = f"{' and '.join(missing)} must be installed: apt-get install spin gcc, or brew install spin"
        return [Row(_NUMBER, figure, _TARGET, kept=False)]
    return MEASURED.rows()
