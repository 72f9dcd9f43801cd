"""A row that tests decide: which they are, what their figures say in words, and what each figure must come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from tests.scorecard.reports import Report, report_of
from tests.scorecard.rows import Row


@dataclass(frozen=True)
class Measured:
    """`figure` is text with figures' names in braces. A figure that nobody stated fails the row."""

    number: int
    target: str
    tests: tuple[str, ...]
    figure: str
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    also: Callable[[], Report] = Report

    def rows(self) -> list[Row]:
        report = reduce(Report.and_also, (report_of(tests) for tests in self.tests), Report())
        return [self.judge(report.and_also(self.also()))]

    def judge(self, report: Report) -> Row:
        """The row that these figures make."""
        said = _Figures(report.figures)
        figure = self.figure.format_map(said)
        missing = ", ".join(f"no figure {name}" for name in said.missing)
        trouble = report.trouble or missing
        if trouble:
            figure = trouble if missing else f"{figure}; {trouble}"
        few = any(report.figures.get(name, 0) < least for name, least in self.at_least.items())
        many = any(report.figures.get(name, most + 1) > most for name, most in self.at_most.items())
        return Row(self.number, figure, self.target, not (trouble or few or many))


class _Figures(dict[str, str]):
    """Figures as they are printed; it notes those that are asked for and not there."""

    def __init__(self, figures: Mapping[str, float]) -> None:
        super().__init__({name: f"{value:,.10g}".replace(",", " ") for name, value in figures.items()})
        self.missing: list[str] = []

    def __missing__(self, name: str) -> str:
        self.missing.append(name)
        return "?"
