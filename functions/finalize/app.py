"""finalize: brings any ended task to its end: outbox, record, notification."""

from typing import TYPE_CHECKING, Any

from depthdrop import cold_start  # must be the first import: cold_start.py says why

# isort: split
from depthdrop.observe import make_logger, make_metrics, step_of
from depthdrop.use_cases import finalize

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = make_logger("finalize")
metrics = make_metrics("finalize")
use_case = finalize.from_environment(logger, metrics)
cold_start.finish()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """The event is the execution's state with the last poll's outcome in it."""
    logger.append_keys(**step_of(event))
    return use_case.handle(event, lambda: context.get_remaining_time_in_millis() / 1000)
