"""A forgery: one change of a genuine delivery, and the guard that refuses it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.template.invariants import Mutant
from tests.unit.webhook.delivery import Delivery

Forge = Callable[[Delivery], object]


@dataclass(frozen=True)
class Guard:
    """A place in one of the verifier's files, and the change that removes the guard."""

    file: str
    mutant: Mutant

    def remove(self, sources: dict[str, str]) -> None:
        sources[self.file] = self.mutant.of(sources[self.file])


@dataclass(frozen=True)
class Forgery:
    forge: Forge
    code: str
    guard: Guard

    def __str__(self) -> str:
        name: str = self.forge.__name__
        return name

    def delivery(self) -> Delivery:
        delivery = Delivery.genuine()
        self.forge(delivery)
        return delivery


class Forgeries(list[Forgery]):
    def refused_as(self, code: str, guard: Guard) -> Callable[[Forge], Forge]:
        def register(forge: Forge) -> Forge:
            self.append(Forgery(forge, code, guard))
            return forge

        return register


def guard(file: str, old: str, new: str, after: str = "") -> Guard:
    return Guard(file, Mutant(old, new, after))
