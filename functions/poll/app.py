"""poll: looks at a task upstream and returns an outcome as data."""

from typing import TYPE_CHECKING, Any

from depthdrop import cold_start  # before all else: see there

# isort: split
from depthdrop import poll
from depthdrop.observe import make_logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = make_logger("poll")
use_case = poll.from_environment(logger)
cold_start.over()


@logger.inject_lambda_context(correlation_id_path="edit_id", clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """The event is the execution's state."""
    logger.append_keys(edit_id=event["edit_id"])
    outcome = use_case.handle(poll.watch_of(event), lambda: context.get_remaining_time_in_millis() / 1000)
    logger.info("looked", extra={"status": outcome["status"]})
    return outcome
