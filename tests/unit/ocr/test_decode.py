"""Bytes of pictures → upright RGB: limits first, every odd format, clear errors."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from bench.pages.hostile import huge_png
from ocr.decode import frames
from ocr.page import Unreadable
from ocr.sniff import sniff


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _half_black(mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, (60, 40), 255 if mode in {"L", "1"} else "white")
    image.paste(0 if mode in {"L", "1"} else "black", (0, 0, 30, 40))
    return image


def _only(data: bytes) -> np.ndarray:
    (frame,) = frames(data)
    return frame.pixels


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_common_formats_keep_left_and_right(form: str) -> None:
    data = _saved(_half_black(), form)
    assert sniff(data) == f"image/{form.lower()}"
    pixels = _only(data)
    assert pixels.shape == (40, 60, 3)
    assert pixels[:, 5].max() < 60
    assert pixels[:, 55].min() > 200


def test_heic_is_read() -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(_half_black()).save(out, format="HEIF")
    assert sniff(out.getvalue()) == "image/heif"
    assert _only(out.getvalue())[:, 5].max() < 60


def test_cmyk_jpeg_is_not_inverted() -> None:
    pixels = _only(_saved(_half_black().convert("CMYK"), "JPEG"))
    assert pixels[:, 5].mean() < 60 < 200 < pixels[:, 55].mean()


def test_sixteen_bit_grey_is_scaled_not_clipped_to_white() -> None:
    deep = np.full((40, 60), 60_000, np.uint16)
    deep[:, :30] = 2_000
    pixels = _only(_saved(Image.fromarray(deep), "PNG"))
    assert pixels[:, 5].max() < 20
    assert 220 < pixels[:, 55].min() < 245


def test_transparent_ground_becomes_paper() -> None:
    image = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 30, 40))
    assert _only(_saved(image, "PNG"))[:, 55].min() == 255


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = _only(_saved(_half_black(), "JPEG", exif=exif))
    assert pixels.shape == (60, 40, 3)
    assert pixels[5].max() < 60


def test_tiff_gives_its_pages_in_order() -> None:
    more = [Image.new("RGB", (60, 40), "white") for _ in range(2)]
    read = list(frames(_saved(_half_black(), "TIFF", save_all=True, append_images=more)))
    assert [(frame.number, frame.count) for frame in read] == [(1, 3), (2, 3), (3, 3)]
    assert read[0].pixels.min() == 0 < 255 == read[2].pixels.min()


@pytest.mark.parametrize(("count", "readable"), [(20, True), (21, False)])
def test_tiff_of_twenty_pages_is_read_of_twenty_one_refused(count: int, readable: bool) -> None:
    more = [Image.new("1", (8, 8)) for _ in range(count - 1)]
    data = _saved(Image.new("1", (8, 8)), "TIFF", save_all=True, append_images=more)
    if readable:
        assert len(list(frames(data))) == 20
    else:
        with pytest.raises(Unreadable) as caught:
            list(frames(data))
        assert caught.value.code == "too_many_pages"
        assert "21" in caught.value.message_zh


def test_gif_and_webp_animations_give_their_first_picture() -> None:
    more = [Image.new("RGB", (60, 40), "white")]
    for form in ("GIF", "WEBP"):
        assert len(list(frames(_saved(_half_black(), form, save_all=True, append_images=more)))) == 1


def test_nine_hundred_megapixels_are_refused_by_the_header() -> None:
    with pytest.raises(Unreadable) as caught:
        list(frames(huge_png(30_000)))
    assert caught.value.code == "too_many_pixels"


@pytest.mark.parametrize(("side", "readable"), [(7_740, True), (7_750, False)])
def test_sixty_megapixels_are_the_limit(side: int, readable: bool) -> None:
    data = huge_png(side)
    if readable:
        assert max(_only(data).shape) <= 4_200
    else:
        with pytest.raises(Unreadable):
            list(frames(data))


@pytest.mark.parametrize("keep", [20, 120, 600])
def test_truncated_picture_is_named_broken(keep: int) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8))
    with pytest.raises(Unreadable) as caught:
        list(frames(_saved(noise, "JPEG")[:keep]))
    assert caught.value.code == "broken_image"
    assert caught.value.message_zh
    assert "again" in caught.value.message_en


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04....", b"hello", b"BMW is a car", b"GIF8"])
def test_what_is_no_picture_is_not_taken_for_one(data: bytes) -> None:
    assert sniff(data) is None
