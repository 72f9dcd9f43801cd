"""Writes the tables of docs/models.md from the registry: `make docs`."""

from collections.abc import Iterable
from pathlib import Path

from depthdrop.settings.catalogue import MODELS
from depthdrop.settings.model import Model

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"
BEGIN, END = "<!-- tables: make docs -->\n", "<!-- end of tables -->"
_NOT_TAKEN = "-"


def tables() -> str:
    """Both tables, as they stand between the page's two marks."""
    settings = dict.fromkeys(name for model in MODELS for name in model.takes)
    about = _table(
        ("model", "keeps", "USD a request", "price by", "deprecated", "successor"),
        (
            (
                f"`{model.name}`",
                model.keeps,
                str(model.price_usd),
                model.price_source,
                str(model.sunset_on or _NOT_TAKEN),
                model.successor or _NOT_TAKEN,
            )
            for model in MODELS
        ),
    )
    takes = _table(
        ("setting", *(f"`{model.name}`" for model in MODELS)),
        ((f"`{name}`", *(_cell(model, name) for model in MODELS)) for name in settings),
    )
    return f"\n{about}\n\n{takes}\n\n"


def with_tables(page: str) -> str:
    """The page with its tables made anew. Raises ValueError when a mark is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} has lost the marks around its tables")
    return f"{before}{BEGIN}{tables()}{END}{after}"


def _cell(model: Model, name: str) -> str:
    rule = model.takes.get(name)
    if rule is None:
        return _NOT_TAKEN
    default = model.defaults.get(name)
    used = "" if default is None else f" (**{str(default).lower()}**)"
    return f"{rule.says()}{used}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
