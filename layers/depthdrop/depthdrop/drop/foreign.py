"""Pictures in formats that no model takes, and what is taken for pictures: what each is, and what to make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

HEAD_BYTES = 1024  # of a file's beginning: enough to tell its format


@dataclass(frozen=True, slots=True)
class Foreign:
    """`what` follows "photo.heic is"; `hint` says what to do. Many raw formats are TIFF to the first bytes."""

    what: str
    hint: str
    in_tiff: bool = False


_JPEG = "Convert it to JPEG."
_JPEG_OR_PNG = "Convert it to JPEG or PNG."
_PNG = "Convert it to PNG."
_DEVELOP = "Develop it and export it as JPEG."


def _raw(camera: str, *, in_tiff: bool = True) -> Foreign:
    return Foreign(f"a raw photo of {camera}", _DEVELOP, in_tiff)


_HEIC = Foreign(
    "a HEIC photo, as iPhones take them",
    "Export it as JPEG; the iPhone takes JPEG with Settings > Camera > Formats > Most Compatible.",
)
_AVIF = Foreign("an AVIF picture", _JPEG_OR_PNG)
_TIFF = Foreign("a TIFF picture or a camera's raw photo", "Export it as JPEG or PNG.", in_tiff=True)
_BMP = Foreign("a BMP picture", _PNG)
_GIF = Foreign("a GIF picture", "Save the frame that you want as PNG.")
_CANON = _raw("a Canon camera")
_CANON_3 = _raw("a Canon camera", in_tiff=False)
_OLYMPUS = _raw("an Olympus camera")
_PANASONIC = _raw("a Panasonic camera")
_FUJI = _raw("a Fujifilm camera", in_tiff=False)
_PHOTOSHOP = Foreign("a Photoshop document", "Export it as JPEG or PNG.")
_JPEG_XL = Foreign("a JPEG XL picture", _JPEG)
_JPEG_2000 = Foreign("a JPEG 2000 picture", _JPEG)
_PDF = Foreign("a PDF document", "Export the page as PNG.")
_SVG = Foreign("an SVG drawing, which has no pixels", "Export it as PNG.")
_POSTSCRIPT = Foreign("a PostScript drawing", "Export it as PNG.")
_ICON = Foreign("an icon", _PNG)
_GIMP = Foreign("a GIMP document", "Export it as JPEG or PNG.")
_VIDEO = Foreign("a video", "Save the frame that you want as JPEG.")
_ARCHIVE = Foreign("an archive", "Unpack it and drop the pictures that are in it.")
_PAGE = Foreign("a web page", "Download the picture itself.")

_BY_SUFFIX: Mapping[str, Foreign] = MappingProxyType(
    {
        **dict.fromkeys((".heic", ".heif", ".heics", ".heifs", ".hif"), _HEIC),
        **dict.fromkeys((".avif", ".avifs"), _AVIF),
        **dict.fromkeys((".tif", ".tiff"), Foreign("a TIFF picture", _TIFF.hint, in_tiff=True)),
        **dict.fromkeys((".bmp", ".dib"), _BMP),
        ".gif": _GIF,
        **dict.fromkeys((".cr2", ".crw"), _CANON),
        ".cr3": _CANON_3,
        **dict.fromkeys((".nef", ".nrw"), _raw("a Nikon camera")),
        **dict.fromkeys((".arw", ".sr2", ".srf"), _raw("a Sony camera")),
        ".dng": Foreign("a raw photo (DNG)", _DEVELOP, in_tiff=True),
        ".orf": _OLYMPUS,
        **dict.fromkeys((".rw2", ".rwl"), _PANASONIC),
        ".raf": _FUJI,
        ".pef": _raw("a Pentax camera"),
        ".srw": _raw("a Samsung camera"),
        ".x3f": _raw("a Sigma camera", in_tiff=False),
        **dict.fromkeys((".3fr", ".fff"), _raw("a Hasselblad camera")),
        ".iiq": _raw("a Phase One camera"),
        **dict.fromkeys((".psd", ".psb"), _PHOTOSHOP),
        ".jxl": _JPEG_XL,
        **dict.fromkeys((".jp2", ".j2k", ".jpf", ".jpx", ".j2c"), _JPEG_2000),
        ".pdf": _PDF,
        **dict.fromkeys((".svg", ".svgz"), _SVG),
        **dict.fromkeys((".eps", ".ai"), _POSTSCRIPT),
        ".xcf": _GIMP,
    }
)
_OTHER_NAMES = frozenset({".jfif", ".jpe", ".jif", ".apng"})  # of formats that are taken, under other names
# What people call pictures and what is not taken by its name: with a sidecar it is a drop, to be refused in words.
FOREIGN_SUFFIXES = _OTHER_NAMES.union(_BY_SUFFIX)

_BY_MAGIC: tuple[tuple[bytes, Foreign], ...] = (
    (b"GIF8", _GIF),
    (b"8BPS", _PHOTOSHOP),
    (b"\xff\x0a", _JPEG_XL),
    (b"\0\0\0\x0cJXL ", _JPEG_XL),
    (b"\0\0\0\x0cjP  ", _JPEG_2000),
    (b"\xff\x4f\xff\x51", _JPEG_2000),
    (b"FUJIFILMCCD-RAW", _FUJI),
    (b"IIU\0", _PANASONIC),
    (b"IIRO", _OLYMPUS),
    (b"IIRS", _OLYMPUS),
    (b"MMOR", _OLYMPUS),
    (b"II*\0\x10\0\0\0CR", _CANON),
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"II+\0", _TIFF),
    (b"MM\0+", _TIFF),
    (b"%PDF", _PDF),
    (b"%!PS", _POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", _POSTSCRIPT),
    (b"\0\0\1\0", _ICON),
    (b"gimp xcf", _GIMP),
    (b"PK\3\4", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"\x1aE\xdf\xa3", _VIDEO),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def foreign_by_magic(head: bytes) -> Foreign | None:
    """What a file is by its first bytes; None when they say nothing, or a format that is taken."""
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    for magic, found in _BY_MAGIC:
        if head.startswith(magic):
            return found
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
