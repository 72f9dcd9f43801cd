"""The catalogue covers the contract, and the README shows the catalogue."""

from pathlib import Path

import local.fake_upstream as package
from local.fake_upstream.catalogue import CATALOGUE, markdown_table
from local.fake_upstream.download_faults import DOWNLOAD_FAULTS
from local.fake_upstream.models import MODELS
from local.fake_upstream.poll_faults import POLL_FAULTS
from local.fake_upstream.post_faults import POST_FAULTS

HOME = Path(package.__file__).parent


def test_the_readmes_table_is_the_catalogue() -> None:
    readme = (HOME / "README.md").read_text()

    assert readme.partition("## The faults\n\n")[2].strip() == markdown_table()


def test_no_two_faults_share_a_name() -> None:
    assert len(CATALOGUE) == len(POST_FAULTS) + len(POLL_FAULTS) + len(DOWNLOAD_FAULTS)


def test_only_post_faults_say_whether_they_charge() -> None:
    assert all(fault.charged is not None for fault in POST_FAULTS)
    assert all(fault.charged is None for fault in (*POLL_FAULTS, *DOWNLOAD_FAULTS))


def test_a_charged_answer_that_hides_the_id_is_never_called_sent() -> None:
    answers = {
        fault.name: fault.answer for fault in POST_FAULTS if fault.charged and fault.name.endswith("_charged")
    }

    assert "sent" not in answers.values()


def test_every_ambiguous_answer_comes_charged_and_not_charged() -> None:
    names = {fault.name for fault in POST_FAULTS}
    ambiguous = {
        f"post.{one}"
        for one in ["500", "502", "503", "504", "524", "redirect", "html", "no_id", "not_json", "reset", "stall"]
    }

    assert ambiguous | {f"{name}_charged" for name in ambiguous} <= names


def test_the_contract_names_every_model_with_its_price() -> None:
    contract = (HOME.parent.parent / "docs" / "upstream.md").read_text()

    for model in MODELS:
        [line] = [line for line in contract.splitlines() if line.startswith(f"| `{model.name}`")]
        assert f"| {model.price} (" in line
        assert all(f"`{alias}`" in line for alias in model.aliases)
