"""Settings that the default model, or any model, does not take; each beside a good prompt."""

from tests.corpus.bad import Bad, bad_setting, bad_sidecar

UNKNOWN = [
    bad_setting("unknown_setting", name, value)
    for name, value in (
        ("promt", "p"),
        ("Prompt", "p"),
        ("cfg_scale", 7),
        ("negative_prompt", "blur"),
        ("control_image", "aGk="),
        ("webhook_url", "https://example.com"),
        ("", 1),
        ("__proto__", {}),
        ("x" * 5000, 1),
    )
]
WRONG_TYPE = [
    bad_setting("bad_setting", name, value)
    for name, value in (
        ("prompt", 7),
        ("prompt", ["a", "b"]),
        ("seed", "7"),
        ("steps", "20"),
        ("steps", 20.5),
        ("steps", True),
        ("guidance", "15"),
        ("output_format", 1),
        ("prompt_upsampling", "yes"),
        ("safety_tolerance", "2"),
        ("width", "1024"),
        ("height", 1024.5),
        ("depth_map", 1),
        ("depth_map", ""),
        ("rerun", "x" * 1001),
        ("metadata", "album"),
    )
]
METADATA = [
    bad_sidecar(
        "a number in metadata", "bad_setting", b'{"prompt": "p", "metadata": {"a": 1}}', field="metadata.a"
    ),
]
OUT_OF_RANGE = [
    bad_setting("setting_out_of_range", name, value)
    for name, value in (
        ("steps", 14),
        ("steps", 51),
        ("guidance", 0.9),
        ("guidance", 100.5),
        ("safety_tolerance", -1),
        ("safety_tolerance", 7),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", 10**300),
        ("width", 1000),
        ("width", 1472),
        ("height", 1001),
    )
]
MODELS = [
    bad_setting("unknown_model", "model", value)
    for value in ("flux-pro-1.0-deep", "dall-e-3", "../flux", 7, "x" * 9000)
]
BAD_SETTINGS: list[Bad] = [*UNKNOWN, *WRONG_TYPE, *METADATA, *OUT_OF_RANGE, *MODELS]
