"""Pictures for tests: real ones with everything a camera leaves in them, and crafted headers."""

import io
import struct
import zlib
from functools import cache

from PIL import Image, ImageCms, PngImagePlugin

GPS_TEXT = "GPS-52.5200N-13.4050E"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">secret-xmp</x:xmpmeta>'
COMMENT = b"secret-comment"
SECRETS = (GPS_TEXT.encode(), b"secret-", b"Exif\0\0", b"eXIf", b"adobe:ns:meta", b"EXIF", b"XMP ")
SUFFIX = {"jpeg": ".jpg", "png": ".png", "webp": ".webp"}
STORED = {  # how each orientation stores the upright picture: the way back from EXIF 2.32, section 4.6.4
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def drawing(mode: str = "RGB", size: tuple[int, int] = (320, 264)) -> Image.Image:
    """A picture that no turn maps onto itself: each quarter has its own brightness."""
    image = Image.new("RGB", size, (250, 250, 250))
    width, height = size
    image.paste((10, 10, 10), (0, 0, width // 2, height // 2))
    image.paste((90, 90, 90), (width // 2, 0, width, height // 2))
    image.paste((170, 170, 170), (0, height // 2, width // 2, height))
    return image.convert(mode)


def corners(image: Image.Image) -> tuple[int, ...]:
    """The brightness near each corner, in steps that survive lossy compression."""
    grey = image.convert("L")
    width, height = grey.size
    at = [(20, 20), (width - 20, 20), (20, height - 20), (width - 20, height - 20)]
    values = [grey.getpixel(spot) for spot in at]
    return tuple(round(value / 80) for value in values if isinstance(value, int | float))


@cache
def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int | None = None) -> Image.Exif:
    found = Image.Exif()
    if orientation is not None:
        found[0x0112] = orientation
    found[0x010E] = "secret-description"
    found[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 29: GPS_TEXT}
    return found


def plain(kind: str, image: Image.Image | None = None, *, lossless: bool = False) -> bytes:
    """Without any metadata."""
    target = io.BytesIO()
    (image or drawing()).save(target, format=kind, **({"lossless": True} if lossless else {}))
    return target.getvalue()


def camera(kind: str, image: Image.Image | None = None, orientation: int | None = None, **more: object) -> bytes:
    """With EXIF, GPS, XMP, comments and a colour profile, wherever the format has a place for them."""
    options: dict[str, object] = {"exif": exif(orientation), "icc_profile": profile(), **more}
    if kind == "jpeg":
        options |= {"comment": COMMENT, "xmp": XMP}
    if kind == "webp":
        options |= {"xmp": XMP}
    if kind == "png":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Author", "secret-author")
        texts.add_text("Long", "secret-compressed" * 20, zip=True)
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        texts.add(b"tIME", b"secret-")
        texts.add(b"loCA", GPS_TEXT.encode())
        options["pnginfo"] = texts
    target = io.BytesIO()
    (image or drawing()).save(target, format=kind, **options)
    return target.getvalue()


def animated(kind: str) -> bytes:
    """A PNG or WebP of two pictures."""
    target = io.BytesIO()
    second = drawing().transpose(Image.Transpose.ROTATE_180)
    drawing().save(target, format=kind, save_all=True, append_images=[second], duration=100)
    return target.getvalue()


def sideways(kind: str, orientation: int, image: Image.Image | None = None) -> bytes:
    """The upright picture as a turned camera stores it, with its orientation in EXIF."""
    upright = image or drawing()
    turn = STORED[orientation]
    return camera(kind, upright if turn is None else upright.transpose(turn), orientation)


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return image.tobytes()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims this size and holds next to nothing."""
    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", ihdr) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def after_start(content: bytes, segment: bytes) -> bytes:
    """A JPEG with one more segment behind its first marker."""
    return content[:2] + segment + content[2:]
