"""DynamoDB's form of values, for the kinds that records hold. boto3 has this too, and its import costs 40 ms."""

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, Rounded
from typing import Any

_EXACT = Context(prec=38, traps=[Inexact, Rounded])  # DynamoDB keeps 38 digits, and rounds in silence


def to_attribute(value: object) -> dict[str, Any]:
    """Raises TypeError for what no record holds (a float, above all) and ArithmeticError for too many digits."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | Decimal():
            return {"N": str(_EXACT.create_decimal(value))}
        case list() | tuple():
            return {"L": [to_attribute(one) for one in value]}
        case Mapping():
            return {"M": {name: to_attribute(one) for name, one in value.items()}}
        case _:
            raise TypeError(f"a record holds no {type(value).__name__}")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """Whole numbers come back as int; fractions stay Decimal, they are money. Raises TypeError for other kinds."""
    [(kind, value)] = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else number
        case "NULL":
            return None
        case "L":
            return [from_attribute(one) for one in value]
        case "M":
            return {name: from_attribute(one) for name, one in value.items()}
        case _:
            raise TypeError(f"a record holds no {kind}")
