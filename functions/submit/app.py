"""submit: reads one queue message, hands it to the use case, and says whether the message may go."""

from typing import TYPE_CHECKING, Any

from depthdrop import cold_start  # must be the first import: cold_start.py says why

# isort: split
from depthdrop.notices import events_later  # noqa: F401  # before whatever imports the events

# isort: split
from depthdrop import aws
from depthdrop.inbox.message import ComeBack, read_messages
from depthdrop.observe import make_logger, make_metrics
from depthdrop.use_cases import submit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = make_logger("submit")
metrics = make_metrics("submit")
use_case = submit.from_environment(logger, metrics)
cold_start.finish()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, list[dict[str, str]]]:
    """Batch size is 1; a message that must come back is named in `batchItemFailures`, which is no error."""
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        for message in read_messages(record["body"]):
            for settled in use_case.handle(message, lambda: context.get_remaining_time_in_millis() / 1000):
                logger.info("settled", extra={"settled": str(settled)})
                logger.remove_keys(["drop_id", "edit_id", "execution"])  # the next one is about another drop
                if isinstance(settled, ComeBack):
                    failures.append({"itemIdentifier": record["messageId"]})
                    aws.sqs().change_message_visibility(
                        QueueUrl=use_case.environment.inbox_queue_url,
                        ReceiptHandle=record["receiptHandle"],
                        VisibilityTimeout=settled.seconds,
                    )
    return {"batchItemFailures": failures[:1]}
