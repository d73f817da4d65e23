"""The templates that come with the program: one YAML file a platform. An operator clones one and changes it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from intake.mapping.template import Template, load_template

FOLDER = Path(__file__).parent / "presets"


@cache
def presets() -> dict[str, Template]:
    """Return every preset by its platform."""
    found = [load_template(_texts(YAML(typ="safe").load(path))) for path in sorted(FOLDER.glob("*.yaml"))]
    return {template.platform: template for template in found}


def _texts(value: Any) -> Any:
    """Make every key a text: YAML reads 105 as a number."""
    if isinstance(value, dict):
        return {_key(key): _texts(inner) for key, inner in value.items()}
    return [_texts(item) for item in value] if isinstance(value, list) else value


def _key(key: Any) -> str:
    return {True: "true", False: "false"}.get(key, str(key)) if isinstance(key, bool) else str(key)
