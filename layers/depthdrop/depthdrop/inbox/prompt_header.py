"""Decodes the header `x-amz-meta-prompt` of a picture that was uploaded with its prompt."""

import re
from binascii import a2b_base64, a2b_qp
from contextlib import suppress
from itertools import groupby

from depthdrop.drop.refusal import refuse

_WORD = r"=\?([^?\s]+)\?([BbQq])\?([^?]*)\?="
_WORDS = re.compile(rf"{_WORD}(?:\s*{_WORD})*")  # white space between words is dropped: RFC 2047, 6.2


def decode_prompt(name: str, value: str) -> str:
    """The `x-amz-meta-prompt` of a picture as its owner wrote it. Raises RefusedError when it cannot be decoded.

    S3 returns values that are not ASCII as RFC 2047 encoded words. It reads the bytes of a raw UTF-8 header as
    Latin-1 characters before it encodes them (its documentation shows such a value; see also minio/minio#21282),
    so a value that decodes to UTF-8 a second time is decoded twice.
    """
    try:
        text = _WORDS.sub(_decoded, value)
    except (LookupError, ValueError):
        message = f"The x-amz-meta-prompt of {name} is not readable as RFC 2047 text."
        hint = "Upload it again with plain letters, or put the prompt into a .txt file beside it."
        raise refuse("prompt_not_text", message, hint, field="prompt") from None
    with suppress(UnicodeError):
        return text.encode("latin-1").decode("utf-8")
    return text


def _decoded(run: re.Match[str]) -> str:
    """Words are joined as bytes, because some programs split a letter between two words."""
    by_charset = groupby(re.findall(_WORD, run[0]), key=lambda word: word[0].lower())
    return "".join(
        b"".join(
            a2b_base64(encoded, strict_mode=True) if kind in "Bb" else a2b_qp(encoded, header=True)
            for _, kind, encoded in words
        ).decode(charset.partition("*")[0])
        for charset, words in by_charset  # after the charset there may be a language (RFC 2231)
    )
