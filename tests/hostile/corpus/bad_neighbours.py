"""Files beside or above a picture that spoil it: presets and depth maps."""

import json

from tests.hostile.corpus.bad import PROMPT, Bad
from tests.support.foreign_files import FOREIGN_FILES
from tests.support.scripted import PICTURE, picture


def _preset(name: str, code: str, content: bytes, key: str = "_preset.yaml", field: str | None = None) -> Bad:
    folder = f"{key.rpartition('/')[0]}/" if "/" in key else ""
    files = {key: content, f"{folder}a.jpg": PICTURE, f"{folder}a.txt": PROMPT}
    return Bad(f"a preset: {name}", code, files, says=key, field=field, image=f"{folder}a.jpg")


def _map(name: str, code: str, depth_map: str, files: dict[str, bytes], field: str | None = None) -> Bad:
    sidecar = json.dumps({"prompt": "p", "depth_map": depth_map}).encode()
    said = depth_map.rpartition("/")[2] if len(depth_map) < 100 else "depth_map"
    return Bad(f"a depth map: {name}", code, {"a.jpg": PICTURE, "a.json": sidecar, **files}, said, field)


PRESETS = [
    _preset("not YAML", "sidecar_not_yaml", b"steps: [20"),
    _preset("not JSON", "sidecar_not_json", b"{steps: 20}", "_preset.json"),
    _preset("no settings", "sidecar_not_a_mapping", b"- steps"),
    _preset("too long", "sidecar_too_large", b"#" * (64 * 1024 + 1)),
    _preset("an alias", "sidecar_has_aliases", b"a: &a 1\nb: *a"),
    _preset("a name twice", "sidecar_repeats_setting", b"steps: 20\nsteps: 30", field="steps"),
    _preset("an unknown setting", "unknown_setting", b"stepz: 20", field="stepz"),
    _preset("a wrong type", "bad_setting", b"steps: many", field="steps"),
    _preset("out of range", "setting_out_of_range", b"steps: 99", field="steps"),
    Bad(
        "two presets in a folder",
        "two_presets",
        {"_preset.yaml": b"steps: 20", "_preset.json": b"{}", "a.jpg": PICTURE, "a.txt": PROMPT},
        says="_preset.json",
    ),
    _preset("in a folder", "sidecar_not_yaml", b"steps: [20", "summer/_preset.yaml"),
]
MAPS = [
    _map("missing", "no_depth_map", "map.png", {}, "depth_map"),
    _map("the picture itself", "bad_depth_map", "a.jpg", {}, "depth_map"),
    _map("in another folder", "bad_depth_map", "../map.png", {"map.png": picture("PNG")}, "depth_map"),
    _map("no picture by its name", "bad_depth_map", "map.txt", {"map.txt": b"p"}, "depth_map"),
    _map("a GIF by its name", "bad_depth_map", "map.gif", {"map.gif": FOREIGN_FILES[".gif"][0]}, "depth_map"),
    _map("a TIFF by its content", "unsupported_format", "map.png", {"map.png": FOREIGN_FILES[".tif"][0]}),
    _map("a JPEG named .png", "wrong_extension", "map.png", {"map.png": PICTURE}),
    _map("damaged", "damaged_image", "map.png", {"map.png": picture("PNG")[:-20]}),
    _map("empty", "empty_file", "map.png", {"map.png": b""}),
    _map("too small", "image_too_small", "map.png", {"map.png": picture("PNG", (200, 200))}),
    _map("too large", "image_too_large", "map.png", {"map.png": picture("PNG").ljust(16 * 1024 * 1024, b"\0")}),
    _map("a name of 2,000 letters", "bad_setting", f"{'m' * 2000}.png", {}, "depth_map"),
]
CARRIED = [
    Bad(
        f"a carried prompt: {name}",
        code,
        {"a.jpg": content},
        says=says,
        field=None if says == "a.jpg" else "prompt",
        prompt=prompt,
    )
    for name, code, content, prompt, says in (
        ("not decodable", "prompt_not_text", PICTURE, "=?UTF-8?B?////?=", "x-amz-meta-prompt"),
        ("in an unknown charset", "prompt_not_text", PICTURE, "=?klingon?Q?a?=", "x-amz-meta-prompt"),
        ("empty", "bad_setting", PICTURE, " ", "prompt"),
        ("on no picture", "not_an_image", b"no picture", "a watercolour", "a.jpg"),
    )
]
_DEEP = f"{'folder/' * 40}a.jpg"
DEEP = [
    Bad(
        "too many folders",
        "too_many_folders",
        {_DEEP: PICTURE, f"{'folder/' * 40}a.txt": PROMPT},
        says="40 folders",
        image=_DEEP,
    )
]
BAD_NEIGHBOURS: list[Bad] = [*PRESETS, *MAPS, *CARRIED, *DEEP]
