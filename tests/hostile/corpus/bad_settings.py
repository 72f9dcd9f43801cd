"""Settings that the default model, or any model, does not take; each beside a good prompt."""

from tests.hostile.corpus.bad import Bad, bad_setting, bad_sidecar

UNKNOWN = [
    bad_setting("unknown_setting", name, value)
    for name, value in (
        ("promt", "p"),
        ("Prompt", "p"),
        ("negative_prompt", "blur"),
        ("control_image", "aGk="),
        ("", 1),
        ("__proto__", {}),
        ("x" * 5000, 1),
    )
]
WRONG_TYPE = [
    bad_setting("bad_setting", name, value)
    for name, value in (
        ("prompt", 7),
        ("seed", "7"),
        ("steps", "20"),
        ("steps", True),
        ("guidance", "15"),
        ("output_format", 1),
        ("prompt_upsampling", "yes"),
        ("safety_tolerance", "2"),
        ("width", "1024"),
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
OF_OTHER_MODELS = [
    bad_setting(code, name, value, model)
    for model, code, name, value in (
        ("flux-pro-1.0-canny", "setting_not_taken", "width", 1024),
        ("flux-pro-1.0-canny", "setting_not_taken", "depth_map", "map.png"),
        ("flux-pro-1.0-canny", "setting_out_of_range", "guidance", 101),
        ("flux-kontext-pro", "setting_not_taken", "height", 1024),
        ("flux-kontext-pro", "setting_not_taken", "steps", 20),
        ("flux-kontext-pro", "setting_out_of_range", "aspect_ratio", "16:1"),
        ("flux-kontext-pro", "setting_out_of_range", "output_format", "webp"),
        ("flux-kontext-max", "setting_not_taken", "guidance", 15),
        ("flux-kontext-max", "setting_out_of_range", "aspect_ratio", "wide"),
        ("flux-pro-1.1", "setting_not_taken", "steps", 20),
        ("flux-pro-1.1", "setting_not_taken", "aspect_ratio", "16:9"),
        ("flux-pro-1.1", "setting_out_of_range", "height", 1472),
        ("flux-2-pro", "setting_not_taken", "prompt_upsampling", True),
        ("flux-2-pro", "setting_out_of_range", "safety_tolerance", 6),
        ("flux-2-pro", "setting_out_of_range", "width", 2080),
    )
]
BAD_SETTINGS: list[Bad] = [*UNKNOWN, *WRONG_TYPE, *METADATA, *OUT_OF_RANGE, *MODELS, *OF_OTHER_MODELS]
