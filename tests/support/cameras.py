"""Files as cameras and editors leave them: every place in a JPEG, PNG or WebP where something private has been met.

Made from small parts; what must never go upstream holds the word `secret-`.
"""

import struct
import zlib
from dataclasses import dataclass, field

from tests.support.pictures import STORED, drawing, jpeg_segment, plain, png_chunk

SECRET = b"secret-"
THUMBNAIL = plain("jpeg", drawing(size=(32, 24)))
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:Description exif:GPSLatitude="52,31.2N" dc:creator="secret-owner"/></x:xmpmeta><?xpacket end="w"?>'
)
_SHORT, _LONG, _RATIONAL, _ASCII, _UNDEFINED = 3, 4, 5, 2, 7


@dataclass
class Tiff:
    """A TIFF structure in either byte order; values longer than four bytes go behind the directories."""

    order: str
    data: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.data += {"<": b"II", ">": b"MM"}[self.order] + self._pack("HI", 42, 8)

    def directory(self, entries: list[tuple[int, int, int, bytes]], pointers: tuple[int, ...] = ()) -> list[int]:
        """Append (tag, type, count, value) entries; the offsets of the `pointers`, and of the next directory."""
        start = len(self.data)
        later = start + 2 + 12 * len(entries) + 4
        self.data += self._pack("H", len(entries))
        behind, places = bytearray(), {}
        for tag, kind, count, value in entries:
            places[tag] = len(self.data) + 8
            if len(value) > 4:
                self.data += self._pack("HHII", tag, kind, count, later + len(behind))
                behind += value + bytes(len(value) % 2)
            else:
                self.data += self._pack("HHI", tag, kind, count) + value.ljust(4, b"\0")
        next_at = len(self.data)
        self.data += bytes(4) + behind
        return [*(places[tag] for tag in pointers), next_at]

    def point(self, place: int, target: int | None = None) -> None:
        where = len(self.data) if target is None else target
        self.data[place : place + 4] = self._pack("I", where)

    def short(self, value: int) -> bytes:
        return self._pack("H", value)

    def long(self, value: int) -> bytes:
        return self._pack("I", value)

    def degrees(self, *values: int) -> bytes:
        return b"".join(self._pack("II", value, 1) for value in values)

    def _pack(self, form: str, *values: int) -> bytes:
        return struct.pack(self.order + form, *values)


def exif_block(orientation: int = 1, order: str = "<", *, orientation_type: int = _SHORT) -> bytes:
    """Camera, owner, place, maker note and a thumbnail, as a phone writes them into each picture."""
    tiff = Tiff(order)
    turn = tiff.short(orientation) if orientation_type == _SHORT else tiff.long(orientation)
    owner, note = SECRET + b"owner\0", SECRET + b"maker-note, serial number 0123456789"
    exif_at, gps_at, next_at = tiff.directory(
        [
            (0x010F, _ASCII, 13, SECRET + b"maker\0"),
            (0x0112, orientation_type, 1, turn),
            (0x8769, _LONG, 1, b""),
            (0x8825, _LONG, 1, b""),
            (0xA430, _ASCII, len(owner), owner),
        ],
        (0x8769, 0x8825),
    )
    tiff.point(exif_at)
    tiff.directory([(0x9003, _ASCII, 20, b"2026:06:10 08:00:00\0"), (0x927C, _UNDEFINED, len(note), note)])
    tiff.point(gps_at)
    place = SECRET + b"place\0"
    tiff.directory([(0x0002, _RATIONAL, 3, tiff.degrees(52, 31, 12)), (0x001B, _UNDEFINED, len(place), place)])
    tiff.point(next_at)
    (thumbnail_at, _) = tiff.directory(
        [(0x0201, _LONG, 1, b""), (0x0202, _LONG, 1, tiff.long(len(THUMBNAIL)))], (0x0201,)
    )
    tiff.point(thumbnail_at)
    return bytes(tiff.data) + THUMBNAIL


def _resource(number: int, body: bytes) -> bytes:
    """An image resource of Photoshop."""
    return b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + bytes(len(body) % 2)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


