"""Where things land in the outbox. The same edit always gets the same keys, so a retry overwrites itself."""

from hashlib import sha256

from depthdrop.drop.pairing import suffix_of

KEY_MAX_BYTES = 1024  # S3's limit on an object key
EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}


def result_key(prefix: str, image_key: str, edit: str, output_format: str) -> str:
    """`{folder}/{stem}-{edit_id[:8]}.{ext}` below the outbox prefix."""
    stem = image_key[: len(image_key) - len(suffix_of(image_key))]
    return _fit(f"{prefix}{stem}", f"-{edit[:8]}.{EXTENSIONS[output_format]}")


def manifest_key(result: str) -> str:
    return f"{result.rsplit('.', 1)[0]}.json"


def receipt_key(prefix: str, image_key: str) -> str:
    return _fit(f"{prefix}{image_key}", ".rejected.json")


def folder_of(key: str) -> str:
    """The folder without its slash; the root is `/`, because SNS refuses an empty attribute."""
    return key.rpartition("/")[0].strip("/") or "/"


def _fit(start: str, end: str) -> str:
    """Shorten the middle of a key that would be too long for S3, without cutting a character in two.

    What is cut off is told by a hash, so that no two long keys come to share a result or a receipt.
    """
    whole = start.encode()
    room = KEY_MAX_BYTES - len(end.encode()) - 4  # 4: `.json` is up to one byte longer than what it replaces
    if len(whole) <= room:
        return start + end
    mark = f"~{sha256(whole).hexdigest()[:16]}"
    return whole[: room - len(mark)].decode("utf-8", "ignore") + mark + end
