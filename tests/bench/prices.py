"""What AWS asks, in US dollars: us-east-1, arm64, without free tier, as published in November 2026.

Sources: aws.amazon.com/lambda/pricing, /step-functions/pricing, /dynamodb/pricing/on-demand, /s3/pricing,
/sqs/pricing, /sns/pricing, /secrets-manager/pricing, /cloudwatch/pricing, /eventbridge/pricing.
"""

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
LOG_GB = 0.50
DURABLE_OPERATION = 8.0 / MILLION  # Lambda durable functions: start, step, wait, callback
DURABLE_GB_WRITTEN = 0.25
