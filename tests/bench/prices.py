"""What AWS asks, in US dollars: us-east-1, arm64, without free tier, as published in November 2026.

Sources: aws.amazon.com/lambda/pricing, /step-functions/pricing, /dynamodb/pricing/on-demand, /s3/pricing,
/sqs/pricing, /sns/pricing, /secrets-manager/pricing, /kms/pricing, /cloudwatch/pricing (with X-Ray),
/eventbridge/pricing.
"""

from collections.abc import Mapping
from types import MappingProxyType

MILLION = 1_000_000

TRANSITION = 25 / MILLION  # Standard workflow
LAMBDA_GB_SECOND = 0.0000133334
LAMBDA_REQUEST = 0.20 / MILLION
WRITE_UNIT = 0.625 / MILLION  # up to 1 KiB, each index that changes the same again
READ_UNIT = 0.125 / MILLION  # up to 4 KiB, consistent
S3_WRITE = 5.0 / MILLION  # PUT, LIST
S3_READ = 0.4 / MILLION  # GET, HEAD
SQS_REQUEST = 0.40 / MILLION
SNS_PUBLISH = 0.50 / MILLION  # deliveries to SQS and Lambda are free, to HTTP 0.60 a million
SECRET_READ = 5.0 / MILLION
KMS_REQUEST = 3.0 / MILLION
S3_EVENT = 1.0 / MILLION  # EventBridge: S3's object events are opt-in events, which are not free
TRACE = 5.0 / MILLION
LOG_GB = 0.50
EGRESS_GB = 0.09  # to the internet, the first 10 TB of a month
DURABLE_OPERATION = 8.0 / MILLION  # Lambda durable functions: start, step, wait, callback
DURABLE_GB_WRITTEN = 0.25

ALARM_MONTH = 0.10
SECRET_MONTH = 0.40
KMS_KEY_MONTH = 1.00

# by the names that the ledger counts under
PRICES: Mapping[str, float] = MappingProxyType(
    {
        "transition": TRANSITION,
        "gb_second": LAMBDA_GB_SECOND,
        "invocation": LAMBDA_REQUEST,
        "write_units": WRITE_UNIT,
        "read_units": READ_UNIT,
        "s3_write": S3_WRITE,
        "s3_read": S3_READ,
        "sqs": SQS_REQUEST,
        "sns": SNS_PUBLISH,
        "secret": SECRET_READ,
        "kms": KMS_REQUEST,
        "s3_event": S3_EVENT,
        "trace": TRACE,
        "log_gb": LOG_GB,
        "free": 0.0,
    }
)
