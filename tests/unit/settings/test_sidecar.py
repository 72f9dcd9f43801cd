"""The bytes of a sidecar are read as settings, or refused in a sentence about the error in the file."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.drop.inbox_keys import SIDECAR_SUFFIXES
from depthdrop.drop.refusal import RefusedError
from depthdrop.settings.sidecar import MAX_BYTES, read_settings
from tests.support.refused import refusal_of


@pytest.mark.parametrize(
    "content",
    [
        "a watercolour, blüte".encode(),
        b"\xef\xbb\xbf" + "a watercolour, blüte".encode(),
        "a watercolour, blüte".encode("utf-16"),
        b"\xfe\xff" + "a watercolour, blüte".encode("utf-16-be"),
        "  a watercolour, blüte \r\n\r\n".encode(),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16", "utf-16 big-endian", "spaces and lines around it"],
)
def test_a_text_file_is_the_prompt(content: bytes) -> None:
    assert read_settings("a.TXT", content) == {"prompt": "a watercolour, blüte"}


@pytest.mark.parametrize(
    "prompt", ["{ink}", '{"a":' * 12_000, "[1]", "a prompt: ink", "prompts: none", r"\rtf ink"]
)
def test_a_prompt_that_only_looks_odd_is_one(prompt: str) -> None:
    assert read_settings("a.txt", prompt.encode()) == {"prompt": prompt}


def test_lines_within_a_prompt_stay_and_lose_their_carriage_return() -> None:
    assert read_settings("a.txt", b"one\r\ntwo") == {"prompt": "one\ntwo"}


@pytest.mark.parametrize("name", ["a.json", "a.jpg.JSON", "a.yaml", "a.YML"])
def test_json_is_read_from_json_and_from_yaml_files(name: str) -> None:
    content = b'{"prompt": "ink", "steps": 20, "metadata": {"order": "7"}}'

    assert read_settings(name, content) == {"prompt": "ink", "steps": 20, "metadata": {"order": "7"}}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"x" * (MAX_BYTES + 1), "sidecar_too_large"),
        ("a.txt", b"\xff\xff\xff", "sidecar_not_text"),
        ("a.txt", "ärger".encode("latin-1"), "sidecar_not_text"),
        ("a.txt", b"\xff\xfea", "sidecar_not_text"),
        ("a.txt", "ink".encode("utf-16-le"), "sidecar_not_text"),
        ("a.txt", "ink".encode("utf-32"), "sidecar_not_text"),
        ("a.txt", b"ink\0", "sidecar_not_text"),
        ("a.txt", rb"{\rtf1\ansi ink}", "sidecar_not_text"),
        ("a.txt", b' {"prompt": "ink"}\n', "sidecar_misnamed"),
        ("a.txt", b"PROMPT : ink\nsteps: 20", "sidecar_misnamed"),
        ("a.json", b"", "sidecar_not_json"),
        ("a.json", b"{'prompt': 'ink'}", "sidecar_not_json"),
        ("a.json", b'{"prompt": "ink",}', "sidecar_not_json"),
        ("a.json", b'{"guidance": NaN}', "sidecar_not_json"),
        ("a.json", b'{"guidance": -Infinity}', "sidecar_not_json"),
        ("a.json", b'{"seed": ' + b"9" * 5000 + b"}", "sidecar_not_json"),
        ("a.json", b"[" * 60_000, "sidecar_not_json"),
        ("a.json", b'{"prompt": "a", "prompt": "b"}', "sidecar_repeats_setting"),
        ("a.json", b'{"metadata": {"k": "a", "k": "b"}}', "sidecar_repeats_setting"),
        ("a.json", b"[]", "sidecar_not_a_mapping"),
        ("a.json", b'"ink"', "sidecar_not_a_mapping"),
        ("a.json", b"null", "sidecar_not_a_mapping"),
        ("a.yaml", b"", "sidecar_not_a_mapping"),
        ("a.yaml", b"# nothing", "sidecar_not_a_mapping"),
        ("a.yaml", b"just a prompt", "sidecar_not_a_mapping"),
        ("a.yaml", b"- prompt", "sidecar_not_a_mapping"),
        ("a.yaml", b"1: ink", "sidecar_not_a_mapping"),
        ("a.yaml", b"no: ink", "sidecar_not_a_mapping"),
        ("a.yaml", b"prompt:\tink\n\tsteps: 20", "sidecar_not_yaml"),
        ("a.yaml", b"prompt: ink: red", "sidecar_not_yaml"),
        ("a.yaml", b"prompt: 'ink", "sidecar_not_yaml"),
        ("a.yaml", b"prompt: a\n---\nprompt: b", "sidecar_not_yaml"),
        ("a.yaml", b"? [a]\n: b", "sidecar_not_yaml"),
        ("a.yaml", b"seed: " + b"9" * 5000, "sidecar_not_yaml"),
        ("a.yaml", b"prompt: a\nprompt: b", "sidecar_repeats_setting"),
        ("a.yaml", b"metadata: {k: a, k: b}", "sidecar_repeats_setting"),
        ("a.yaml", b"a: &x [1]\nb: *x", "sidecar_has_aliases"),
        ("a.yaml", b"seed: !!int ''", "sidecar_has_tags"),
        ("a.yaml", b"rerun: !!bool maybe", "sidecar_has_tags"),
        ("a.yaml", b"rerun: !!timestamp soon", "sidecar_has_tags"),
        ("a.yaml", b"prompt: !!python/object/apply:os.getcwd []", "sidecar_has_tags"),
        ("a.yaml", b"prompt: " + b"[" * 60_000, "sidecar_too_deep"),
        ("a.yaml", b"- " * 30_000, "sidecar_too_deep"),
    ],
)
def test_a_file_that_holds_no_settings_is_refused(name: str, content: bytes, code: str) -> None:
    refusal = refusal_of(lambda: read_settings(name, content))

    assert refusal.code == code
    assert name in refusal.message
    assert refusal.hint.endswith((".", "}."))


def test_a_file_of_exactly_64_kib_is_read() -> None:
    assert read_settings("a.txt", b"x" * MAX_BYTES) == {"prompt": "x" * MAX_BYTES}


def test_an_alias_bomb_is_refused_before_it_is_loaded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

    refusal = refusal_of(lambda: read_settings("a.yaml", "\n".join(lines).encode()))

    assert refusal.code == "sidecar_has_aliases"


def test_the_refusal_of_invalid_json_gives_the_place() -> None:
    refusal = refusal_of(lambda: read_settings("a.json", b'{"prompt":\n  ink}'))

    assert refusal.message == "a.json is not valid JSON (line 2, column 3)."


def test_the_refusal_of_invalid_yaml_gives_the_place() -> None:
    refusal = refusal_of(lambda: read_settings("a.yaml", b"prompt: ink\n\tsteps: 20"))

    assert "line 2, column 1" in refusal.message


def test_a_repeated_setting_is_named() -> None:
    for name, content in [("a.json", b'{"seed": 1, "seed": 2}'), ("a.yaml", b"seed: 1\nseed: 2")]:
        refusal = refusal_of(lambda name=name, content=content: read_settings(name, content))  # type: ignore[misc]

        assert refusal.field == "seed"
        assert "'seed' twice" in refusal.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-05-01", "2026-05-01"),
        ("2026-05-01 10:00:00", "2026-05-01 10:00:00"),
        ("yes", True),
        ("off", False),
        ("'yes'", "yes"),
        ("0x10", 16),
        ("1_000", 1000),
        ("~", None),
        ("1e3", "1e3"),
    ],
)
def test_yaml_values_are_what_yaml_says_but_a_date_stays_text(text: str, value: object) -> None:
    found = read_settings("a.yaml", f"rerun: {text}".encode())["rerun"]

    assert found == value
    assert type(found) is type(value)


def test_unicode_is_left_as_it_was_written() -> None:
    assert read_settings("a.txt", "cafe\u0301 🙂".encode()) == {"prompt": "cafe\u0301 🙂"}


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le with mark", "utf-16-be with mark")
SUFFIXES = (".txt", ".json", ".yaml", ".yml", ".TXT", ".Json", ".YML")
printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60)


def encoded(text: str, encoding: str) -> bytes:
    name, mark, _ = encoding.partition(" with mark")
    return ("\ufeff" + text if mark else text).encode(name)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(prompt=printable, line_end=st.sampled_from(["\n", "\r\n"]))
def test_a_prompt_is_read_as_it_was_written_in_every_encoding(encoding: str, prompt: str, line_end: str) -> None:
    text = f"{prompt}{line_end}{prompt}"
    settings = json.dumps({"prompt": prompt, "metadata": {prompt: "7"}}, ensure_ascii=False, indent=1)

    assert read_settings("a.txt", encoded(text, encoding)) == {"prompt": f"{prompt}\n{prompt}"}
    for name in ("a.json", "a.yaml"):
        read = read_settings(name, encoded(settings.replace("\n", line_end), encoding))
        assert read == {"prompt": prompt, "metadata": {prompt: "7"}}


PIECES = (
    *"{}[]: ,-?|>!%@`\"'#\n\t\r\0\ufeff\u2028\x85",
    "&a",
    "*a",
    "prompt",
    "<<",
    "=",
    "1e9",
    "0x",
    "._",
    "null",
    "---",
)


@given(
    st.sampled_from(SUFFIXES),
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=200).map(lambda text: text.encode("utf-16", "surrogatepass")),
        st.lists(st.sampled_from(PIECES)).map(lambda parts: "".join(parts).encode()),
    ),
)
def test_no_bytes_make_it_crash(suffix: str, content: bytes) -> None:
    with suppress(RefusedError):
        assert all(isinstance(name, str) for name in read_settings(f"a{suffix}", content))


@pytest.mark.parametrize("ratio", ["16:9", "1:1", "21:9", "4:50", "12:30:45", "1:30.5"])
def test_two_numbers_with_a_colon_are_text_and_not_one_number_to_the_base_of_sixty(ratio: str) -> None:
    assert read_settings("a.yaml", f"aspect_ratio: {ratio}\n".encode()) == {"aspect_ratio": ratio}


@pytest.mark.parametrize(
    ("text", "value"),
    [("20", 20), ("-7", -7), ("1_000", 1000), ("0x10", 16), ("2.5", 2.5), ("1e3", "1e3"), ("1.0e+3", 1000.0)],
)
def test_numbers_stay_numbers(text: str, value: object) -> None:
    assert read_settings("a.yaml", f"seed: {text}\n".encode()) == {"seed": value}


@pytest.mark.parametrize("name", ["a.toml", "a.yamll", "a"])
def test_an_unknown_ending_is_refused_and_not_read_as_yaml(name: str) -> None:
    refusal = refusal_of(lambda: read_settings(name, b"prompt: ink"))

    assert (refusal.code, refusal.hint) == ("sidecar_unknown", "Rename it to end in .txt, .json, .yaml, .yml.")


@pytest.mark.parametrize("suffix", sorted(SIDECAR_SUFFIXES))
def test_every_ending_that_makes_a_sidecar_has_a_reader(suffix: str) -> None:
    assert read_settings(f"a{suffix}", b'{"prompt": "ink"}' if suffix != ".txt" else b"ink") == {"prompt": "ink"}
