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
    Measured(
        31,
        "peak memory at most the body's cap + 16 MiB over at least 30 encoded answers on POST, poll and result; "
        "0 exceptions that escape",
        ("tests/hostile/network/test_encoded_answers.py",),
        "{encoded_answers} answers with content encodings up to 8 deep, on POST, poll and result: {escaped} "
        "exceptions escaped, peak memory at most {most_mib} MiB more",
        {"encoded_answers": 90},
        {"most_mib": 16.25, "escaped": 0},
    ),
)
