"""The event that a notification carries, as plain data with types."""

from typing import Any, NotRequired, TypedDict, cast

from .errors import NotAnEventError
from .strict_json import read_object


class CloudEvent(TypedDict):
    """CloudEvents 1.0 (https://cloudevents.io). `data` has the fields that the project's event schemas describe.

    Versions grow: be prepared for names that are not known yet, here and in `data`.
    """

    specversion: str
    id: str
    source: str
    type: str
    subject: NotRequired[str]
    time: NotRequired[str]
    datacontenttype: NotRequired[str]
    data: dict[str, Any]


def read_event(message: str) -> CloudEvent:
    """Raises NotAnEventError: whoever may publish to the topic can also publish something else."""
    try:
        event = read_object(message)
    except ValueError as error:
        raise NotAnEventError(f"The message is no CloudEvent: {error}.") from None
    if event.get("specversion") != "1.0":
        raise NotAnEventError("The message is no CloudEvent: its specversion is not 1.0.")
    for name in ("id", "source", "type"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise NotAnEventError(f"The message is no CloudEvent: {name} is missing, empty or no text.")
    for name in ("subject", "time", "datacontenttype"):
        if not isinstance(event.get(name, ""), str):
            raise NotAnEventError(f"The message is no CloudEvent: {name} is no text.")
    if not isinstance(event.get("data"), dict):
        raise NotAnEventError("The message is no event of depthdrop: it has no data.")
    return cast("CloudEvent", event)
