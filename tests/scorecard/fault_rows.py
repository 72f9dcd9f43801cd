"""Rows about chosen faults at chosen places, small enough to run all of them."""

from tests.scorecard.measured import Measured

_EXPIRED = "tests/system/workflow/test_paid_edits.py::test_"

MEASURED = (
    Measured(
        1,
        "paid twice 0, lost 0",
        (
            "tests/unit/use_cases/test_submit_is_killed.py",
            "tests/protocol/faults/test_fault_pairs.py::test_submit_is_killed_before_and_after_each_of_its_calls",
        ),
        "{killed} kills before and after each of {calls_of_submit} calls and {faults} other faults around each of "
        "{changes} changes, each delivered again: paid twice {paid_twice}, lost {lost}",
        {"killed": 40, "changes": 9},
        {"paid_twice": 0, "lost": 0},
    ),
    Measured(
        4,
        "at least 30 outcomes; a second POST only where provably unsent or refused",
        ("tests/unit/upstream/test_post_outcome.py", "tests/protocol/faults/test_second_posts.py"),
        "{outcomes} outcomes through submit; {wrong_second_posts} second POSTs after any other",
        {"outcomes": 30},
        {"wrong_second_posts": 0},
    ),
    Measured(
        7,
        "at least one notice, one event id",
        ("tests/protocol/faults/test_notices_fail.py", "tests/unit/use_cases/test_finalize_is_killed.py"),
        "1 to {most_failures} failures in a row, each in {ways_to_fail} ways: at least {fewest_notices} notice, "
        "{most_event_ids} event id",
        {"most_failures": 20, "ways_to_fail": 3, "fewest_notices": 1},
        {"most_event_ids": 1},
    ),
    Measured(
        14,
        "0 crashes, 0 second POSTs in 500",
        ("tests/hostile/fuzz",),
        "{posts_fuzzed} answers to a POST and {looks_fuzzed} to a look, {posts_no_json} and {looks_no_json} of "
        "them no JSON, {looks_unknown} unknown statuses: 0 crashes, 0 second POSTs",
        {"posts_fuzzed": 500, "looks_fuzzed": 500, "looks_unknown": 50},
    ),
    Measured(
        15,
        "recovered or reported; paid once",
        (
            "tests/protocol/faults/test_links_expire.py",
            f"{_EXPIRED}an_expired_link_is_fetched_anew",
            f"{_EXPIRED}a_link_that_stays_expired_is_given_up_after_three_tries",
        ),
        "expired 1 to {most_expiries} times, in memory and in real processes: {recovered} recovered, {reported} "
        "reported, {most_charges} charge each",
        {"recovered": 3, "reported": 2},
        {"most_charges": 1},
    ),
    Measured(
        23,
        "history under 25,000 events, input under 256 KiB with the largest prompt",
        ("tests/template/test_workflow_budget.py", "tests/protocol/faults/test_largest_drop.py"),
        "at most {most_events} events; input {most_input_bytes} bytes, state {most_state_bytes} bytes and notice "
        "{most_notice_bytes} bytes, with a prompt of {prompt_characters} characters and {metadata_bytes} bytes of "
        "metadata",
        {"prompt_characters": 10_000, "metadata_bytes": 4_000},
        {
            "most_events": 24_999,
            "most_input_bytes": 262_143,
            "most_state_bytes": 262_143,
            "most_notice_bytes": 262_143,
        },
    ),
)
