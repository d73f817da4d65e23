"""Files that attack a reader: small on the disk, huge or endless inside. Made here, never stored."""

from __future__ import annotations

import io
import struct
import zlib
from functools import lru_cache

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas


@lru_cache(maxsize=2)
def huge_png(side: int = 30_000) -> bytes:
    """Return a valid black-and-white PNG of ``side``² pixels (900 megapixels) in about 0.1 MB."""
    packer = zlib.compressobj(9)
    row = b"\0" + b"\0" * ((side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pdf_of(objects: list[bytes]) -> bytes:
    """Write numbered objects (from 1) as a PDF whose catalogue is object 1."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def _page(content: int, resources: bytes = b"<< >>") -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources %s >>" % (
        content,
        resources,
    )


def _stream(data: bytes, filters: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), filters, data)


@lru_cache(maxsize=1)
def deflate_bomb(megabytes: int = 1280) -> bytes:
    """Return a PDF of a few kilobytes whose page content unpacks twice to ``megabytes``."""
    packer = zlib.compressobj(1)
    block = b" " * (1 << 20)
    inner = b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()
    twice = zlib.compress(inner, 9)
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            _page(4),
            _stream(twice, b"/Filter [/FlateDecode /FlateDecode]"),
        ]
    )


def nested_forms(depth: int = 9, width: int = 10) -> bytes:
    """Return a PDF whose page draws a form that draws ``width`` forms, ``depth`` times over."""
    first = 5
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _page(4, b"<< /XObject << /F %d 0 R >> >>" % first),
        _stream(b"/F Do"),
    ]
    for level in range(depth):
        inner = b"<< /XObject << /F %d 0 R >> >>" % (first + level + 1)
        last = level == depth - 1
        content = b"0 0 1 1 re f" if last else b"/F Do " * width
        extra = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources " + (b"<< >>" if last else inner)
        objects.append(_stream(content, extra))
    return pdf_of(objects)


def many_pages(count: int = 10_000) -> bytes:
    """Return a PDF with ``count`` empty pages."""
    kids = b" ".join(b"%d 0 R" % (number + 4) for number in range(count))
    pages = [_page(3)] * count
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
            _stream(b""),
            *pages,
        ]
    )


def no_pages() -> bytes:
    """Return a PDF without any page."""
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])


def encrypted() -> bytes:
    """Return a PDF that opens only with a password."""
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret", "owner", strength=128))
    canvas.drawString(72, 720, "PO-1")
    canvas.save()
    return out.getvalue()
