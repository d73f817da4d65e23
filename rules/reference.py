"""The vocabulary as a page for people: docs/vocabulary.md is this text, and a contract test keeps it so.

Place in the order's way: none. ``python -m rules.reference`` writes the page anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rules.vocabulary import Kind, base_vocabulary

if TYPE_CHECKING:
    from rules.vocabulary import FactType, Word

PAGE = Path(__file__).parent.parent / "docs" / "vocabulary.md"
TYPE_ZH = {
    Kind.MONEY: "金额", Kind.PRICE: "单价", Kind.QUANTITY: "数量", Kind.COUNT: "整数", Kind.TEXT: "文本",
    Kind.CODE: "代码", Kind.BOOL: "是否", Kind.DATE: "日期", Kind.DURATION: "时长",
}  # fmt: skip
NATURE = {
    "head": "每单一份 · once per order",
    "row": "可有多份，各自判断 · any number, each judged",
    "derived": "由规则产生 · made by rules",
}
HEAD = """# 词汇表 · Vocabulary

Generated from `rules/words.py` by `python -m rules.reference`; do not edit.

规则只能用这里的词，以及规则文件自己声明的表（`tables`）、推出的事实（`derives`）与自定义字段（`fields`）。
Rules can use these words, and the tables, derived facts and own fields that rule files declare; nothing else.

写法：`事实.字段`，例如 `order.payable > 500.00元`；中文句子里用中文名，例如 `订单金额 > 500 元`，
订单行等写作 `订单行的数量`。带 ⌀ 的是个人信息：只能与固定文字比较，不会出现在消息与推理轨迹里。
⌀ marks personal text: compared with fixed words only, never shown.

| 类型 type | 怎么写 how to write a value |
|---|---|
| 金额 money、单价 price | `500.00元`、`5万元`；精确到分，单价到 10⁻⁶ |
| 数量 quantity、整数 count | `3`、`3 个`、`0.5` |
| 时长 duration | `5 min`、`3 days`、`5 分钟`、`3 天` |
| 日期 date | `2026-11-30`；`today` 为判定当日 |
| 文本 text、代码 code | `"api"` 或 `api`；代码只能取所列的值 |
| 是否 bool | 单写字段名，或 `is true`、`is false` |
"""


def vocabulary_page() -> str:
    """Return the page in Markdown."""
    return "\n".join([HEAD, *(_fact(fact) for fact in base_vocabulary().values())])


def _fact(fact: FactType) -> str:
    nature = NATURE["head" if fact.head else "derived" if fact.derived else "row"]
    lines = [
        f"## {fact.zh} · `{fact.name}`",
        "",
        nature,
        "",
        "| 词 word | 中文 | English | 类型 type | 单位 unit | 含义 meaning | 来源 source |",
        "|---|---|---|---|---|---|---|",
        *(_word(word) for word in fact.words.values()),
        "",
    ]
    return "\n".join(lines)


def _word(word: Word) -> str:
    choices = "：" + "、".join(f"`{choice}`" for choice in word.choices) if word.choices else ""
    mark = " ⌀" if word.personal else ""
    kind = TYPE_ZH[word.kind] + choices
    cells = (f"`{word.full}`{mark}", word.zh, word.en, kind, word.unit or "", word.doc, word.source)
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(vocabulary_page(), "utf-8")


if __name__ == "__main__":
    main()
