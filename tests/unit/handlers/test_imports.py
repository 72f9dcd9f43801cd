"""What each function has loaded before its first event. Every module here is paid for by every cold start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.bundle import ROOT
from local.runtime_interface import link_libraries
from tests.bench.cold_start import environment_of

_LAYER = ROOT / "layers/depthdrop"
_PRINT = """
import json, sys
import app
loaded = {name for name, module in sys.modules.items() if type(module).__name__ != "_LazyModule"}
packages = {name for name in loaded if "." not in name and getattr(sys.modules[name], "__file__", None)}
libraries = packages - sys.stdlib_module_names - {"app", "depthdrop"}
ours = {name.removeprefix("depthdrop.") for name in loaded if name.startswith("depthdrop.")}
print(json.dumps([[name for name in libraries if not name.startswith("_")], sorted(ours)]))
"""

_EVERYWHERE = {"aws_lambda_powertools", "botocore", "certifi", "dateutil", "jmespath", "six", "urllib3"}
_EVERYWHERE |= {"typing_extensions"}  # Powertools
_HTTP = {"httpx", "idna"}
_PYDANTIC = {"annotated_types", "pydantic", "pydantic_core", "typing_inspection"}
LIBRARIES = {
    "poll": _EVERYWHERE | _HTTP,
    "sweep": _EVERYWHERE,
    "finalize": _EVERYWHERE | _HTTP | _PYDANTIC | {"imagesize"},
    "submit": _EVERYWHERE | _PYDANTIC | {"imagesize"},
}
OURS = {
    "poll": """
        aws cold_start cutoff envelope environment latency observation observe outcomes poll poll_outcome
        schedule upstream upstream_key
    """,
    "sweep": """
        announce attributes aws budget circuit cold_start dead_letters depth_maps download_link drops edits
        environment events_later files foreign_formats halves identities inbox messages mirror missing_half
        model_rules model_warnings models notices observe outbox_keys pairing parking refusal slots sns_limits
        spooled sweep table unpaired workflow
    """,
    "finalize": """
        announce attributes aws budget cold_start cutoff download download_link drops edits environment events
        exif finalize foreign_formats fresh_link identities image_check latencies latency mirror model_rules
        model_warnings models notices observation observe outbox outbox_keys pairing parking picture_defects
        picture_frames picture_parts refusal result_link slots sns_limits spooled table upstream
    """,
    "submit": """
        announce arrivals attributes aws budget carried_prompt circuit cold_start depth_maps
        download_link dropped drops edit_settings edits envelope environment events_later exif fallback files
        foreign_formats halves identities image_check inbox latencies latency messages mirror model_rules
        model_warnings models notices observation observe outbox outbox_keys outcomes pairing parking picture
        picture_defects picture_frames picture_parts post_outcome post_request private_metadata purchase refusal
        rejection schedule settings_sentences settled sidecar slots sns_limits spooled submit table upstream_key
        watched_task workflow
    """,
}


def loaded(function: str, folder: Path) -> tuple[set[str], set[str]]:
    """Libraries, and modules of ours, in a fresh process that sees only what Lambda has."""
    declared = [line for line in (_LAYER / "requirements.in").read_text().splitlines() if line[0] != "#"]
    link_libraries(folder, ["boto3", *declared])
    said = subprocess.run(
        [sys.executable, "-S", "-B", "-c", _PRINT],
        cwd=ROOT / "functions" / function,
        env={**environment_of(function), "PYTHONPATH": f"{_LAYER}:{folder}"},
        capture_output=True,
        text=True,
        check=True,
    )
    libraries, ours = json.loads(said.stdout)
    return set(libraries), set(ours)


@pytest.mark.parametrize("function", LIBRARIES)
def test_a_cold_function_has_loaded_these_modules_and_no_others(function: str, tmp_path: Path) -> None:
    assert loaded(function, tmp_path) == (LIBRARIES[function], set(OURS[function].split()))
