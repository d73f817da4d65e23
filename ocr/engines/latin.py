"""Tesseract's net for Latin letters and digits inside this process, for single short lines: the second opinion.

By its C interface: a program of its own would spend five times as long on starting as on reading. Where the library
or its data are missing there is no second opinion, and nothing else changes.
"""

from __future__ import annotations

import ctypes
from ctypes.util import find_library
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ocr.decode import Pixels

_LANGUAGE, _LSTM_ONLY, _SINGLE_LINE, _DPI = b"eng", 1, 7, 300


class Latin:
    """The library with its data loaded: some 35 MB, 0.2 s to load, 6 ms a line."""

    def __init__(self, library: Any) -> None:
        self._library = library
        library.TessBaseAPICreate.restype = ctypes.c_void_p
        library.TessBaseAPIGetUTF8Text.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(library.TessBaseAPICreate())
        library.TessBaseAPISetVariable(self._handle, b"debug_file", b"/dev/null")
        if library.TessBaseAPIInit2(self._handle, None, _LANGUAGE, _LSTM_ONLY):
            raise OSError("Tesseract has no data for eng")
        library.TessBaseAPISetPageSegMode(self._handle, _SINGLE_LINE)

    def line(self, tone: Pixels) -> str:
        """Read one line of dark text on a light ground; ``tone``: (height, width) grey."""
        height, width = tone.shape
        held = np.ascontiguousarray(tone)
        self._library.TessBaseAPISetImage(self._handle, held.ctypes.data_as(ctypes.c_void_p), width, height, 1, width)
        self._library.TessBaseAPISetSourceResolution(self._handle, _DPI)
        found = ctypes.c_void_p(self._library.TessBaseAPIGetUTF8Text(self._handle))
        if not found.value:
            return ""
        text = ctypes.string_at(found.value).decode("utf-8", "replace")
        self._library.TessDeleteText(found)
        self._library.TessBaseAPIClear(self._handle)
        return text.strip()


def load() -> Latin | None:
    """Return the second reader, or None where it is not installed."""
    name = find_library("tesseract")
    try:
        return Latin(ctypes.CDLL(name)) if name else None
    except (OSError, AttributeError):
        return None
