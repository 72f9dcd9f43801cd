"""depthdrop's catalogue of models and the fake upstream's are the same."""

from typing import Any

import pytest

from depthdrop.settings.edit_settings import Layer, resolve, wire_settings
from depthdrop.settings.model import Model
from depthdrop.settings.models_and_prices import MODELS
from local.fake_upstream.models import BY_NAME
from local.fake_upstream.models import MODELS as SERVED
from tests.unit.fake_upstream.talk import PICTURE, Talk
from tests.unit.settings.test_settings_of_models import GOOD, TAKEN

_WORDS = ("jpeg", "png", "webp")
_NUMBERS = (*range(2100), 2**32 - 2, 2**32 - 1, 2**32)
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def test_the_fake_has_these_models_and_no_others() -> None:
    assert {model.name for model in SERVED} == {model.wire_name for model in MODELS}


@EACH
def test_names_and_price_are_the_same(model: Model) -> None:
    served = BY_NAME[model.wire_name]

    assert {served.name, *served.aliases} == {model.wire_name, model.name, model.name.replace(".", "-")}
    assert served.price == model.price_usd
    assert served.body.image_fields[0] == model.image_field
    assert model.depth_map_field in (None, *served.body.image_fields)


@EACH
def test_both_limits_of_every_range_and_every_allowed_word_are_accepted(model: Model) -> None:
    for name in model.takes.keys() - {"depth_map"}:
        words, numbers = ([one for one in of if model.takes[name].allows(one)] for of in (_WORDS, _NUMBERS))
        ends = {*words, *numbers[:1], *numbers[-1:]}
        assert [value for value in ends if not _accepted(model, name, value)] == []


@EACH
def test_every_setting_that_is_sent_is_a_field_of_the_body(model: Model) -> None:
    assert model.takes.keys() - {"depth_map"} <= set(BY_NAME[model.wire_name].body.model_fields)


@EACH
def test_a_request_with_everything_a_model_takes_is_accepted_and_charged_at_its_price(model: Model) -> None:
    talk = Talk()
    asked = {name: GOOD[name] for name in TAKEN[model.name]}
    resolved = resolve(model.name, [Layer("b.yaml", {"prompt": "ink", **asked})])

    fields: dict[str, Any] = {"control_image": ..., model.image_field: PICTURE}
    answer = talk.post(model=model.wire_name, **fields | wire_settings(resolved.values, model))

    assert answer.status_code == 200
    [charge] = talk.upstream.ledger.charges
    assert (charge.model, charge.usd) == (model.wire_name, str(model.price_usd))
    assert charge.image_sha256 != ""


def _accepted(model: Model, name: str, value: object) -> bool:
    sent: dict[str, Any] = {"control_image": ..., model.image_field: PICTURE, name: value}
    return Talk().post(model=model.wire_name, **sent).status_code == 200
