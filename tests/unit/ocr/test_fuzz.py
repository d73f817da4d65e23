"""IN-09: whatever the bytes, a picture is read or refused in words. Fixed seeds; raise `ROUNDS` to look longer."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from PIL import Image

from ocr.decode import frames
from ocr.page import Unreadable
from ocr.sniff import sniff

ROUNDS = 60
FORMS = ("JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "HEIF")


def _picture(form: str) -> bytes:
    pixels = np.random.default_rng(4).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form)
    return out.getvalue()


def _spoilt(data: bytes, rng: random.Random) -> bytes:
    """Flip, cut, repeat or insert a few bytes; the head more often than the rest."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(min(len(spoilt), 64) if rng.random() < 0.5 else len(spoilt))
        match rng.randrange(4):
            case 0:
                spoilt[place] = rng.randrange(256)
            case 1:
                del spoilt[place : place + rng.randint(1, 40)]
            case 2:
                spoilt[place:place] = spoilt[place : place + rng.randint(1, 40)]
            case _:
                spoilt[place:place] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
        if len(spoilt) < 4:
            break
    return bytes(spoilt)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", FORMS)
def test_IN_09_spoilt_picture_is_read_or_refused_in_words(form: str) -> None:
    data, rng = _picture(form), random.Random(form)
    read, refused = 0, []
    for _ in range(ROUNDS):
        try:
            for frame in frames(_spoilt(data, rng)):
                assert frame.pixels.ndim == 3
                read += 1
        except Unreadable as error:
            refused.append(error.message_zh)
    assert refused
    assert all(refused)
    assert read + len(refused) >= ROUNDS


@pytest.mark.parametrize("seed", range(20))
def test_IN_09_any_bytes_can_be_sniffed(seed: int) -> None:
    assert sniff(random.Random(seed).randbytes(seed * 7)) in {None, "image/bmp"}


@pytest.mark.parametrize(
    ("head", "tail", "kind"),
    [
        (b"\xff\xd8\xff\xe0", b"%PDF-1.7 PK\x03\x04", "image/jpeg"),
        (b"GIF89a", b"<script>alert(1)</script>", "image/gif"),
        (b"PK\x03\x04 %PDF-1.4", b"", "application/pdf"),
    ],
)
def test_IN_09_file_of_two_kinds_is_what_its_head_says_and_refused_if_it_is_not(
    head: bytes, tail: bytes, kind: str
) -> None:
    assert sniff(head + tail) == kind
    if kind.startswith("image/"):
        with pytest.raises(Unreadable) as caught:
            list(frames(head + tail))
        assert caught.value.code == "broken_image"
