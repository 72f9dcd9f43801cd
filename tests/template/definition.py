"""The state machine's definition as a graph, and its expressions evaluated as Step Functions would."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonata

from local.stack.bundle import ROOT, load_template

DEFINITION = ROOT / "functions" / "edit_workflow.asl.json"

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a state to another; `condition` only for a Choice's rule."""

    source: str
    target: str
    kind: str
    condition: str | None = None


@dataclass(frozen=True)
class Definition:
    text: str

    @classmethod
    def read(cls, path: Path = DEFINITION) -> "Definition":
        return cls(path.read_text())

    @cached_property
    def data(self) -> State:
        loaded: State = json.loads(self.text)
        return loaded

    @property
    def states(self) -> dict[str, State]:
        states: dict[str, State] = self.data["States"]
        return states

    @property
    def tasks(self) -> dict[str, State]:
        return {name: state for name, state in self.states.items() if state["Type"] == "Task"}

    @cached_property
    def ways(self) -> list[Way]:
        return [way for name, state in self.states.items() for way in _ways(name, state)]

    def reached_from(self, start: str) -> set[str]:
        """The states that an execution may visit from here on, this one included."""
        found, fresh = {start}, [start]
        while fresh:
            here = fresh.pop()
            further = {way.target for way in self.ways if way.source == here} - found
            found |= further
            fresh += further
        return found

    def strings(self) -> Iterator[tuple[str, str]]:
        """Every string with the path to it."""
        yield from _strings(self.data, "")


def _ways(name: str, state: State) -> Iterator[Way]:
    for kind in ("Next", "Default"):
        if kind in state:
            yield Way(name, state[kind], kind)
    for rule in state.get("Choices", []):
        yield Way(name, rule["Next"], "Choice", rule.get("Condition", ""))
    for catcher in state.get("Catch", []):
        yield Way(name, catcher["Next"], "Catch")


def _strings(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _strings(value, f"{path}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _strings(value, f"{path}/{number}")


def substitutions() -> dict[str, Any]:
    """What template.yaml puts in the place of each `${…}`."""
    given: dict[str, Any] = load_template()["Resources"]["EditWorkflow"]["Properties"]["DefinitionSubstitutions"]
    return given


def substituted(text: str) -> str:
    """With template.yaml's numbers in their places; what is known only when deployed is left as its name."""
    for name, value in substitutions().items():
        text = text.replace(f"${{{name}}}", value if isinstance(value, str) else name)
    return text


def evaluate(expression: str, state: object, *, result: object = None, error: object = None) -> Any:
    """A `{% … %}` field's value, `$states` bound as Step Functions binds it. An undefined value is None."""
    bound = {"input": state, "result": result, "errorOutput": error}
    return parse(expression).evaluate(None, {"states": bound})


def parse(expression: str) -> Any:
    """Raises an error of the parser's when the text between the braces is no JSONata."""
    return jsonata.Jsonata.jsonata(expression.removeprefix("{%").removesuffix("%}").strip())
