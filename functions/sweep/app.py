"""sweep: one round over the open records, on a schedule; or `{"resume": edit_id}` for one failed edit."""

from typing import TYPE_CHECKING, Any

from depthdrop import cold_start  # must be the first import: cold_start.py says why

# isort: split
from depthdrop.notices import events_later  # noqa: F401  # before whatever imports the events

# isort: split
from depthdrop.observe import make_logger, make_metrics
from depthdrop.use_cases import sweep

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = make_logger("sweep")
metrics = make_metrics("sweep")
use_case = sweep.from_environment(logger, metrics)
cold_start.finish()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, int] | dict[str, str]:  # noqa: ARG001  # Lambda's signature
    """What was done, or the result of the request to resume."""
    wanted = event.get("resume")
    return use_case.resume(wanted) if isinstance(wanted, str) else use_case.handle()
