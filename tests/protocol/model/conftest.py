"""Prints the result of each search, whether its tests pass or not."""

import pytest

from tests.protocol.model.spin import FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("what the searches of the model came to")
    for search, report in FIGURES:
        terminalreporter.write_line(
            f"{search.name:44} {report.states:10,} states {report.seconds:5.1f} s {report.megabytes:5.0f} MB  "
            f"{report.complaint or 'holds'}"
        )
