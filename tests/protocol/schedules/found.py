"""Schedules worth keeping: some broke a promise once, each of the others needs one guard."""

from tests.protocol.schedules.play import Action

FOUND: dict[str, list[Action]] = {
    "a drop is overwritten while its worker has too little time left": [
        ("deliver", 0), ("time", 2), ("resume", 216), ("drop", 108),
    ],
    "a slower worker would park a drop that was refused meanwhile": [
        ("drop", 1), ("deliver", 0), ("step", 28), ("script", 0), ("deliver", 0), ("finish", 1), ("account", 1),
        ("deliver", 0), ("finish", 1), ("finish", 0),
    ],
    "a worker dies between the record of a drop and its claim, and the drop is overwritten": [
        ("fault", 0), ("drop", 2), ("fault", 0), ("fault", 1), ("fault", 18), ("drop", 222),
    ],
    "a slower worker claims the edit of a drop that was refused meanwhile, and dies": [
        ("deliver", 0), ("script", 0), ("resume", 88), ("step", 137), ("deliver", 0), ("deliver", 5), ("step", 245),
        ("duplicate", 0), ("deliver", 0), ("sweep", 220), ("fault", 18),
    ],
    "a worker that outlived its lease gives back the slot that the edit's next worker holds": [
        ("deliver", 0), ("bury", 0), ("deliver", 0), ("drop", 0), ("turn", 148), ("deliver", 0), ("step", 211),
        ("turn", 31), ("resume", 8), ("time", 3), ("deliver", 0),
    ],
}  # fmt: skip

GUARDED: dict[str, list[Action]] = {
    "no token in the post condition": [
        ("deliver", 0), ("step", 28), ("step", 191), ("time", 3), ("deliver", 0), ("step", 29), ("finish", 0),
        ("finish", 0),
    ],
    "one's own write is taken for another's": [("deliver", 0), ("fault", 72)],
    "a stranger frees slots": [
        ("fault", 0), ("finish", 0), ("time", 37), ("time", 1), ("turn", 0), ("step", 4), ("drop", 1), ("time", 5),
    ],
}  # fmt: skip

WITH_A_FALLBACK: dict[str, list[Action]] = {
    "a drop that has left its edit is not looked at": [
        ("script", 1), ("deliver", 0), ("step", 28), ("step", 4), ("deliver", 0), ("finish", 1), ("finish", 0),
    ],
    "the claim is freed before the drop leaves": [
        ("script", 1), ("deliver", 0), ("step", 28), ("step", 151), ("step", 53), ("deliver", 0), ("finish", 1),
        ("finish", 0),
    ],
    "a claim on an edit that was left is kept": [
        ("script", 1), ("deliver", 0), ("step", 28), ("step", 4), ("deliver", 0), ("finish", 1), ("fault", 38),
        ("finish", 0),
    ],
}  # fmt: skip

ALONE: dict[str, list[Action]] = {
    "a report is published again and sweep dies, and the pair forms": [
        ("half", 25), ("half", 178), ("patience", 1), ("half", 0), ("half", 5), ("patience", 24), ("deliver", 20),
        ("fault", 0), ("half", 1),
    ],
    "a sidecar is reported, then its picture comes and is reported as a dead letter, and comes again": [
        ("half", 45), ("patience", 0), ("patience", 0), ("half", 1), ("half", 1), ("bury", 0),
    ],
    "a picture is reported, then its dead letter, then the picture again": [
        ("half", 1), ("patience", 0), ("patience", 0), ("half", 1), ("half", 1), ("bury", 0),
    ],
}  # fmt: skip
