"""Models of events that were changed in a way that readers would notice."""

from typing import Any

from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo

from depthdrop.notices.events import EVENTS, EventType
from tests.unit.notices.compatibility import Models


def changed(kind: EventType, where: str, name: str, *to: tuple[str, Any, FieldInfo]) -> Models:
    """Today's models with a change in one: the field `name` of the object `where` is taken away, `to` put there."""
    return {**EVENTS, kind: _changed(EVENTS[kind], [*where.split(".")] if where else [], name, to)}


def _changed(
    model: type[BaseModel], where: list[str], name: str, to: tuple[tuple[str, Any, FieldInfo], ...]
) -> type[Any]:
    fields: dict[str, Any] = {one: (info.annotation, info) for one, info in model.model_fields.items()}
    if where:
        inner, info = fields[where[0]]
        fields[where[0]] = (_changed(inner, where[1:], name, to), info)
    else:
        fields.pop(name, None)
        fields |= {one: (form, info) for one, form, info in to}
    return create_model(model.__name__, __base__=_root(model), **fields)


def _root(model: type[BaseModel]) -> type[BaseModel]:
    """The nearest base without fields of its own, so that a field can be taken away."""
    return next(base for base in model.__mro__ if issubclass(base, BaseModel) and not base.model_fields)
