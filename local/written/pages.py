"""Writes the generated parts of docs/events.md (`make schemas`) and docs/models.md (`make docs`)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from depthdrop.notices.events import EVENTS, EventType
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import MODELS
from local.written.event_schemas import FOLDER, releases, schema_of

EVENTS_PAGE, MODELS_PAGE = FOLDER.parent / "events.md", FOLDER.parent / "models.md"
_PART = re.compile(r"(<!-- (\w+): make \w+ -->\n).*?(<!-- end of \w+ -->)", re.DOTALL)
_NONE = "-"

Schema = Mapping[str, Any]


def rewritten(path: Path, page: str) -> str:
    """The page with its generated parts replaced. Raises ValueError when the mark of one is missing."""
    parts = {"tables": tables()} if path == MODELS_PAGE else {"examples": examples(), "fields": fields()}
    if {name for _, name, _ in _PART.findall(page)} != parts.keys():
        raise ValueError(f"{path.name} has lost the marks around a generated part")
    return _PART.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n{found[3]}", page)


def _table(rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first row is the head."""
    head, *others = rows
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *others))


def tables() -> str:
    """Two tables: facts about each model, and the settings that it takes."""
    about = [("model", "keeps", "USD a request", "price by", "deprecated", "successor")]
    for model in MODELS:
        ends = (str(model.sunset_on or _NONE), model.successor or _NONE)
        about.append((f"`{model.name}`", model.keeps, str(model.price_usd), model.price_source, *ends))
    settings = dict.fromkeys(name for model in MODELS for name in model.takes)
    takes = [("setting", *(f"`{model.name}`" for model in MODELS))]
    takes += [(f"`{name}`", *(_cell(model, name) for model in MODELS)) for name in settings]
    return f"{_table(about)}\n{_table(takes)}"


def _cell(model: Model, name: str) -> str:
    rule = model.takes.get(name)
    if rule is None:
        return _NONE
    default = model.defaults.get(name)
    return rule.says if default is None else f"{rule.says} (**{str(default).lower()}**)"


def examples() -> str:
    """The meaning and example of each type, in the newest release; only the first example is shown in full."""
    newest = releases()[-1]
    return "\n".join(f"### `{kind}`\n\n{_example(newest, kind)}" for kind in EventType)


def _example(release: Path, kind: EventType) -> str:
    path = example_path(release, kind)
    link = f"[example](events/{release.name}/{path.name}), [schema](events/{kind}.schema.json)"
    text = f"{schema_of(EVENTS[kind], kind)['description']} As files: {link}.\n"
    return f"{text}\n```json\n{path.read_text()}```\n" if kind is EventType.SUCCEEDED else text


def example_path(release: Path, kind: EventType) -> Path:
    return release / f"{kind.value}.json"


def fields() -> str:
    """One row for each field and meaning, with the types that always, and that sometimes, have it."""
    rows: dict[tuple[str, str, str], dict[bool, list[str]]] = {}
    for kind in EventType:
        for path, form, meaning, is_required in fields_of(schema_of(EVENTS[kind], kind)):
            shown = "string" if path == "type" else form  # each type has its own constant
            where = rows.setdefault((path, shown, meaning), {True: [], False: []})
            where[is_required].append(kind.status)
    lines = [("field", "type", "always in", "at times in", "meaning")]
    # The envelope first, then data; fields of one object together.
    in_order = sorted(rows.items(), key=lambda row: (row[0][0].split(".")[0] == "data", row[0][0]))
    for (path, form, meaning), where in in_order:
        lines.append((f"`{path}`", form, _in(where[True]), _in(where[False]), meaning))
    return _table(lines)


def fields_of(schema: Schema, within: Schema | None = None, path: str = "") -> Iterator[tuple[str, str, str, bool]]:
    """Path, type and meaning of each field, and whether it is required. An object's fields follow it."""
    node = schema if within is None else within
    for name, field in node.get("properties", {}).items():
        resolved = {**schema["$defs"].get(str(field.get("$ref")).rpartition("/")[2], {}), **field}
        yield f"{path}{name}", _form(resolved), resolved["description"], name in node["required"]
        yield from fields_of(schema, resolved, f"{path}{name}.")


def _form(field: Schema) -> str:
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "enum" in field:
        return " or ".join(f"`{json.dumps(value)}`" for value in field["enum"])
    if field["type"] == "array":
        return f"array of {field['items']['type']}s"
    if isinstance(field.get("additionalProperties"), dict):
        return f"object of {field['additionalProperties']['type']}s"
    return "string, RFC 3339" if field.get("format") == "date-time" else str(field["type"])


def _in(statuses: list[str]) -> str:
    return "all" if len(statuses) == len(EventType) else ", ".join(statuses)


if __name__ == "__main__":
    for page in (EVENTS_PAGE, MODELS_PAGE):
        page.write_text(rewritten(page, page.read_text()))
