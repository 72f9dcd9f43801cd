"""The troubles of the soak: which of the fake upstream's faults strike a drop, and how that drop must end.

Trouble that passes comes in threes, a fault of each stage, and must still end in a picture.
"""

from dataclasses import dataclass
from itertools import chain, cycle


@dataclass(frozen=True, slots=True)
class Trouble:
    """What strikes one drop, as directives of the fake upstream, and the word of its last event."""

    faults: tuple[str, ...]
    ends: str

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(fault.partition(" ")[0] for fault in self.faults)

    def in_prompt(self, prompt: str) -> str:
        return " ".join([prompt, *(f"[[fault {fault}]]" for fault in self.faults)])


REJECTED = ("post.400", "post.422", "post.404", "post.410", "post.503_model_not_found", "post.500_invalid_request")
AMBIGUOUS = (
    "post.500",
    "post.502",
    "post.503",
    "post.504",
    "post.524",
    "post.redirect",
    "post.html",
    "post.no_id",
    "post.not_json",
    "post.reset",
    "post.truncated_charged",
    "post.stall seconds=40",
    "post.500_charged",
    "post.502_charged",
    "post.503_charged",
    "post.504_charged",
    "post.524_charged",
    "post.redirect_charged",
    "post.html_charged",
    "post.no_id_charged",
    "post.not_json_charged",
    "post.reset_charged",
    "post.stall_charged seconds=40",
)
FAILED = (
    ("poll.request_moderated",),
    ("poll.content_moderated",),
    ("poll.error",),
    ("poll.failed",),
    ("poll.503_error",),
    ("poll.wrapped_failure",),
    ("poll.pending",),  # for ever: the deadline ends it, and its slot stays held
    ("link.file",),
    ("download.expired", "link.stale"),
    ("download.gzip_bomb",),
)
PASSING_POST = (
    "post.401",
    "post.402",
    "post.403",
    "post.403_quota",
    "post.429",
    "post.429_bare",
    "post.task_id",
    "post.status_pending",
    "post.extra_keys",
    "post.foreign_polling_url",
    "post.slow",
)
PASSING_POLL = (
    "poll.401 times=1",
    "poll.403 times=1",
    "poll.429",
    "poll.500",
    "poll.502",
    "poll.503",
    "poll.not_json",
    "poll.html",
    "poll.redirect",
    "poll.reset",
    "poll.stall",
    "poll.slow",
    "poll.pending seconds=60",
    "poll.not_found seconds=40",
    "poll.404_not_found seconds=40",
    "poll.processing",
    "poll.reasoning",
    "poll.generating",
    "poll.queued",
    "poll.unknown_status",
    "poll.progress_percent",
    "poll.ready_without_sample",
    "poll.result_null",
    "poll.wrapped",
)
PASSING_DOWNLOAD = (
    "download.expired",
    "download.404",
    "download.500",
    "download.slow",
    "download.stall",
    "download.truncated",
    "download.reset",
    "download.html",
    "download.wrong_magic",
    "download.redirect",
    "download.empty",
    "download.black",
)
# Not here, for it strikes all drops at once: nobody listens, a name that does not resolve, TLS. Nor, for it takes
# minutes that are not scaled: a task unknown for ever, which is looked for a minute long, and a key that polls find
# refused even when fetched anew, which keeps its slot as a deadline does. Crashes of ours are for the schedules.
# And this one would take three downloads of 100 MiB:
LEFT_OUT = frozenset({"download.endless"})

TROUBLES = (
    *(Trouble((fault,), "rejected") for fault in REJECTED),
    *(Trouble((fault,), "ambiguous") for fault in AMBIGUOUS),
    *(Trouble(faults, "failed") for faults in FAILED),
    *(
        Trouble(faults, "succeeded")
        for faults in zip(cycle(PASSING_POST), PASSING_POLL, cycle(PASSING_DOWNLOAD), strict=False)
    ),
)
# Only of a young task: on a machine that is busy with other things the first look may come too late for them.
BRIEF = frozenset(
    {"poll.processing", "poll.reasoning", "poll.generating", "poll.queued", "poll.unknown_status"}
    | {"poll.not_found", "poll.404_not_found", "poll.pending"}
)
KINDS = tuple(sorted(set(chain.from_iterable(trouble.kinds for trouble in TROUBLES))))
_STRIDE = 38  # no common divisor with their number: the first few are a mix of all groups, and each comes in turn


def trouble_of(number: int) -> Trouble:
    """The trouble of the nth drop that has one."""
    return TROUBLES[number * _STRIDE % len(TROUBLES)]
