"""A receiver of depthdrop's events to copy: a web service, and the same as a Lambda function with a URL.

Both verify, confirm and drop repeats by the event's id. `handle.py` is yours to fill.
"""
