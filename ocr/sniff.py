"""Tell what a file is by its first bytes, never by its name. Cheap enough for the web process."""

from __future__ import annotations

_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
_HEIF = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"}
_PDF_WITHIN = 1024


def sniff(data: bytes) -> str | None:
    """Return the media type of a picture or PDF, or None for anything else."""
    for head, kind in _HEADS:
        if data.startswith(head) and (kind != "image/bmp" or data[6:10] == b"\0\0\0\0"):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF:
        return "image/heif"
    return "application/pdf" if b"%PDF-" in data[:_PDF_WITHIN] else None
