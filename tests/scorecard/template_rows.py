"""Rows about template.yaml: its invariants, and what two linters find in both of its forms."""

from tests.scorecard.measured import Measured

MEASURED = (
    Measured(
        22,
        "at least 15, each with a mutant, all killed",
        ("tests/template/test_template.py",),
        "{invariants} invariants, {mutants} mutants, at least {fewest_mutants} of each; {survivors} survive",
        {"invariants": 15, "mutants": 15, "fewest_mutants": 1},
        {"survivors": 0},
    ),
    Measured(
        24,
        "0 unexplained findings",
        ("tests/template/rails",),
        "{unexplained} unexplained; in both forms {cfn_lint} findings of cfn-lint and {checkov} of checkov are "
        "explained by {reasons} reasons; {faults} of 14 faults that are put in are found",
        {"faults": 14},
        {"unexplained": 0},
    ),
)
