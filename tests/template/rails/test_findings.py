"""cfn-lint and checkov find nothing in the template that is not explained, and every explanation is needed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.template.invariants import Mutant
from tests.template.rails.findings import (
    CHECKOV,
    LOOKERS,
    Acceptance,
    Finding,
    accepted,
    complaints,
    forms,
    found_by_cfn_lint,
    found_by_checkov,
    found_in,
)
from tests.template.template import Template

# What each tool must find in the template when it is put in there, in both forms.
FAULTS = {
    Finding("checkov", "CKV_AWS_56", "InboxBucket"): Mutant(
        "RestrictPublicBuckets: true", "RestrictPublicBuckets: false"
    ),
    Finding("checkov", "CKV_AWS_28", "Edits"): Mutant(
        "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false"
    ),
    Finding("checkov", "CKV_AWS_7", "TopicsKey"): Mutant("EnableKeyRotation: true", "EnableKeyRotation: false"),
    Finding("checkov", "CKV_AWS_27", "Spare"): Mutant(
        "  InboxRuleDeadLetters:\n", "  Spare:\n    Type: AWS::SQS::Queue\n\n  InboxRuleDeadLetters:\n"
    ),
    Finding("cfn-lint", "ES6000", "InboxQueue"): Mutant(
        "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt InboxDeadLetters.Arn\n        maxReceive",
        "      # maxReceive",
    ),
    Finding("cfn-lint", "WS1000", "PollFunction"): Mutant("Tracing: Active", "Tracing: PassThrough"),
    Finding("cfn-lint", "ES4000", "InboxRule"): Mutant(
        "          DeadLetterConfig: { Arn: !GetAtt InboxRuleDeadLetters.Arn }\n", ""
    ),
}
ONE = Acceptance("checkov", "CKV_1", ("Inbox", "Outbox"), "there is a reason for this")
BOTH = ONE.findings()


@pytest.fixture(scope="module", autouse=True)
def _checkov() -> None:
    if not CHECKOV.exists():
        pytest.fail(f"checkov is not at {CHECKOV}: `make rails` installs it")


def test_whatever_is_found_in_either_form_is_explained_and_nothing_else_is(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    found = found_in(forms(Template.read(), tmp_path))
    everything = set.union(*found.values())
    unexplained = complaints(everything, accepted())
    for tool in LOOKERS:
        of_both = [one for findings in found.values() for one in findings if one.tool == tool]
        record_property(tool.replace("-", "_"), len(of_both))
    record_property("reasons", len(accepted()))
    record_property("unexplained", len(unexplained))

    assert unexplained == []


def test_faults_that_are_put_in_are_found_in_both_forms(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    text = Template.read().text
    for fault in FAULTS.values():
        text = fault.of(text)
    (tmp_path / "mutated.yaml").write_text(text)
    found = found_in(forms(Template.read(tmp_path / "mutated.yaml"), tmp_path))
    missed = {form: FAULTS.keys() - findings for form, findings in found.items()}
    printed = complaints(set.union(*found.values()), accepted())
    record_property("faults", sum(len(FAULTS) - len(faults) for faults in missed.values()))

    assert missed == {"written": set(), "expanded": set()}
    assert [one for one in FAULTS if f"{one.tool} finds {one.check} in {one.resource}" not in printed] == []


def test_what_is_explained_for_some_resources_is_not_for_others() -> None:
    other = Finding("checkov", "CKV_1", "Spare")

    assert complaints(BOTH, [ONE]) == []
    assert complaints(BOTH | {other}, [ONE]) == ["checkov finds CKV_1 in Spare"]


def test_an_explanation_that_is_not_needed_is_reported() -> None:
    assert complaints({Finding("checkov", "CKV_1", "Inbox")}, [ONE]) == ["checkov does not find CKV_1 in Outbox"]


def test_an_explanation_must_explain() -> None:
    assert complaints(BOTH, [replace(ONE, reason="accepted risk")]) == ["CKV_1 has no reason"]


def test_a_tool_that_cannot_look_does_not_find_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("Resources: [")

    with pytest.raises(ValueError, match="checkov"):
        found_by_checkov(broken)
    assert {one.check for one in found_by_cfn_lint(broken)} == {"E0000"}
