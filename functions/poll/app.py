"""poll: looks at a task upstream and returns an outcome as data."""

from typing import TYPE_CHECKING, Any

from depthdrop import cold_start  # must be the first import: cold_start.py says why

# isort: split
from depthdrop.observe import make_logger, step_of
from depthdrop.use_cases import poll

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_LOGGED = ("status", "code", "wait_seconds", "took_seconds")  # never the link

logger = make_logger("poll")
use_case = poll.from_environment(logger)
cold_start.finish()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """The event is the execution's state."""
    logger.append_keys(**step_of(event))
    outcome = use_case.handle(poll.watch_of(event), lambda: context.get_remaining_time_in_millis() / 1000)
    logger.info("looked", extra={name: outcome[name] for name in _LOGGED if name in outcome})
    return outcome
