"""Records go to DynamoDB and come back as they were."""

from decimal import Decimal, Inexact

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.records.table import from_attribute, to_attribute

_NUMBERS = st.integers(-(10**37), 10**37) | st.decimals(-1000, 1000, places=4)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.text() | _NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(_VALUES)
def test_what_is_written_is_read_again_and_is_what_boto3_writes(value: object) -> None:
    attribute = to_attribute(value)

    assert attribute == TypeSerializer().serialize(value)
    assert from_attribute(attribute) == value


def test_whole_numbers_come_back_as_int_and_fractions_as_decimal() -> None:
    read = [from_attribute({"N": text}) for text in ("19", "19.0", "0.06")]

    assert read == [19, 19, Decimal("0.06")]
    assert [type(one) for one in read] == [int, int, Decimal]


@pytest.mark.parametrize("value", [1.5, b"bytes", {1, 2}, object()])
def test_what_no_record_holds_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        to_attribute(value)


def test_a_number_that_dynamodb_would_round_is_not_written() -> None:
    with pytest.raises(Inexact):
        to_attribute(10**38 + 1)


def test_a_kind_that_no_record_holds_is_not_read() -> None:
    with pytest.raises(TypeError, match="SS"):
        from_attribute({"SS": ["a"]})
