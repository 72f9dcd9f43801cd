"""What is searched: the bounds of each search, and the mutants of the model that must be found, and by what."""

from dataclasses import dataclass

from tests.protocol.model.spin import Search

_ONE_DROP = {"DROPS": 1, "EDITS": 1, "LATE": 0}
_TWO_DROPS = {"DROPS": 2, "EDITS": 1, "COPIES": 1, "LATE": 0}
_TWO_EDITS = {"DROPS": 2, "EDITS": 2, "COPIES": 1, "LATE": 0, "REPLACED": 0, "EARLY": 0}


def _faults(crashes: int, zombies: int, odd: int) -> dict[str, int]:
    return {"CRASHES": crashes, "ZOMBIES": zombies, "ODD": odd}


SEARCHES = [  # the longest first
    Search("two edits and one slot, a crash", _TWO_EDITS | _faults(1, 0, 0), large=True),
    Search("a zombie ends in peace", _ONE_DROP | {"COPIES": 1} | _faults(0, 1, 0), live=True, large=True),
    Search("two drops of one edit, a crash", _TWO_DROPS | _faults(1, 0, 0)),
    Search("two edits and one slot, a zombie", _TWO_EDITS | _faults(0, 1, 0), large=True),
    Search("two drops of one edit, a zombie", _TWO_DROPS | {"EARLY": 0} | _faults(0, 1, 0)),
    Search("one drop delivered twice, a crash", _ONE_DROP | {"COPIES": 2, "LATE": 1} | _faults(1, 0, 0)),
    Search("one drop, a zombie and a crash", _ONE_DROP | {"COPIES": 1} | _faults(1, 1, 0), large=True),
    Search("one drop, two crashes, put off once", _ONE_DROP | {"COPIES": 1} | _faults(2, 0, 1)),
    Search("one drop, a zombie, put off once", _ONE_DROP | {"COPIES": 1} | _faults(0, 1, 1)),
    Search("a crash ends in peace", _ONE_DROP | {"COPIES": 1} | _faults(1, 0, 0), live=True),
    Search("what is put off ends in peace", _ONE_DROP | {"COPIES": 1} | _faults(0, 0, 1), live=True),
]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A step of the model done wrongly; `found_by` is part of Spin's complaint."""

    name: str
    wrong: str
    found_by: str
    bounds: dict[str, int]
    live: bool = False

    @property
    def search(self) -> Search:
        return Search(f"mutant: {self.wrong}", self.bounds, self.name, self.live)


# The properties, by a piece of the assertion that states each.
SECOND_POST = "posted"
SENT_AGAIN = "turned_down"
DROP_LEFT = "informed"
TASK_FORGOTTEN = "task_known"
STRANGER = "slot_edit==(e+1)"
TOO_MANY = "at_work"
NOT_NOTIFIED = "heard"
PAID_AND_GIVEN_UP = "assertion violated 0"
ENDLESS = "acceptance cycle"

_SMALL = _ONE_DROP | {"COPIES": 1}
_TWO_COPIES = _ONE_DROP | {"COPIES": 2}

MUTANTS = [
    Mutant("NO_TOKEN", "POSTING asks for no token", SENT_AGAIN, _SMALL | _faults(0, 1, 0)),
    Mutant(
        "STABLE_TOKEN",
        "each delivery has the same token",
        SECOND_POST,
        _TWO_COPIES | _faults(0, 0, 0),
    ),
    Mutant("POSTING_RETAKEN", "POSTING is claimed anew after the lease", SECOND_POST, _SMALL | _faults(1, 0, 0)),
    Mutant("FREED_FIRST", "a claim is freed before its drop ends", SENT_AGAIN, _TWO_COPIES | _faults(0, 0, 0)),
    Mutant("NO_SECOND_LOOK", "a claimed edit's drop is not read again", SENT_AGAIN, _TWO_COPIES | _faults(0, 0, 0)),
    Mutant("RELEASE_ON_LOST", "a lost answer frees the claim", SECOND_POST, _SMALL | _faults(0, 0, 0)),
    Mutant("ACK_CONFLICT", "another's claim settles the message", DROP_LEFT, _TWO_DROPS | _faults(0, 0, 0)),
    Mutant("STRANGER", "a slot is freed by any edit", STRANGER, _TWO_EDITS | _faults(0, 0, 0)),
    Mutant("EARLY_AMBIGUOUS", "sweep calls any POST lost, at once", TASK_FORGOTTEN, _SMALL | _faults(1, 0, 0)),
    Mutant("NO_RESTART", "sweep starts no execution", DROP_LEFT, _SMALL | _faults(1, 0, 0)),
    Mutant("NO_SLOT", "a POST waits for no slot", TOO_MANY, _TWO_EDITS | _faults(0, 0, 0)),
    Mutant(
        "PARK_REFUSED", "a refused drop is parked", ENDLESS, _ONE_DROP | {"COPIES": 2} | _faults(0, 0, 1), live=True
    ),
    Mutant("SLOT_IS_THE_EDITS", "a slot is held in the edit's name", STRANGER, _TWO_DROPS | _faults(0, 1, 0)),
    Mutant("GIVES_UP_A_POST", "giving up a claim frees a POST", PAID_AND_GIVEN_UP, _SMALL | _faults(0, 1, 0)),
    Mutant(
        "CONFIRMS_ANY_STATE",
        "one state's notice confirms another's",
        NOT_NOTIFIED,
        _ONE_DROP | {"COPIES": 2, "LATE": 1, "REPLACED": 0} | _faults(1, 0, 0),
    ),
]
