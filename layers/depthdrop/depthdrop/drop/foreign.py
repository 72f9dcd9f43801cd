"""Pictures in formats that no model takes, and what is taken for pictures: what each is, and what to make of it."""

from collections.abc import Mapping
from dataclasses import dataclass

HEAD_BYTES = 1024  # of a file's beginning: enough to tell its format


@dataclass(frozen=True, slots=True)
class Foreign:
    """`what` follows "photo.heic is"; `hint` says what to do. Many raw formats are TIFF to the first bytes.

    `suffixes` are its names' ends, separated by spaces, and `magic` the first bytes of such files.
    """

    what: str
    hint: str
    suffixes: str = ""
    magic: tuple[bytes, ...] = ()
    in_tiff: bool = False


_JPEG = "Convert it to JPEG."
_JPEG_OR_PNG = "Convert it to JPEG or PNG."
_PNG = "Convert it to PNG."
_EXPORT = "Export it as JPEG or PNG."
_EXPORT_PNG = "Export it as PNG."


def _raw(what: str, suffixes: str, magic: tuple[bytes, ...] = (), *, in_tiff: bool = True) -> Foreign:
    return Foreign(f"a raw photo{what}", "Develop it and export it as JPEG.", suffixes, magic, in_tiff)


_HEIC = Foreign(
    "a HEIC photo, as iPhones take them",
    "Export it as JPEG; the iPhone takes JPEG with Settings > Camera > Formats > Most Compatible.",
    ".heic .heif .heics .heifs .hif",
)
_AVIF = Foreign("an AVIF picture", _JPEG_OR_PNG, ".avif .avifs")
_BMP = Foreign("a BMP picture", _PNG, ".bmp .dib")
_CANON_3 = _raw(" of a Canon camera", ".cr3", in_tiff=False)
_SVG = Foreign("an SVG drawing, which has no pixels", _EXPORT_PNG, ".svg .svgz")
_VIDEO = Foreign("a video", "Save the frame that you want as JPEG.", magic=(b"\x1aE\xdf\xa3",))
_PAGE = Foreign("a web page", "Download the picture itself.")
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# The first whose bytes a file begins with counts: Canon's are TIFF's with more of them.
_ALL = (
    *(_HEIC, _AVIF, _BMP, _CANON_3, _SVG, _VIDEO),
    _raw(" of a Canon camera", ".cr2 .crw", (b"II*\0\x10\0\0\0CR",)),
    Foreign("a TIFF picture or a camera's raw photo", _EXPORT, "", _TIFF_MAGIC, in_tiff=True),
    Foreign("a TIFF picture", _EXPORT, ".tif .tiff", in_tiff=True),
    Foreign("a GIF picture", "Save the frame that you want as PNG.", ".gif", (b"GIF8",)),
    _raw(" of a Nikon camera", ".nef .nrw"),
    _raw(" of a Sony camera", ".arw .sr2 .srf"),
    _raw(" (DNG)", ".dng"),
    _raw(" of an Olympus camera", ".orf", (b"IIRO", b"IIRS", b"MMOR")),
    _raw(" of a Panasonic camera", ".rw2 .rwl", (b"IIU\0",)),
    _raw(" of a Fujifilm camera", ".raf", (b"FUJIFILMCCD-RAW",), in_tiff=False),
    _raw(" of a Pentax camera", ".pef"),
    _raw(" of a Samsung camera", ".srw"),
    _raw(" of a Sigma camera", ".x3f", in_tiff=False),
    _raw(" of a Hasselblad camera", ".3fr .fff"),
    _raw(" of a Phase One camera", ".iiq"),
    Foreign("a Photoshop document", _EXPORT, ".psd .psb", (b"8BPS",)),
    Foreign("a JPEG XL picture", _JPEG, ".jxl", (b"\xff\x0a", b"\0\0\0\x0cJXL ")),
    Foreign("a JPEG 2000 picture", _JPEG, ".jp2 .j2k .jpf .jpx .j2c", (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")),
    Foreign("a PDF document", "Export the page as PNG.", ".pdf", (b"%PDF",)),
    Foreign("a PostScript drawing", _EXPORT_PNG, ".eps .ai", (b"%!PS", b"\xc5\xd0\xd3\xc6")),
    Foreign("an icon", _PNG, "", (b"\0\0\1\0",)),
    Foreign("a GIMP document", _EXPORT, ".xcf", (b"gimp xcf",)),
    Foreign(
        "an archive",
        "Unpack it and drop the pictures that are in it.",
        magic=(b"PK\3\4", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b"),
    ),
)
_BY_SUFFIX: Mapping[str, Foreign] = {suffix: one for one in _ALL for suffix in one.suffixes.split()}
_OTHER_NAMES = frozenset({".jfif", ".jpe", ".jif", ".apng"})  # of formats that are taken, under other names
# What people call pictures and what is not taken by its name: with a sidecar it is a drop, to be refused in words.
FOREIGN_SUFFIXES = _OTHER_NAMES.union(_BY_SUFFIX)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def foreign_by_magic(head: bytes) -> Foreign | None:
    """What a file is by its first bytes; None when they say nothing, or a format that is taken."""
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    for one in _ALL:
        if head.startswith(one.magic):
            return one
    if head.startswith(b"BM") and head[6:10] == bytes(4):  # two letters alone may begin any text
        return _BMP
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return _SVG
    return _PAGE if text.startswith((b"<!doctype html", b"<html")) else None


def foreign_of(suffix: str, head: bytes) -> Foreign | None:
    """What a file is that is none of the pictures that are taken, by its bytes before its name."""
    by_name, by_magic = _BY_SUFFIX.get(suffix.lower()), foreign_by_magic(head)
    if by_name is None or by_magic is None:
        return by_magic or by_name
    return by_name if by_name.in_tiff and by_magic.in_tiff else by_magic


def _by_brand(head: bytes) -> Foreign:
    """ISO base media files name what they hold: the brand, and those that it is compatible with."""
    length = int.from_bytes(head[:4], "big")
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(length, len(head)), 4))}
    if brands & _AVIF_BRANDS:
        return _AVIF
    if brands & _HEIC_BRANDS:
        return _HEIC
    return _CANON_3 if b"crx " in brands else _VIDEO