IPTC = b"\x1c\x02\x50" + struct.pack(">H", 12) + SECRET + b"owner"
C2PA = _box(b"jumb", _box(b"jumd", b"c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0") + _box(b"json", SECRET))
JPEG_PRIVATE: dict[str, bytes] = {
    "exif, little-endian": jpeg_segment(0xE1, b"Exif\0\0" + exif_block()),
    "exif, big-endian": jpeg_segment(0xE1, b"Exif\0\0" + exif_block(order=">")),
    "exif that cannot be read": jpeg_segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff" + SECRET),
    "xmp": jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
    "extended xmp": jpeg_segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + XMP),
    "iptc": jpeg_segment(0xED, b"Photoshop 3.0\0" + _resource(0x0404, IPTC)),
    "photoshop's thumbnail": jpeg_segment(0xED, b"Photoshop 3.0\0" + _resource(0x040C, bytes(28) + THUMBNAIL)),
    "jfxx thumbnail": jpeg_segment(0xE0, b"JFXX\0\x10" + THUMBNAIL),
    "more pictures": jpeg_segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + SECRET),
    "flashpix": jpeg_segment(0xE2, b"FPXR\0" + SECRET),
    "hdr gain map": jpeg_segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + SECRET),
    "maker's own": jpeg_segment(0xE5, b"SAMSUNG\0" + SECRET),
    "meta": jpeg_segment(0xE3, b"Meta\0\0" + exif_block()),
    "ducky": jpeg_segment(0xEC, b"Ducky\0" + SECRET),
    "c2pa": jpeg_segment(0xEB, b"JP\0\x01\0\0\0\x01" + C2PA),
    "comment": jpeg_segment(0xFE, SECRET + b"comment"),
    "an extension of jpeg": jpeg_segment(0xF7, SECRET),
    "a reserved marker": jpeg_segment(0x4F, SECRET),
    "too short for adobe": jpeg_segment(0xEE, b"Adobe" + SECRET[:4]),
    "too short for jfif": jpeg_segment(0xE0, b"JFIF\0" + SECRET),
    "fill bytes": b"\xff\xff\xff" + jpeg_segment(0xE1, b"Exif\0\0" + exif_block()),
}
TRAILERS: dict[str, bytes] = {
    "a motion photo's video": _box(b"ftyp", b"mp42") + _box(b"moov", b"\xa9xyz+52.5200+013.4050/" + SECRET),
    "another picture": plain("jpeg") + SECRET,
    "samsung's trailer": b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data" + SECRET + b"SEFH\x6b\0\0\0SEFT",
    "an archive": b"PK\x03\x04" + SECRET,
}


def _text(name: bytes, body: bytes) -> bytes:
    return name + b"\0" + body


PNG_PRIVATE: dict[str, bytes] = {
    "text": png_chunk(b"tEXt", _text(b"Author", SECRET)),
    "compressed text": png_chunk(b"zTXt", _text(b"Comment", b"\0" + zlib.compress(SECRET * 9))),
    "exif in a text": png_chunk(b"zTXt", _text(b"Raw profile type exif", b"\0" + zlib.compress(exif_block()))),
    "xmp": png_chunk(b"iTXt", _text(b"XML:com.adobe.xmp", bytes(4) + XMP)),
    "exif": png_chunk(b"eXIf", exif_block()),
    "time": png_chunk(b"tIME", struct.pack(">HBBBBB", 2026, 6, 10, 8, 0, 0)),
    "c2pa": png_chunk(b"caBX", C2PA),
    "a suggested palette": png_chunk(b"sPLT", _text(SECRET, b"\x08")),
    "a program's own": png_chunk(b"prVt", SECRET),
    "an animation of one frame": png_chunk(b"acTL", struct.pack(">II", 1, 0)) + png_chunk(b"fdAT", SECRET),
}


def webp_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


WEBP_PRIVATE: dict[str, bytes] = {
    "exif": webp_chunk(b"EXIF", exif_block()),
    "exif as in a jpeg": webp_chunk(b"EXIF", b"Exif\0\0" + exif_block()),
    "xmp": webp_chunk(b"XMP ", XMP),
    "c2pa": webp_chunk(b"C2PA", C2PA),
    "a program's own": webp_chunk(b"prVt", SECRET + b"!"),
}


def with_chunks(kind: str, content: bytes, chunks: bytes) -> bytes:
    """A JPEG, PNG or WebP with these segments or chunks behind its first."""
    if kind == "jpeg":
        return content[:2] + chunks + content[2:]
    if kind == "png":
        return content[:33] + chunks + content[33:]
    return content[:4] + struct.pack("<I", len(content) + len(chunks) - 8) + content[8:] + chunks


PRIVATE = {"jpeg": JPEG_PRIVATE, "png": PNG_PRIVATE, "webp": WEBP_PRIVATE}


def photo(kind: str, orientation: int, order: str = "<") -> bytes:
    """Everything private at once, around a picture stored with this orientation; a trailer follows it."""
    turn = STORED[orientation]
    stored = plain(kind, drawing() if turn is None else drawing().transpose(turn))
    block = exif_block(orientation, order)
    first = {
        "jpeg": jpeg_segment(0xE1, b"Exif\0\0" + block),
        "png": png_chunk(b"eXIf", block),
        "webp": webp_chunk(b"EXIF", block),
    }[kind]
    return with_chunks(kind, stored, first + b"".join(PRIVATE[kind].values())) + TRAILERS["a motion photo's video"]
