"""The prompt that a picture carries: `x-amz-meta-prompt`, as S3 hands it back.

S3 gives values that are not ASCII as RFC 2047 encoded words. It takes the bytes of a raw UTF-8 header for Latin-1
characters before it encodes them (its own documentation shows one such value; see also minio/minio#21282), so
what decodes to UTF-8 a second time is decoded a second time.
"""

import re
from binascii import a2b_base64, a2b_qp
from contextlib import suppress
from itertools import groupby

from depthdrop.drop.refusal import refuse

_WORD = r"=\?([^?\s]+)\?([BbQq])\?([^?]*)\?="
_WORDS = re.compile(rf"{_WORD}(?:\s*{_WORD})*")  # what is between words is not part of the text: RFC 2047, 6.2


def decode_prompt(name: str, value: str) -> str:
    """The prompt as its owner wrote it. Raises RefusedError."""
    try:
        text = _WORDS.sub(_decoded, value)
    except (LookupError, ValueError):
        raise refuse(
            "prompt_not_text",
            f"The x-amz-meta-prompt of {name} is not readable as RFC 2047 text.",
            "Upload it again with plain letters, or put the prompt into a .txt file beside it.",
            field="prompt",
        ) from None
    with suppress(UnicodeError):  # S3 took the bytes of a raw UTF-8 header for Latin-1
        return text.encode("latin-1").decode("utf-8")
    return text


def _decoded(run: re.Match[str]) -> str:
    """Some writers cut a letter in two between words: bytes are joined before they are read."""
    by_charset = groupby(re.findall(_WORD, run[0]), key=lambda word: word[0].lower())
    return "".join(
        b"".join(
            a2b_base64(encoded, strict_mode=True) if kind in "Bb" else a2b_qp(encoded, header=True)
            for _, kind, encoded in words
        ).decode(charset.partition("*")[0])
        for charset, words in by_charset  # RFC 2231 lets a language follow the charset
    )
