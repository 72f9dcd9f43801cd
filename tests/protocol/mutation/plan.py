"""What is mutated, by which tests it is judged, what is suppressed and why: plan.toml, read and checked."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.protocol.mutation.mutants import Mutant


@dataclass(frozen=True, slots=True)
class Module:
    """A module and the tests that judge its mutants, those that see most first."""

    name: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Modules, or functions of them as `module:Class.function`, that share a target in percent."""

    name: str
    target: float
    scopes: tuple[str, ...]

    def has(self, mutant: "Mutant | Equivalent") -> bool:
        return mutant.where in self.scopes or mutant.module in self.scopes


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A mutant that does what the code does, by its name, and why."""

    where: str
    was: str
    becomes: str
    reason: str
    nth: int = 1

    @property
    def name(self) -> tuple[str, str, str, int]:
        return self.where, self.was, self.becomes, self.nth

    @property
    def module(self) -> str:
        return self.where.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """`warm_up` are a few tests that are run once, before anything is mutated, to have the libraries loaded.

    `extra_seconds` of computing are allowed to each mutant beyond a multiple of what its tests take unmutated.
    """

    warm_up: tuple[str, ...]
    extra_seconds: float
    modules: tuple[Module, ...]
    groups: tuple[Group, ...]
    equivalents: tuple[Equivalent, ...]

    def without_others(self, names: Iterable[str]) -> "Plan":
        """Only the groups of these names and what belongs to them; everything when there are none."""
        wanted = set(names)
        if not wanted:
            return self
        if unknown := wanted - {group.name for group in self.groups}:
            raise ValueError(f"no such group: {', '.join(sorted(unknown))}")
        groups = tuple(group for group in self.groups if group.name in wanted)
        needed = {scope.partition(":")[0] for group in groups for scope in group.scopes}
        modules = tuple(module for module in self.modules if module.name in needed)
        equivalents = tuple(one for one in self.equivalents if any(group.has(one) for group in groups))
        return replace(self, modules=modules, groups=groups, equivalents=equivalents)

    def mutated(self, mutants: Iterable[Mutant]) -> list[Mutant]:
        """The mutants that a group asks for. A group's scope that holds none is a mistake: its code was renamed."""
        found = [mutant for mutant in mutants if any(group.has(mutant) for group in self.groups)]
        places = {place for mutant in found for place in (mutant.where, mutant.module)}
        if empty := {scope for group in self.groups for scope in group.scopes} - places:
            raise ValueError(f"nothing to mutate in {', '.join(sorted(empty))}")
        return found


def read(path: Path) -> Plan:
    content = tomllib.loads(path.read_text())
    modules = tuple(Module(one["name"], tuple(one["tests"])) for one in content["module"])
    groups = tuple(Group(one["name"], float(one["target"]), tuple(one["scopes"])) for one in content["group"])
    equivalents = tuple(_equivalent(one) for one in content.get("equivalent", ()))
    return Plan(tuple(content["warm_up"]), float(content["extra_seconds"]), modules, groups, equivalents)


def _equivalent(entry: dict[str, Any]) -> Equivalent:
    equivalent = Equivalent(**entry)
    if not equivalent.reason.strip():
        raise ValueError(f"no reason is given for {equivalent.name}")
    return equivalent
