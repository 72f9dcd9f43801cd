# ruff: noqa: INP001  # tests are no package: each suite is one
"""What holds for every test: hypothesis has no clock, no memory, and no eye for which files run beside it."""

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

_NO_CONSTANTS = Constants()

# As its own profile for CI. A deadline, or a check that finds a strategy slow, would judge the machine.
settings.register_profile(
    "depthdrop",
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def no_local_constants() -> Constants:
    """It would draw literals from every module of this folder that happens to be imported: other examples, hence
    other verdicts of the schedules, in every company of files.
    """
    return _NO_CONSTANTS


providers._get_local_constants = no_local_constants
if settings.get_current_profile_name() in {"default", "ci"}:  # the mutation run has one of its own
    settings.load_profile("depthdrop")
