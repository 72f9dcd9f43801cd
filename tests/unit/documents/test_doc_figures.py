"""The parameters and the monthly cost on the pages are those of the template, the price list and the catalogue."""

import re
from typing import Any

from depthdrop.settings.models_and_prices import DEPTH, KONTEXT_PRO
from local.stack.bundle import ROOT, load_template
from tests.bench.prices import ALARM_MONTH, KMS_KEY_MONTH, SECRET_MONTH
from tests.unit.documents.pages import rows, section

_FREE_ALARMS = 10  # of an account: aws.amazon.com/cloudwatch/pricing, "free tier"
README = (ROOT / "README.md").read_text()
PERFORMANCE = (ROOT / "docs" / "performance.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()
TEMPLATE = load_template()


def of_type(kind: str) -> list[dict[str, Any]]:
    """The resources of this type that a stack has by default."""
    found = (one for one in TEMPLATE["Resources"].values() if one["Type"] == kind)
    return [one for one in found if one.get("Condition") != "HasWebhook"]


def test_the_table_of_parameters_is_the_templates_in_its_order_with_its_defaults() -> None:
    shown = {cells[0].strip("`"): cells for cells in rows(section(OPERATING, "## Parameters"))}
    wanted = {name: str(one["Default"]) or "-" for name, one in TEMPLATE["Parameters"].items()}

    assert {name: cells[1].strip("`") for name, cells in shown.items()} == wanted
    assert all(all(cells) for cells in shown.values())
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert list(shown) == [name for group in groups for name in group["Parameters"]]


def test_what_a_month_costs_is_the_sum_of_what_the_template_makes() -> None:
    alarms = len(of_type("AWS::CloudWatch::Alarm"))
    parts = {
        "the KMS key of the topics": KMS_KEY_MONTH * len(of_type("AWS::KMS::Key")),
        "the secret with the API key": SECRET_MONTH * len(of_type("AWS::SecretsManager::Secret")),
        f"{alarms} alarms, ten of them free: {alarms - _FREE_ALARMS} x {ALARM_MONTH:.2f}": (
            ALARM_MONTH * (alarms - _FREE_ALARMS)
        ),
    }
    shown = dict(rows(section(PERFORMANCE, "## What a month costs")))

    assert {name: shown[name] for name in parts} == {name: f"{usd:.2f}" for name, usd in parts.items()}
    assert shown["together"] == f"{sum(parts.values()):.2f}"


def test_the_readme_gives_the_same_sums_and_the_models_price() -> None:
    shown = dict(rows(section(README, "## What a month costs")))
    [measured] = re.findall(r"^\| all of it \| \$([\d.]+) ", PERFORMANCE, re.MULTILINE)
    [together] = re.findall(r"^\| together \| ([\d.]+) ", PERFORMANCE, re.MULTILINE)

    assert list(shown.values()) == [together, f"{float(measured):.2f}", f"{1000 * DEPTH.price_usd:.2f}"]
    assert f"`{DEPTH.name}` on {DEPTH.sunset_on}" in README
    assert f"FallbackModel={DEPTH.successor}" in README
    assert (DEPTH.successor, f"${KONTEXT_PRO.price_usd} each" in README) == (KONTEXT_PRO.name, True)
    assert TEMPLATE["Parameters"]["DefaultModel"]["Default"] == DEPTH.name
