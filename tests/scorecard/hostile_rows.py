"""Rows about what the upstream, its storage and texts from outside may do."""

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
        30,
        "0 of at least 60 hostile strings reach the terminal raw, 0 crashes",
        ("tests/hostile/terminal",),
        "{hostile_strings} hostile strings as keys, prompts, messages and arguments: {outputs} commands and "
        "errors, with and without --json, 0 characters raw, 0 crashes",
        {"hostile_strings": 60, "outputs": 3000},
    ),
    Measured(
        32,
        "every genuine message accepted within its first retry",
        ("tests/hostile/network/test_starved_webhook.py",),
        "{forged_posts} forged posts, 1 000 a minute, beside {genuine_messages} genuine messages with a "
        "certificate a day old: accepted at the latest at try {most_tries}; a new certificate is found at try "
        "{most_tries_of_a_new_certificate}",
        {"forged_posts": 1_440_000, "genuine_messages": 1440},
        {"most_tries": 2, "most_tries_of_a_new_certificate": 15},
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
