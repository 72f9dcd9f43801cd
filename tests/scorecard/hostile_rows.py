"""Rows about what the result link and the storage behind it may do to finalize."""

from tests.scorecard.measured import Measured

MEASURED = (
    Measured(
        11,
        "0 connections of at least 20 links",
        ("tests/hostile/network/test_hostile_links.py", "tests/unit/upstream/test_result_link.py"),
        "{links} links and redirects through finalize: {connections} connections where none may go",
        {"links": 50},
        {"connections": 0},
    ),
    Measured(
        13,
        "0 corrupt objects of at least 12 downloads, deadline kept",
        ("tests/hostile/network/test_hostile_downloads.py", "tests/hostile/network/test_cutoff.py"),
        "{downloads} downloads over real connections: {corrupt} corrupt objects, at most {most_seconds_late} s "
        "after the deadline; {genuine} genuine ones stored",
        {"downloads": 50, "genuine": 5},
        {"corrupt": 0, "most_seconds_late": 1},
    ),
)
