"""The same events on an EventBridge bus, for owners who route there."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

    from depthdrop.notices.events import Event

_TRIES = 3
_PAUSE_SECONDS = 0.5


class MirrorError(Exception):
    """The bus took the request and refused the event in it."""


@dataclass(frozen=True, slots=True)
class Mirror:
    bus_name: str
    events: "EventBridgeClient"
    sleep: Callable[[float], None] = time.sleep

    def put(self, event: "Event") -> None:
        """Put the event on the bus; raises MirrorError when it is not taken.

        PutEvents answers 200 for an entry that it throttled or lost, and then the SDK tries nothing again.
        """
        trouble = ""
        for tried in range(_TRIES):
            if tried:
                self.sleep(_PAUSE_SECONDS * tried)
            answer = self.events.put_events(
                Entries=[
                    {
                        "EventBusName": self.bus_name,
                        "Source": event.source,
                        "DetailType": event.type.value,
                        "Detail": event.to_json(),
                    }
                ]
            )
            if answer["FailedEntryCount"] == 0:
                return
            [entry] = answer["Entries"]
            trouble = f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}"
        raise MirrorError(f"The bus {self.bus_name} did not take event {event.id}: {trouble}")
