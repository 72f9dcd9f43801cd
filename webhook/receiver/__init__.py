"""A receiver of depthdrop's events to copy: a web service, and the same as a Lambda function with a URL.

Both verify messages, confirm the subscription, and ignore repeats by the event's id. Write your own `handle.py`.
"""
