"""Bytes of a picture → upright 8-bit RGB pixels, limits checked before anything is decoded.

First step of reading; runs only inside the reader process. Pillow decides what a file is; OpenCV never sees
unknown bytes (it would unpack 900 megapixels from one megabyte).
"""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ocr.trouble import MEGAPIXELS, PAGES, trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

Pixels = NDArray[np.uint8]
FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "HEIF", "PPM")
LONGEST_PX = 4200
TALL = 2.2
"""Above this height to width a picture is a long screenshot: it is read in tiles at its full width."""
_REDUCIBLE = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"})
_CAMERA_TAGS = (0x010F, 0x0110)
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, KeyError, TypeError)

Image.init()
pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # the limit is ours, checked on the header below


@dataclass(frozen=True)
class Frame:
    """One page of a picture file: RGB pixels (height, width, 3), numbered from 1."""

    number: int
    count: int
    pixels: Pixels
    camera: bool = False


def frames(data: bytes) -> Iterator[Frame]:
    """Yield the pages of a picture. Raises Unreadable."""
    image = _open(data)
    count = int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
    if count > PAGES:
        raise trouble("too_many_pages", count=count)
    for index in range(count):
        yield Frame(index + 1, count, _pixels(image, index), _by_camera(image))


def _open(data: bytes) -> Image.Image:
    if not data:
        raise trouble("empty_file")
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise trouble("broken_image") from error
    except _DAMAGE as error:
        raise trouble("broken_image") from error


def _pixels(image: Image.Image, index: int) -> Pixels:
    try:
        image.seek(index)
        _check_size(image)
        if image.format in {"JPEG", "MPO"}:
            image.draft("RGB", (LONGEST_PX // 2, LONGEST_PX // 2))
        image.load()
        return np.ascontiguousarray(np.asarray(_shrunk(_to_rgb(_shrunk(_turned_by_exif(image))))), dtype=np.uint8)
    except MemoryError as error:
        raise trouble("too_complex", index + 1) from error
    except _DAMAGE as error:
        raise trouble("broken_image", index + 1) from error


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MEGAPIXELS * 1_000_000:
        raise trouble("too_many_pixels")


def _turned_by_exif(image: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(image) or image


def _shrunk(image: Image.Image) -> Image.Image:
    longest = min(max(image.size), TALL * min(image.size))
    return image.reduce(math.ceil(longest / LONGEST_PX)) if longest > LONGEST_PX and image.mode in _REDUCIBLE else image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_from_deep(np.asarray(image))).convert("RGB")
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        solid = image.convert("RGBA")
        paper = Image.new("RGBA", solid.size, "white")
        return Image.alpha_composite(paper, solid).convert("RGB")
    return image.convert("RGB")


def _from_deep(values: NDArray[Any]) -> Pixels:
    """Scale 16-bit grey (or wider) to 8 bits; Pillow's own conversion clips it to white."""
    numbers = values.astype(np.float32)
    top = float(numbers.max(initial=0.0))
    scale = 65535.0 if top > 255.0 else 255.0
    return np.asarray(np.clip(numbers / scale * 255.0, 0, 255), np.uint8)


def _by_camera(image: Image.Image) -> bool:
    try:
        exif = image.getexif()
    except _DAMAGE:
        return False
    return any(tag in exif for tag in _CAMERA_TAGS)


def preview(pixels: Pixels, longest: int = 1600) -> bytes:
    """Return a JPEG of the page as it arrived, for the screen on which boxes are shown."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()
