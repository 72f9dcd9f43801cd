"""Whatever is in a sidecar or preset: it gives settings, or a refusal that names the file."""

import json
from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from depthdrop.drop.refusal import Refusal, RefusedError
from depthdrop.settings.edit_settings import Layer, resolve
from depthdrop.settings.models_and_prices import DEPTH
from depthdrop.settings.sidecar import read_settings
from tests.hostile.fuzz.odd_sidecars import odd_sidecars
from tests.protocol.faults.way import ALL
from tests.support.aws import Stack, _no_real_account, _resources, stack
from tests.support.scripted import ScriptedUpstream

__all__ = ["_no_real_account", "_resources", "stack"]

COUNT = 30_000 if ALL else 6_000
OF_SUBMIT = 60
NAMES = ("photo.yaml", "photo.json", "photo.txt")


@pytest.fixture
def upstream() -> ScriptedUpstream:
    return ScriptedUpstream()


def _refusal(name: str, content: bytes) -> Refusal | None:
    try:
        found = read_settings(name, content)
        assert isinstance(found, Mapping)
        resolve(DEPTH.name, [Layer(name, found)])
    except RefusedError as error:
        return error.refusal
    return None


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_gives_settings_or_a_refusal_that_names_the_file(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    verdicts = Counter[str]()
    for content in odd_sidecars(COUNT, seed=len(name)):
        refusal = _refusal(name, content)
        verdicts["taken" if refusal is None else refusal.code] += 1
        assert refusal is None or name in f"{refusal.message} {refusal.hint}" or refusal.field, content

    record_property(f"sidecars_{name.partition('.')[2]}", COUNT)
    assert verdicts["taken"] > COUNT // 100
    assert len(verdicts) >= 3, verdicts


@pytest.mark.parametrize("content", [b'prompt: "\\UFFFFFFFF"', b"prompt: x\nseed: 1e400", b"prompt: [\n"])
def test_what_python_cannot_hold_is_refused_with_its_file(content: bytes) -> None:
    refusal = _refusal("photo.yaml", content)

    assert refusal is not None
    assert "photo.yaml" in refusal.message or refusal.field == "seed"


def test_whatever_a_reader_raises_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str, _text: str) -> object:
        raise MemoryError

    monkeypatch.setattr("depthdrop.settings.sidecar._READERS", {".yaml": broken})
    refusal = _refusal("photo.yaml", b"prompt: x")

    assert refusal is not None
    assert (refusal.code, refusal.message) == ("sidecar_unreadable", "photo.yaml cannot be read (MemoryError).")


def test_a_bad_preset_of_the_root_is_named_to_the_owner_of_each_drop(stack: Stack) -> None:
    """One that made submit crash stopped every drop of the stack."""
    refused = 0
    for number, content in enumerate([b'seed: "\\UFFFFFFFF"', *odd_sidecars(OF_SUBMIT, seed=7)]):
        stack.put("_preset.yaml", content)
        assert len(stack.deliver(stack.drop(f"photo{number}"))) == 1
        for event in stack.events():
            assert event["type"].split(".")[2] == "rejected"
            error = event["data"]["error"]
            assert "_preset.yaml" in json.dumps(error) or error["field"]
            refused += 1

    assert refused > OF_SUBMIT // 2
