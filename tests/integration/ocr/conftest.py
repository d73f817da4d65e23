"""One warm reader per engine for all document tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocr.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def rapid() -> Iterator[Sandbox]:
    with Sandbox("rapidocr") as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def tesseract() -> Iterator[Sandbox]:
    with Sandbox("tesseract") as sandbox:
        yield sandbox
