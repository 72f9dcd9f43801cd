"""The templates of the page and of the report: every name, prompt and sentence is escaped by them."""

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
    made = Environment(
        loader=PackageLoader("depthdrop_cli.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"usd": usd, "cost": cost, "moment": lambda at: datetime.fromtimestamp(at, UTC)}
    return made
