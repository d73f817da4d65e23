"""The words of Chinese sentences: which phrase means which field, parameter, role, gate or group; and the other way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orders.actor import ROLE_ZH
from rules.states import GATE_ZH
from rules.text.clauses import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.vocabulary import Vocabulary

RESERVED = (
    "当", "则", "且", "或", "并", "并非", "没有", "含", "以", "开头", "在", "不在", "之中", "是", "不是", "为", "否",
    "缺失", "已填", "介于", "与", "之间", "计数", "合计", "其中", "设", "服务",
)  # fmt: skip
GROUP_ZH = dict(zip(GROUPS, ("运营", "客服", "库存计划", "风控", "销售", "财务", "生产", "仓库"), strict=True))
ROLES = {role.value: zh for role, zh in ROLE_ZH.items()}
GATES = {gate.value: zh for gate, zh in GATE_ZH.items()}
EFFECTS = {
    "hold": "挂起", "reject": "拒绝", "flag": "标记", "require": "要求", "route": "分仓到", "carrier": "交",
    "together": "不拆单", "priority": "优先级", "notify": "通知", "derive": "记为", "approval": "审批",
    "skip": "免审批", "review": "转人工复核", "workflow": "走流程", "degraded": "未做检查",
}  # fmt: skip
TODAY = "今天"
SPOKEN = {
    **dict.fromkeys(("大于", "超过", "高于", "多于", "晚于"), ("sign", ">")),
    **dict.fromkeys(("小于", "低于", "少于", "不足", "早于"), ("sign", "<")),
    **dict.fromkeys(("大于等于", "不小于", "不低于", "不少于", "不早于", "至少"), ("sign", ">=")),
    **dict.fromkeys(("小于等于", "不大于", "不超过", "不高于", "不多于", "不晚于", "至多"), ("sign", "<=")),
    **dict.fromkeys(("等于",), ("sign", "=")),
    **dict.fromkeys(("不等于",), ("sign", "!=")),
    **dict.fromkeys(("包含", "含有", "包括"), ("word", "含")),
    **dict.fromkeys(("并且", "而且"), ("word", "且")),
    **dict.fromkeys(("或者",), ("word", "或")),
    **dict.fromkeys(("如果", "若", "假如"), ("word", "当")),
    **dict.fromkeys(("那么", "就"), ("word", "则")),
    **dict.fromkeys(("为空",), ("word", "缺失")),
    **dict.fromkeys(("不含", "不包含", "不含有", "不包括"), ("word", "不含")),
    **dict.fromkeys(("和", "到", "至"), ("word", "与")),
    "属于": ("word", "属于"),
    "不属于": ("word", "不属于"),
}
"""What people say as well: it is heard, never said."""
SPOKEN_UNITS = {"块": "元", "块钱": "元", "元钱": "元"}
SAMPLES = {
    "hold": "挂起（人工审核）", "reject": "拒绝（OUT_OF_AREA）", "flag": "标记（NEW_CUSTOMER）",
    "require": "要求（signature）", "notify": "通知（客服）", "approval": "审批（财务）", "skip": "免审批（财务）",
    "degraded": "未做检查（credit）",
}  # fmt: skip
"""How an effect is written whose bracket is missing."""
MEANT = {
    **dict.fromkeys(("拦住", "拦下", "拦截", "冻结", "暂停", "扣住"), "hold"),
    **dict.fromkeys(("驳回", "拒收", "拒单"), "reject"),
    **dict.fromkeys(("告诉", "告知", "提醒"), "notify"),
    **dict.fromkeys(("打标", "打标记", "标注"), "flag"),
}
"""Words for an effect that nobody could be sure of: they are suggested, not heard."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases of one bundle and file. ``fields``: phrase → name; ``names``: name → phrase; the same for parameters."""

    fields: dict[str, str]
    names: dict[str, str]
    facts: dict[str, str]
    params: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """Return how a field is called; its own name where no phrase means it alone."""
        return self.names.get(name, name)


def lexicon(vocabulary: Vocabulary, params: Mapping[str, str] | None = None) -> Lexicon:
    """Collect the phrases. ``params``: the file's parameters and what they are called (their ``zh``, or nothing)."""
    fields = _fields(vocabulary)
    names = {name: phrase for name, phrase in _wanted(vocabulary) if fields.get(phrase) == name}
    facts: dict[str, str] = {}
    for fact in vocabulary.values():
        facts.setdefault(fact.zh, fact.name)
    return Lexicon(fields, names, facts, *_params(params or {}))


def _wanted(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield how each field would be called: the better name last."""
    for fact in vocabulary.values():
        for word in fact.words.values():
            yield word.full, f"{fact.zh}的{word.zh}"
            if fact.head:
                yield word.full, word.zh
    yield "today", TODAY


def _fields(vocabulary: Vocabulary) -> dict[str, str]:
    """Return what each phrase means; of several fields the order's own, if that is one alone."""
    claims: dict[str, set[str]] = {}
    for fact in vocabulary.values():
        for word in fact.words.values():
            for phrase in (word.zh, f"{fact.zh}的{word.zh}"):
                claims.setdefault(phrase, set()).add(word.full)
    claims[TODAY] = {"today"}
    heads = {word.full for fact in vocabulary.values() if fact.head for word in fact.words.values()} | {"today"}
    fields: dict[str, str] = {}
    for phrase, names in claims.items():
        among = names if len(names) == 1 else names & heads
        if len(among) == 1 and phrase not in (*RESERVED, *EFFECTS.values()) and _speakable(phrase):
            fields[phrase] = next(iter(among))
    return fields


def _params(params: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    phrases: dict[str, str] = {}
    for name, long in params.items():
        zh = long if _speakable(long) else long.partition("（")[0]
        if zh and zh not in phrases and _speakable(zh) and zh not in params:
            phrases[zh] = name
    return {**phrases, **{name: name for name in params}}, {name: zh for zh, name in phrases.items()}


def _speakable(phrase: str) -> bool:
    """Say whether a phrase can stand in a sentence: it holds none of the signs that separate words."""
    return bool(phrase) and not set(phrase) & set("，。；：、“”「」\"'[]【】<>=+*×") and phrase.strip() == phrase
