"""Renders the templates of page and report, which escape every name, prompt and sentence."""

from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from depthdrop_cli.reading.entries import Money
from depthdrop_cli.terminal.output import usd


def render(name: str, **values: object) -> str:
    return _environment().get_template(name).render(**values)


def cost(money: Money) -> str:
    return money.worded("nothing", "{}", "{}, perhaps")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("depthdrop_cli.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"usd": usd, "cost": cost, "moment": lambda at: datetime.fromtimestamp(at, UTC)}
    return environment
