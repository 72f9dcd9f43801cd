"""depthdrop: a paid, asynchronous image edit for every picture dropped into a bucket.

A folder imports only folders below it: use_cases, watch and inbox, upstream, notices and picture, outbox, records
and settings, drop. CONTRIBUTING.md says what is in each.
"""

__version__ = "0.1.0"
