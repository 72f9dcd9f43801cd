"""Renders the templates of page and report, which escape every name, prompt and sentence."""

from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from depthdrop_cli.reading.entries import Money
from depthdrop_cli.terminal.output import usd


def cost(money: Money) -> str:
    return money.worded("nothing", "{}", "{}, perhaps")


_LOADER = PackageLoader("depthdrop_cli.page")
_TEMPLATES = Environment(
    loader=_LOADER, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters |= {"usd": usd, "cost": cost, "moment": lambda at: datetime.fromtimestamp(at, UTC)}


def render(name: str, **values: object) -> str:
    return _TEMPLATES.get_template(f"{name}.html").render(**values)
