"""Every Chinese word that a screen shows has its English one, and nothing in the catalogue is left over."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

from orders.actor import ROLE_ZH
from orders.state import STATE_ZH
from rules.sentences.lexicon import GROUP_ZH
from rules.states import GATE_ZH
from web import master, navigation, review, wording
from web.i18n import english
from web.own_titles import FIELD_ZH
from web.views.provenance import MADE_ZH

WEB = Path(review.__file__).parent
CALL = re.compile(r"""\b(?:t|translate)\(\s*(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)')""")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


TABLES = {name for name in dir(wording) if name.endswith("_ZH")} - {"HOLD_CODE_ZH"}


def called() -> set[str]:
    files = [*WEB.rglob("*.html"), *WEB.rglob("*.py")]
    return {first or second for path in files for first, second in CALL.findall(path.read_text(encoding="utf-8"))}


def tabled() -> set[str]:
    tables = (
        ROLE_ZH,
        STATE_ZH,
        GATE_ZH,
        GROUP_ZH,
        FIELD_ZH,
        MADE_ZH,
        *(getattr(wording, name) for name in dir(wording) if name in TABLES),
    )
    words = {word for table in tables for word in table.values()}
    for sheet in master.SHEETS.values():
        words |= {sheet.title, sheet.intro}
        for column in sheet.columns:
            words |= {column.label, column.hint, *(label for _, label in column.options)}
    shapes = [shape for _, group in review._GROUPS for shape in group.values()]
    shapes += [*review._CELLS.values(), *review._TOTALS.values()]
    words |= {*review._OTHER_ZH.values(), *(title for title, _ in review._GROUPS)}
    words |= {shape.label for shape in shapes} | {label for shape in shapes for _, label in shape.options}
    words |= {place.label for place in (*navigation._WORK, *navigation._MASTER, *navigation._SYSTEM)}
    return words


def wanted() -> set[str]:
    return {word for word in called() | tabled() if CHINESE.search(word)}


def test_every_word_of_the_screens_is_translated() -> None:
    assert sorted(wanted() - english().keys()) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(english().keys() - wanted()) == []


def test_translations_have_the_same_values_and_no_chinese() -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for zh, en in english().items():
        assert names(zh) == names(en), zh
        assert not CHINESE.search(en), zh


def test_templates_write_no_chinese_outside_the_catalogue() -> None:
    for path in WEB.rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)
        assert not CHINESE.search(text.replace("中文", "")), path.name
