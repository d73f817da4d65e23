"""What people who do not program write wrongly, and how to say what they meant: for the refusals of this package.

Place in the order's way: before it. Knows spelling only; whether a condition is right is for the others to say.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.vocabulary import FactType

Said = tuple[str, str]
"""A sentence in English and in 中文."""
WIDE = "：，＞＜＝（）［］｛｝“”‘’【】；％＆｜！＋－"
"""Full-width marks that stand where a half-width one is meant."""
PLAIN = {"“": '"', "”": '"', "‘": "'", "’": "'", "【": "[", "】": "]", "、": ","}
OPERATORS = {
    **dict.fromkeys(("contain", "include", "includes", "has", "含", "包含", "含有"), "contains"),
    **dict.fromkeys(("begins", "startswith", "开头"), "starts with"),
    **dict.fromkeys(("大于", "超过", "多于", "高于"), ">"),
    **dict.fromkeys(("小于", "少于", "低于"), "<"),
    **dict.fromkeys(("不小于", "大于等于", "至少"), ">="),
    **dict.fromkeys(("不大于", "小于等于", "至多"), "<="),
    **dict.fromkeys(("equals", "equal", "等于", "为", "是"), "is"),
    **dict.fromkeys(("不等于", "不是"), "!="),
    **dict.fromkeys(("属于", "在"), "in"),
    **dict.fromkeys(("介于", "之间"), "between"),
    **dict.fromkeys(("缺失", "为空", "empty", "null"), "is missing"),
    **dict.fromkeys(("且", "并且", "&", "&&"), "and"),
    **dict.fromkeys(("或", "或者", "|", "||"), "or"),
    **dict.fromkeys(("非", "没有", "!"), "not"),
}
"""Words for an operator, and how it is written."""
SWAPPED = {"=>": ">=", "=<": "<=", "<>": "!=", "=!": "!="}
KIND_ZH = {"money": "金额", "price": "单价", "quantity": "数量", "count": "个数", "text": "文本", "code": "代码",
           "bool": "是否", "date": "日期", "duration": "时长"}  # fmt: skip
SYNONYMS = {"amount": "payable", "total": "payable", "sum": "payable", "money": "payable", "qty": "quantity",
            "address": "ship_to.address", "phone": "ship_to.phone", "price": "unit_price", "level": "tier"}  # fmt: skip
"""What people call a field, and what the vocabulary calls it where it has such a word."""
_YAML: dict[str, Said] = {
    "'\\t'": ("the line begins with a tab; indent with spaces", "这一行用制表符（Tab）缩进，请改用空格"),
    "could not find expected ':'": (
        "a colon with a space behind it is missing (write owner: risk), or a “- ” before it",
        "缺少冒号，或冒号后没有空格（应写成 owner: risk）；也可能行首漏了“- ”",
    ),
    "mapping values are not allowed": (
        "there is one colon too many, or the line above is not finished; quote text with a colon in it",
        "多了一个冒号，或上一行没有写完；文字里有冒号时请给文字加引号",
    ),
    "expected <block end>": (
        "the line is not indented like the ones it belongs to",
        "缩进没有对齐：这一行应与同级的行左对齐",
    ),
    "expected ',' or '}'": (
        "a comma, a quotation mark or the closing } is missing on this line or the one before",
        "这一行或上一行的花括号 { } 里少了逗号、引号或右括号 }",
    ),
    "expected ',' or ']'": (
        "a comma, a quotation mark or the closing ] is missing on this line or the one before",
        "这一行或上一行的方括号 [ ] 里少了逗号、引号或右括号 ]",
    ),
    "unexpected end of stream": ("a quotation mark or a bracket is opened and not closed", "引号或括号没有成对"),
    "found another document": (
        "--- begins a second document; a rule file is one",
        "--- 之后是第二份文档，一个规则文件只能有一份",
    ),
    "cannot start any token": ("this letter must stand in quotes", "这个字符须放在引号里"),
}
"""What the reader of YAML complains of, and what that means to an author."""


def of_yaml(text: str, line: int, problem: str) -> Said:
    """Say what is wrong with a file that is no YAML; ``line`` counts from 0 and may be the one after the mistake."""
    en, zh = next((said for key, said in _YAML.items() if key in problem), (problem, problem))
    lines = text.split("\n")
    for number in (line, line - 1):
        outside = re.sub(r'"[^"]*"|\'[^\']*\'|#.*', "", lines[number]) if 0 <= number < len(lines) else ""
        wide = next((letter for letter in outside if letter in WIDE), None)
        if wide and "'\\t'" not in problem:
            told = (number + 1, wide, plain(wide))
            return "line {} has a full-width {}: write {}".format(*told), "第 {} 行有全角符号 {}，应写半角 {}".format(
                *told
            )
    return f"not valid YAML: {en}", f"YAML 格式错误：{zh}"


def plain(letter: str) -> str:
    """Return the half-width letter that is meant by a full-width one; itself where there is none."""
    return PLAIN.get(letter, unicodedata.normalize("NFKC", letter))


def of_letter(letter: str) -> tuple[Said, str]:
    """Say what a letter that no condition has was to be, and return what to write."""
    meant = OPERATORS.get(letter) or plain(letter)
    if meant == letter:
        return (f"unexpected {letter}", f"无法识别的字符 {letter}"), ""
    return (f"unexpected {letter}", f"条件里不写 {letter}"), meant


def label(name: str, vocabulary: Mapping[str, FactType]) -> str:
    """Return the field that a 中文 label names: 订单金额 → order.payable; empty when there is none."""
    for fact in vocabulary.values():
        for word in fact.words.values():
            if name in (word.zh, f"{fact.zh}的{word.zh}", f"{fact.zh}{word.zh}"):
                return f"{fact.name}.{word.name}"
    return ""


_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+(?:元|块|天|小时|分钟|件|个|%)")
_LOOSE = re.compile(r"(\d[\d,，]*(?:\.\d+)?)(\D*)")
_MEANT_UNIT = {
    "": "",
    **dict.fromkeys(("块", "块钱", "元钱", "圆", "rmb", "cny"), "元"),
    **dict.fromkeys(("w", "万"), "万元"),
    **dict.fromkeys(("日", "d"), "天"),
    **dict.fromkeys(("分", "m"), "分钟"),
    **dict.fromkeys(("hr", "钟头"), "小时"),
    **dict.fromkeys(("％", "pct"), "%"),
}
"""Units that people write, and the one that conditions know."""
_AMOUNT = re.compile(r"(?:[¥￥$]|RMB|CNY|人民币)\s*\d[\d,.]*", re.IGNORECASE)


def of_value(value: Any) -> Said | None:
    """Say what is wrong with unquoted text that was to be a number or a list; None when it is fine as text."""
    text = value.text()
    numeral = of_numeral(text)
    if numeral is not None:
        return numeral
    if _AMOUNT.fullmatch(text):
        return f"write {text} as an amount such as 500.00元", f"{text} 请写成 500.00元 这样的金额"
    return None


def of_numeral(text: str) -> Said | None:
    """Say that a number written in 中文 is to be in digits; None for other text."""
    if not _NUMERAL.fullmatch(text):
        return None
    return f"write {text} in digits, such as 500元", f"{text} 请用阿拉伯数字写，例如 500元"


def of_number(word: str) -> tuple[Said, str]:
    """Say what is wrong with a word that begins like a number, and return what to write."""
    found = _LOOSE.fullmatch(word)
    if found:
        digits, unit = found[1].replace(",", "").replace("，", ""), found[2].lower()
        meant = digits + _MEANT_UNIT.get(unit, "")
        if unit in _MEANT_UNIT:
            said = (f"{word} is not an amount as conditions write it", f"{word} 不是这里认识的写法")
            return said, meant
    return (
        f"{word} is neither a number nor a date; write 500.00, 15%, 5 min, 3 days or 2026-11-30",
        f"{word} 不是数字或日期；可写 500.00、15%、5 min、3 days、2026-11-30",
    ), ""


def of_item(text: str) -> Said | None:
    """Say what is wrong with an unquoted item of a list: a full-width comma joins two of them."""
    wide = next((letter for letter in text if letter in "，、；"), None)
    if wide is None:
        return None
    return (
        f"{text} has a full-width {wide}: put a comma (,) between the items of a list, or quotes around one",
        f"名单里的 {text} 用了全角 {wide}：各项之间请写半角逗号 , ；确实是一项的请加引号",
    )
