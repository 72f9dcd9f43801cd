"""Rows about the whole stack in trouble: the same in memory, where every moment is tried, and in real processes."""

from tests.scorecard.measured import Measured

_CROWDS = "tests/protocol/faults/test_crowds.py"
_PARKING = "tests/unit/use_cases/test_parked_drops.py"
_INVARIANT = "every_queue_has_or_is_a_dead_letter_queue_that_is_kept_and_watched"

MEASURED = (
    Measured(
        16,
        "200 edits: all finish; active never over the cap",
        (_CROWDS, "tests/system/trouble/test_storm.py"),
        "{storm_finished} of 200 in real processes after {storm_refusals} answers of 429, at most "
        "{most_active} active; {crowd_finished} of 200 in memory, at most {most_active_in_memory}",
        {"storm_finished": 200, "crowd_finished": 200, "storm_refusals": 200},
        {"most_active": 24, "most_active_in_memory": 24},
    ),
    Measured(
        17,
        "at most 1 extra call; terminal notice",
        ("tests/protocol/faults/test_keys_and_models.py", _PARKING, "tests/system/trouble/test_key_and_model.py"),
        "key rotated at {moments_of_rotation} moments: at most {most_extra_posts} extra POST, {most_extra_looks} "
        "extra look; model withdrawn at {moments_of_withdrawal} moments: {charged_though_withdrawn} charged, none "
        "parked; in real processes {rotated_finished} of 16 finish, {withdrawn_notified} of 8 rejected",
        {"moments_of_rotation": 30, "rotated_finished": 16, "withdrawn_notified": 8},
        {"most_extra_posts": 1, "most_extra_looks": 1, "charged_though_withdrawn": 0},
    ),
    Measured(
        21,
        "DLQ, alarm, notice; others unaffected",
        (
            "tests/system/trouble/test_poison_on_the_stack.py",
            "tests/protocol/faults/test_poison_messages.py",
            f"tests/template/test_template.py::test_the_template_keeps_its_invariants[{_INVARIANT}]",
        ),
        "{letters} messages in the DLQ, {alarms} alarm on it, {notices} notice; {others_finished} of 6 others end",
        {"letters": 2, "alarms": 1, "notices": 1, "others_finished": 6},
        {"notices": 1},
    ),
    Measured(
        26,
        "0 over the budget, 0 in the DLQ, all finish once the cause is gone",
        (
            _CROWDS,
            "tests/unit/use_cases/test_circuit_opens.py",
            "tests/unit/use_cases/test_budget_reached.py",
            "tests/system/trouble/test_circuit_on_the_stack.py",
            "tests/system/trouble/test_spend_cap.py",
        ),
        "200 drops wait in real processes: {balance_probes} POSTs in {balance_seconds} s of an empty balance, "
        "{key_probes} in {key_seconds} s of a refused key; in memory at most {most_probes} in an hour; "
        "{waiting_finished} of 600 and {crowd_waiting_finished} of 400 finish, {dead_letters} in the DLQ; "
        "{within_budget_finished} edits of a budget of 20, {over_budget} over it",
        {"waiting_finished": 600, "crowd_waiting_finished": 400, "within_budget_finished": 20},
        {"dead_letters": 0, "over_budget": 0, "most_probes": 13, "balance_probes": 20, "key_probes": 20},
    ),
)
