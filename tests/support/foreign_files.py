"""The first bytes of files in unsupported formats, by suffix, and the name of each format."""

import io
import struct

from PIL import Image


def _saved(kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (300, 300), (90, 60, 30)).save(target, kind, **options)
    return target.getvalue()


def heif(*brands: bytes) -> bytes:
    """A box file of these brands, the major one first."""
    body = brands[0] + bytes(4) + b"".join(brands)
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body + struct.pack(">I", 8) + b"free"


_LITTLE, _BIG = b"II*\0\x08\0\0\0" + bytes(300), b"MM\0*\0\0\0\x08" + bytes(300)
FOREIGN_FILES: dict[str, tuple[bytes, str]] = {
    ".heic": (heif(b"heic", b"mif1"), "HEIC"),
    ".heif": (heif(b"mif1", b"heic"), "HEIC"),
    ".hif": (heif(b"heix", b"mif1"), "HEIC"),
    ".avif": (_saved("avif"), "AVIF"),
    ".tif": (_saved("tiff"), "TIFF"),
    ".tiff": (_BIG, "TIFF"),
    ".bmp": (_saved("bmp"), "BMP"),
    ".gif": (_saved("gif"), "GIF"),
    ".cr2": (b"II*\0\x10\0\0\0CR\x02\0" + bytes(300), "Canon"),
    ".cr3": (heif(b"crx ", b"isom"), "Canon"),
    ".nef": (_BIG, "Nikon"),
    ".arw": (_LITTLE, "Sony"),
    ".dng": (_LITTLE, "DNG"),
    ".pef": (_BIG, "Pentax"),
    ".srw": (_LITTLE, "Samsung"),
    ".orf": (b"IIRO\x08\0\0\0" + bytes(300), "Olympus"),
    ".rw2": (b"IIU\0\x18\0\0\0" + bytes(300), "Panasonic"),
    ".raf": (b"FUJIFILMCCD-RAW 0201FF" + bytes(300), "Fujifilm"),
    ".psd": (b"8BPS\0\1" + bytes(300), "Photoshop"),
    ".jxl": (b"\xff\x0a\xfa\x1f" + bytes(300), "JPEG XL"),
    ".jp2": (_saved("jpeg2000"), "JPEG 2000"),
    ".j2k": (_saved("jpeg2000", no_jp2=True), "JPEG 2000"),
    ".pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
    ".svg": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    ".eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
    ".xcf": (b"gimp xcf v011\0" + bytes(100), "GIMP"),
}
