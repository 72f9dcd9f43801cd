"""Sidecars that cannot be read, or do not say what a sidecar may."""

import json

from tests.hostile.corpus.bad import PROMPT, Bad, bad_sidecar
from tests.support.scripted import PICTURE

_KIB = 1024
_BOMB = "\n".join(
    [
        "a0: &a0 [x, x, x, x, x, x, x, x, x]",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)),
    ]
)

ENCODINGS = [
    bad_sidecar("Latin-1", "sidecar_not_text", "ein Aquarell für Zoë".encode("latin-1"), "a.txt"),
    bad_sidecar("UTF-16 without its mark", "sidecar_not_text", "a watercolour".encode("utf-16-le"), "a.txt"),
    bad_sidecar("UTF-16 that is cut", "sidecar_not_text", "\ufeffwater".encode("utf-16-le")[:-1], "a.txt"),
    bad_sidecar("UTF-32", "sidecar_not_text", "a watercolour".encode("utf-32"), "a.txt"),
    bad_sidecar("a NUL in the text", "sidecar_not_text", b"a water\0colour", "a.txt"),
    bad_sidecar("a picture as the prompt", "sidecar_not_text", PICTURE, "a.txt"),
    bad_sidecar("an office document as the prompt", "sidecar_not_text", b"PK\x03\x04\x14\0\x06\0", "a.txt"),
    bad_sidecar("rich text as the prompt", "sidecar_not_text", rb"{\rtf1\ansi\ansicpg1252 a watercolour}", "a.txt"),
    bad_sidecar("broken bytes in YAML", "sidecar_not_text", b"prompt: \xc3\x28", "a.yaml"),
]
TOO_LONG = [
    bad_sidecar("a text over 64 KiB", "sidecar_too_large", b"p" * (64 * _KIB + 1), "a.txt"),
    bad_sidecar("JSON over 64 KiB", "sidecar_too_large", b'{"prompt": "' + b"p" * (64 * _KIB) + b'"}'),
    bad_sidecar("10 MiB of YAML", "sidecar_too_large", b"prompt: p\n" * _KIB * _KIB, "a.yaml"),
    bad_sidecar("a prompt of 10,001 characters", "bad_setting", b"p" * 10_001, "a.txt", "prompt", "prompt"),
]
EMPTY = [
    bad_sidecar("an empty text", "bad_setting", b"", "a.txt", "prompt", "prompt"),
    bad_sidecar("a text of spaces", "bad_setting", b" \r\n\t \n", "a.txt", "prompt", "prompt"),
    bad_sidecar("a text of a mark alone", "bad_setting", b"\xef\xbb\xbf", "a.txt", "prompt", "prompt"),
    bad_sidecar("empty JSON", "sidecar_not_json", b""),
    bad_sidecar("empty YAML", "sidecar_not_a_mapping", b"", "a.yaml"),
    bad_sidecar("no settings in JSON", "missing_setting", b"{}", "a.json", "prompt", "prompt"),
    bad_sidecar("settings without a prompt", "missing_setting", b"steps: 20\n", "a.yaml", "prompt", "prompt"),
    bad_sidecar("a prompt of null", "missing_setting", b'{"prompt": null}', "a.json", "prompt", "prompt"),
    bad_sidecar("a prompt of spaces", "bad_setting", b"prompt: '   '", "a.yml", "prompt", "prompt"),
]
JSON = [
    bad_sidecar("JSON that breaks off", "sidecar_not_json", b'{"prompt": "p"'),
    bad_sidecar("JSON with a comma too many", "sidecar_not_json", b'{"prompt": "p",}'),
    bad_sidecar("JSON in single quotes", "sidecar_not_json", b"{'prompt': 'p'}"),
    bad_sidecar("JSON with a comment", "sidecar_not_json", b'{"prompt": "p"} // mine'),
    bad_sidecar("two JSON values", "sidecar_not_json", b'{"prompt": "p"}\n{"prompt": "q"}'),
    bad_sidecar("a line feed in a JSON text", "sidecar_not_json", b'{"prompt": "one\ntwo"}'),
    bad_sidecar("Infinity", "sidecar_not_json", b'{"prompt": "p", "guidance": Infinity}'),
    bad_sidecar("NaN", "sidecar_not_json", b'{"prompt": "p", "guidance": NaN}'),
    bad_sidecar("a number of 5,000 digits", "sidecar_not_json", b'{"prompt": "p", "seed": %s}' % (b"9" * 5000)),
    bad_sidecar("JSON nested 30,000 deep", "sidecar_not_json", b"[" * 30_000 + b"]" * 30_000),
    bad_sidecar("a list in JSON", "sidecar_not_a_mapping", b'["a watercolour"]'),
    bad_sidecar("null in JSON", "sidecar_not_a_mapping", b"null"),
    bad_sidecar(
        "two prompts", "sidecar_repeats_setting", b'{"prompt": "p", "prompt": "q"}', says="prompt", field="prompt"
    ),
    bad_sidecar(
        "a name twice inside metadata",
        "sidecar_repeats_setting",
        b'{"prompt": "p", "metadata": {"a": "1", "a": "2"}}',
        field="a",
    ),
    bad_sidecar("JSON named .txt", "sidecar_misnamed", b'{"prompt": "p", "steps": 20}', "a.txt"),
]
YAML = [
    bad_sidecar("YAML with a bracket open", "sidecar_not_yaml", b"prompt: [a", "a.yaml"),
    bad_sidecar("YAML named .txt", "sidecar_misnamed", b"Prompt: p\nsteps: 20", "a.txt"),
    bad_sidecar("YAML with tabs", "sidecar_not_yaml", b"metadata:\n\talbum: x\nprompt: p", "a.yaml"),
    bad_sidecar("two YAML documents", "sidecar_not_yaml", b"prompt: p\n---\nprompt: q\n", "a.yaml"),
    bad_sidecar("a control character in YAML", "sidecar_not_yaml", b"prompt: a\x07b", "a.yaml"),
    bad_sidecar("a list in YAML", "sidecar_not_a_mapping", b"- a watercolour", "a.yaml"),
    bad_sidecar("text named .yaml", "sidecar_not_a_mapping", PROMPT, "a.yaml"),
    bad_sidecar("a number as a name", "sidecar_not_a_mapping", b"prompt: p\n7: x", "a.yaml"),
    bad_sidecar("a list as a name", "sidecar_not_yaml", b"? [a, b]\n: x\n", "a.yaml"),
    bad_sidecar("a bomb of aliases", "sidecar_has_aliases", _BOMB.encode(), "a.yaml"),
    bad_sidecar("an alias", "sidecar_has_aliases", b"prompt: &p x\nmodel: *p\n", "a.yaml"),
    bad_sidecar("a merge", "sidecar_has_aliases", b"metadata: &m {a: x}\nprompt: p\n<<: *m\n", "a.yaml"),
    bad_sidecar(
        "a tag for Python", "sidecar_has_tags", b"prompt: !!python/object/apply:os.system ['true']", "a.yaml"
    ),
    bad_sidecar("YAML nested 1,000 deep", "sidecar_too_deep", b"prompt: " + b"[" * 1000 + b"]" * 1000, "a.yaml"),
    bad_sidecar("YAML nested without an end", "sidecar_too_deep", b"[" * 60_000, "a.yaml"),
    bad_sidecar(
        "a name twice in YAML", "sidecar_repeats_setting", b"prompt: p\nprompt: q\n", "a.yaml", field="prompt"
    ),
]
BROKEN_TEXT = [
    bad_sidecar("a lone surrogate in the prompt", "bad_setting", rb'{"prompt": "\ud83d"}', field="prompt"),
    bad_sidecar("a NUL in the prompt", "bad_setting", rb'{"prompt": "a\u0000b"}', field="prompt"),
    bad_sidecar("a lone surrogate in a name", "unknown_setting", rb'{"prompt": "p", "\ud83d": 1}', field="\\ud83d"),
]
TWO_SIDECARS = [
    Bad(
        f"{first} and {second}",
        "two_sidecars",
        {"a.jpg": PICTURE, first: PROMPT, second: json.dumps({"prompt": "p"}).encode()},
        says=second,
    )
    for first, second in (("a.txt", "a.jpg.json"), ("a.jpg.txt", "a.json"), ("a.txt", "a.yaml"), ("a.txt", "a.TXT"))
]
BAD_SIDECARS: list[Bad] = [*ENCODINGS, *TOO_LONG, *EMPTY, *JSON, *YAML, *BROKEN_TEXT, *TWO_SIDECARS]
