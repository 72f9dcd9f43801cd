"""Names that people, programs and attackers give to pictures, and what each must come to.

A key is a text of at most 1,024 bytes and nothing else: no path, no pattern, no URL.
"""

from dataclasses import dataclass

KEY_MAX_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Named:
    """`edited`: whether a picture of this name is edited; otherwise it is left alone, and the log says why."""

    name: str
    key: str
    edited: bool = True


def _filled(start: str, end: str, size: int = KEY_MAX_BYTES) -> str:
    """A key of exactly so many bytes."""
    return start + "x" * (size - len((start + end).encode())) + end


EDITED = [
    Named("plain", "photo.jpg"),
    Named("a folder", "summer/photo.jpg"),
    Named("a space", "my photo.jpg"),
    Named("spaces at both ends", " photo .jpg"),
    Named("a plus", "a+b.jpg"),
    Named("a space and a plus", "a + b/c+d e.jpg"),
    Named("a percent", "100%.jpg"),
    Named("an encoded space", "a%20b.jpg"),
    Named("an encoded slash", "a%2Fb.jpg"),
    Named("twice encoded", "a%2520b.jpg"),
    Named("a broken encoding", "a%zz%.jpg"),
    Named("composed letters", "caf\u00e9.jpg"),
    Named("decomposed letters", "cafe\u0301.jpg"),
    Named("Chinese", "\u7167\u7247/\u82b1\u56ed.jpg"),
    Named("right to left", "\u05ea\u05de\u05d5\u05e0\u05d4.jpg"),
    Named("a turn of the reading direction", "photo\u202egpj.jpg"),
    Named("an emoji", "\U0001f600.jpg"),
    Named("joined emoji", "\U0001f468\u200d\U0001f469\u200d\U0001f467.jpg"),
    Named("a flag and a tone", "\U0001f1e9\U0001f1ea\U0001f44b\U0001f3fd.jpg"),
    Named("nothing to see", "\u200b\u00a0\ufeff.jpg"),
    Named("a way up", "../photo.jpg"),
    Named("a way up inside", "a/../../b.jpg"),
    Named("a way here", "./a/./b.jpg"),
    Named("dots before the suffix", "photo...jpg"),
    Named("a leading slash", "/photo.jpg"),
    Named("two slashes", "a//b.jpg"),
    Named("more slashes", "a///.b.jpg"),
    Named("a backslash", "a\\b.jpg"),
    Named("a drive", "C:\\photos\\a.jpg"),
    Named("a line feed", "a\nb.jpg"),
    Named("a carriage return", "a\rb\r\n.jpg"),
    Named("a tab", "a\tb.jpg"),
    Named("control characters", "a\x01\x1b[31m\x7f\x85.jpg"),
    Named("line separators", "a\u2028b\u2029c.jpg"),
    Named("no characters of Unicode", "a\ufffe\uffff\U0001ffff.jpg"),
    Named("quotes", "\"a\" 'b' `c`.jpg"),
    Named("a script", "<script>alert(1)<!--/script>.jpg"),
    Named("an entity", "a&amp;b&lt;.jpg"),
    Named("braces", "{}{0}{{key}}${KEY}$(id).jpg"),
    Named("a fragment and a query", "a#b?versionId=null&c=d.jpg"),
    Named("reserved letters", "~!@$^*()=[]|;:,.jpg"),
    Named("a URL", "https://example.com/photo.jpg"),
    Named("an ARN", "arn:aws:s3:::bucket/photo.jpg"),
    Named("capital suffix", "PHOTO.JPG"),
    Named("mixed suffix", "photo.JpEg"),
    Named("a suffix twice", "photo.jpg.jpg"),
    Named("a sidecar's suffix inside", "photo.txt.jpg"),
    Named("a hidden file", ".photo.jpg"),
    Named("a preset's name", "_preset.jpg"),
    Named("a receipt's name", "photo.rejected.json.jpg"),
    Named("a long name", _filled("", ".jpg", 1000)),
    Named("so long that its sidecar just fits", _filled("folder/", ".jpg")),
    Named("long in letters of three bytes", "\u5712" * 340 + ".jpg"),
    Named("many folders", "/".join("abcdefghijklmno") + ".jpg"),
]
LEFT_ALONE = [
    Named("a folder's mark", "photo.jpg/", edited=False),
    Named("only dots", "...", edited=False),
    Named("only a suffix", ".jpg", edited=False),
    Named("a suffix in a folder's name", "a.jpg/b", edited=False),
    Named("a dot behind the suffix", "photo.jpg.", edited=False),
    Named("a space behind the suffix", "photo.jpg ", edited=False),
    Named("a NUL behind the suffix", "photo.jpg\0", edited=False),
    Named("a query behind the suffix", "photo.jpg?x=.y", edited=False),
    Named("no suffix", "photo", edited=False),
    Named("another suffix", "photo.mov", edited=False),
    Named("a lookalike suffix", "photo.j\u0440g", edited=False),
    Named("a slash alone", "/", edited=False),
]
KEYS = [*EDITED, *LEFT_ALONE]
