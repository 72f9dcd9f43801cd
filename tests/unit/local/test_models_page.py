"""docs/models.md agrees with the list of models."""

import pytest

from depthdrop.settings.models_and_prices import MODELS
from local.written.pages import MODELS_PAGE as PAGE
from local.written.pages import rewritten


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text()

    assert page == rewritten(PAGE, page), "run `make docs`"


def test_the_tables_hold_every_model_price_and_range() -> None:
    page = PAGE.read_text()

    for model in MODELS:
        assert f"| `{model.name}` | {model.keeps} | {model.price_usd} |" in page
        assert all(rule.says in page for rule in model.takes.values())


def test_a_page_without_its_marks_is_not_written_over() -> None:
    with pytest.raises(ValueError, match="lost the marks"):
        rewritten(PAGE, "# Models\n")
