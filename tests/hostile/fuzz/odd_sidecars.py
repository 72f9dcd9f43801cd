"""Sidecars and presets that no person writes: a seeded generator over what YAML, JSON and text allow and forbid."""

import json
from collections.abc import Iterator
from random import Random

_NAMES = (
    *("prompt", "model", "seed", "steps", "guidance", "output_format", "safety_tolerance", "width", "height"),
    *(
        "prompt_upsampling",
        "depth_map",
        "rerun",
        "metadata",
        "",
        "a b",
        "é",
        "<<",
        "~",
        "1",
        "true",
        "? x",
        "[1]",
        "{a: 1}",
    ),
)
_SCALARS = (
    *(
        '"\\UFFFFFFFF"',
        '"\\UD800"',
        '"\\ud83d"',
        '"\\x"',
        '"\\N"',
        '"\\0"',
        "'it''s'",
        '"',
        "'",
        "\\",
        "@a",
        "`a`",
        "%a",
    ),
    *(
        "1",
        "-0",
        "0x1F",
        "0o17",
        "017",
        "1_000",
        "0b",
        "16:9",
        "190:20:30",
        "1e400",
        "-.inf",
        ".NaN",
        ".inf",
        "1e-400",
    ),
    *("9" * 5000, "0x" + "f" * 300, "1" + "0" * 400 + ".5", "yes", "No", "on", "~", "null", "Null", "", " ", "\t"),
    *(
        "2026-12-01",
        "2026-99-99",
        "2001-12-14t21:59:43.10-05:00",
        "!!int x",
        "!!binary =",
        "!!python/name:os.system",
    ),
    *(
        "!!timestamp 1",
        "!!set {a}",
        "!!omap []",
        "!a b",
        "&a 1",
        "*a",
        "&a [*a]",
        "<<: *a",
        "=",
        "|",
        ">",
        "|9\n x",
        "- ",
        "-",
    ),
    *(
        "\ud800",
        "\udfff",
        "\0",
        "\x1b[31m",
        "\u2028",
        "\ufeff",
        "\u202e",
        "\x85",
        "#",
        "# c",
        "---",
        "...",
        "--- |",
        "%YAML 9.9",
    ),
)
_FLOWS = ("[", "]", "{", "}", ",", ":", "?", "[[[[[[[[[[[[", "{a: {a: {a: ", "[,]", "{,}", "{a, b: c}")
_ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1")


def odd_sidecars(count: int, seed: int) -> Iterator[bytes]:
    """So many contents, each time the same for the same seed."""
    random = Random(seed)  # noqa: S311  # repeatable on purpose
    for number in range(count):
        yield (_yaml, _json, _noise)[number % 3](random)


def _yaml(random: Random) -> bytes:
    lines = random.choice(([], ["prompt: a watercolour"]))[:]
    for _ in range(random.randint(0, 5)):
        name = random.choice(_NAMES)
        value = random.choice(_SCALARS + _FLOWS)
        indent = " " * random.choice((0, 0, 0, 1, 2, 4))
        lines.append(f"{indent}{name}{random.choice((': ', ':', ' :', '', ': - '))}{value}")
    text = random.choice(("\n", "\n", "\r\n", "\r", "\n\t")).join(lines)
    encoding = random.choice(_ENCODINGS)
    return text.encode(encoding, "surrogatepass" if encoding.startswith("utf-8") else "replace")


def _json(random: Random) -> bytes:
    values: list[object] = [
        None,
        True,
        1,
        -1,
        1.5,
        "",
        "x",
        [],
        {},
        [[]],
        {"a": {}},
        10**400,
        "\ud800",
        "\0",
        "é" * 20000,
    ]
    content = {random.choice(_NAMES): random.choice(values) for _ in range(random.randint(0, 6))}
    text = json.dumps(content | random.choice(({}, {"prompt": "a watercolour"})))
    for _ in range(random.randint(0, 3)):
        at = random.randrange(len(text) + 1)
        text = (
            text[:at]
            + random.choice(("NaN", "Infinity", "1e999", '"', "\\u", "\\ud800", "{", "]", ",", ""))
            + text[at + 1 :]
        )
    return text.encode("utf-8", "surrogatepass")


def _noise(random: Random) -> bytes:
    head = random.choice(
        (b"", b"prompt: ", b'{"prompt": "', b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"{\\rtf1", b"[" * 5000)
    )
    return head + random.randbytes(random.randint(0, 60))
