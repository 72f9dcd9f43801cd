"""The prompt in a picture's metadata, from whatever form S3 gives it back in."""

from base64 import b64encode
from contextlib import suppress
from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthdrop.drop.refusal import RefusedError
from depthdrop.inbox.prompt_header import decode_prompt
from tests.support.refused import refusal_of


@pytest.mark.parametrize(
    ("given_back", "prompt"),
    [
        ("a watercolour", "a watercolour"),
        ("", ""),
        ("  spaces stay  ", "  spaces stay  "),
        ("=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=", "ÄMÄZÕÑ S3"),
        ("=?UTF-8?Q?Mini=C3=83=C2=B6?=", "Miniö"),
        ("=?UTF-8?B?YmzDvHRl?=", "blüte"),
        ("=?utf-8?q?bl=C3=BCte_im_Regen?=", "blüte im Regen"),
        ("a =?UTF-8?Q?bl=C3=BCte?= in rain", "a blüte in rain"),
        ("=?UTF-8?Q?bl=C3=BC?= =?UTF-8?Q?te?=", "blüte"),
        ("=?UTF-8?Q?bl=C3?=   =?utf-8?Q?=BCte?=", "blüte"),
        ("=?UTF-8?B?YmzD?==?UTF-8?B?vHRl?=", "blüte"),
        ("=?ISO-8859-1?Q?bl=FCte?= =?UTF-8?B?8J+Zgg==?=", "blüte🙂"),
        ("=?UTF-8*de?Q?bl=C3=BCte?=", "blüte"),
        ("=?UTF-8?B??=", ""),
        ("bl\u00fcte", "blüte"),
        ("bl\u00c3\u00bcte", "blüte"),
        ("what is =?this or =? that ?=", "what is =?this or =? that ?="),
        ("=?UTF-8?X?a?=", "=?UTF-8?X?a?="),
        ("名 🙂", "名 🙂"),
    ],
)
def test_a_prompt_is_read_as_it_was_written(given_back: str, prompt: str) -> None:
    assert decode_prompt("a.jpg", given_back) == prompt


@pytest.mark.parametrize(
    "given_back",
    [
        "=?UTF-8?B?!!!!?=",
        "=?UTF-8?B?YQ?=",
        "=?UTF-8?Q?=FF?=",
        "=?UTF-8?Q?bl=C3?= and =?UTF-8?Q?=BCte?=",
        "=?no-such-charset?Q?a?=",
        "=?zlib?Q?a?=",
        "=?UTF-8?Q?\u00fc?=",
        "=?undefined?Q?a?=",
    ],
)
def test_a_prompt_that_cannot_be_read_is_refused_with_a_hint(given_back: str) -> None:
    refusal = refusal_of(lambda: decode_prompt("a.jpg", given_back))

    assert (refusal.code, refusal.field) == ("prompt_not_text", "prompt")
    assert refusal.message.startswith("The x-amz-meta-prompt of a.jpg ")
    assert ".txt" in refusal.hint


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_that_s3_encodes_is_decoded(prompt: str) -> None:
    once = f"=?UTF-8?B?{b64encode(prompt.encode()).decode()}?="
    twice = f"=?UTF-8?B?{b64encode(prompt.encode().decode('latin-1').encode()).decode()}?="

    assert decode_prompt("a.jpg", twice) == prompt
    assert decode_prompt("a.jpg", once) in {prompt, _misread(prompt)}


visible = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=300)


@given(visible.filter(lambda text: not text.isascii()))
def test_a_text_that_a_mail_program_encodes_is_decoded(prompt: str) -> None:
    encoded = Header(prompt, "utf-8", maxlinelen=60).encode(linesep=" ")

    assert decode_prompt("a.jpg", encoded) in {prompt, _misread(prompt)}


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["=?", "?=", "?Q?", "?B?", "UTF-8", "=C3", "a", "é", " "])).map("".join)
)
def test_no_value_makes_it_crash(value: str) -> None:
    with suppress(RefusedError):
        assert isinstance(decode_prompt("a.jpg", value), str)


def _misread(prompt: str) -> str:
    """A prompt that reads as UTF-8 taken for Latin-1, such as `Ã¼`: nobody writes that on purpose."""
    try:
        return prompt.encode("latin-1").decode()
    except UnicodeError:
        return prompt
