"""JPEGs of a wanted size. What makes them large is in the scan, as in real ones; nobody here decodes it."""

import io

from PIL import Image

KIB, MIB = 1024, 1024 * 1024


def jpeg(size: int, shade: int = 120) -> bytes:
    """Of exactly so many bytes; at least a KiB."""
    target = io.BytesIO()
    Image.new("L", (256, 256), shade).save(target, "jpeg", quality=10, optimize=True)
    small = target.getvalue()
    if len(small) > size:
        raise ValueError(f"the smallest has {len(small)} bytes")
    return small[:-2] + b"\x55" * (size - len(small)) + small[-2:]
