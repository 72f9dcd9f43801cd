"""What cannot be measured here: how long a Lambda waits for others. Seconds, within a region, at the usual size."""

from collections.abc import Mapping
from types import MappingProxyType

CALL_SECONDS: Mapping[str, float] = MappingProxyType(
    {
        "dynamodb": 0.006,  # "single-digit milliseconds", and the way there
        "s3": 0.030,  # small objects and short lists
        "sqs": 0.010,
        "sns": 0.020,
        "stepfunctions": 0.030,
        "secretsmanager": 0.020,
    }
)
POST_SECONDS = 0.4  # connect, 1.4 MB of JSON at some 50 Mbit/s, and its acceptance; throughput: for 1.5 too
DOWNLOAD_SECONDS = 0.5  # resolve, connect, 1 MiB the other way
STEP_SECONDS = 0.1  # from the end of one state's Lambda to the begin of the next one's
VCPU_MB = 1769  # "at 1,769 MB, a function has the equivalent of one vCPU": Lambda guide, memory
REPORT_BYTES = 600  # START, END and REPORT with its trace, and CloudWatch's 26 bytes for each line
