"""Hypothesis makes schedules: lists of weighted actions, each with a number that says which and how."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.protocol.schedules.play import WEIGHTS, Action
from tests.protocol.schedules.upstream import POSTS

SHORTEST, LONGEST = 20, 44
_WORDS = [word for word, weight in WEIGHTS.items() for _ in range(weight)]

ACTIONS: st.SearchStrategy[list[Action]] = st.lists(
    st.tuples(st.sampled_from(_WORDS), st.integers(0, 255)), min_size=SHORTEST, max_size=LONGEST
)

# One picture and several workers that get in each other's way.
_CROWD = ("deliver", "deliver", "step", "step", "time", "fault", "finish", "duplicate")
CROWDED: st.SearchStrategy[list[Action]] = st.lists(
    st.tuples(st.sampled_from(_CROWD), st.integers(0, 255)), min_size=SHORTEST, max_size=LONGEST
)

# The same crowd, and an upstream that often has the model no more.
_GONE: Action = ("script", POSTS.index("model withdrawn"))
WITHDRAWN: st.SearchStrategy[list[Action]] = st.lists(
    st.one_of(st.tuples(st.sampled_from((*_CROWD, "sweep")), st.integers(0, 255)), st.just(_GONE)),
    min_size=SHORTEST,
    max_size=LONGEST,
).map(lambda actions: [_GONE, *actions])

# Several pictures and several workers who buy at the same time.
BOUGHT: st.SearchStrategy[list[Action]] = st.lists(
    st.tuples(st.sampled_from((*_CROWD, "drop", "drop", "deliver", "script", "sweep")), st.integers(0, 255)),
    min_size=SHORTEST,
    max_size=LONGEST,
)

# Files that come one by one, or go, and the time that they wait.
_ALONE = (
    "half",
    "half",
    "half",
    "half",
    "patience",
    "patience",
    "patience",
    "deliver",
    "deliver",
    "finish",
    "step",
)
_ALONE_IN_TROUBLE = (*_ALONE, "sweep", "fault", "fault", "duplicate", "bury", "turn", "script", "time")
UNPAIRED: st.SearchStrategy[list[Action]] = st.lists(
    st.tuples(st.sampled_from(_ALONE_IN_TROUBLE), st.integers(0, 255)), min_size=SHORTEST, max_size=LONGEST
)


def profile(examples: int, *, shrink: bool = True) -> settings:
    """The same schedules in every run."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
