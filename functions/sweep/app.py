"""sweep: one round over the open records, on a schedule."""

from typing import TYPE_CHECKING, Any

from depthdrop import sweep
from depthdrop.observe import make_logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = make_logger("sweep")
use_case = sweep.from_environment(logger)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, int]:  # noqa: ARG001  # Lambda's signature
    """The event's content does not matter; what was done is returned."""
    return use_case.handle()
