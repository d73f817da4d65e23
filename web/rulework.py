"""Changes of the rules in words: states, what differs, what the tests found, what happened.

Place in the order's way: beside decide, before a change is published. Looks at what
`server.desk.rulework.rules_view` returns.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules import policy as rule_policy
from rules.change import edit
from rules.vocabulary import base_vocabulary
from server.desk.rulework.rules_view import FULL
from web.i18n import language, say, translate
from web.rulebook import sentences_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
CHIPS = {
    "proposed": "warn",
    "scheduled": "info",
    "canary": "accent",
    "live": "good",
    "tested": "info",
    "rejected": "bad",
}
CHIPS |= {"failed": "bad", "checked": "", "draft": "", "retired": "", "withdrawn": ""}
SCHEMA = Path(rule_policy.__file__).parent / "schema" / "policy.schema.json"
STEPS = ("draft", "tested", "proposed", "live")
DONE = {"draft": 0, "checked": 0, "rejected": 0, "failed": 0, "tested": 2, "proposed": 2, "scheduled": 3, "canary": 3}
DONE |= {"live": 4, "retired": 4, "withdrawn": 0}


def state_name(state: str) -> str:
    """Name a change's state."""
    names = {
        "draft": translate("草稿|rules"),
        "checked": translate("已检查"),
        "tested": translate("已测试"),
        "proposed": translate("待复核"),
        "scheduled": translate("已定时"),
        "canary": translate("灰度中"),
        "live": translate("已生效"),
        "retired": translate("已被替代"),
        "rejected": translate("被退回"),
        "withdrawn": translate("已撤回"),
        "failed": translate("未能生效"),
    }
    return names.get(state, state)


def happened(kind: str) -> str:
    """Name an entry of the history."""
    names = {
        "published": translate("发布"),
        "paused": translate("暂停规则"),
        "resumed": translate("恢复规则"),
        "canary_begun": translate("开始灰度"),
        "canary_ended": translate("结束灰度"),
    }
    return names.get(kind, kind)


def done(action: str, percent: int = FULL) -> str:
    """Name an entry of a change's own trail; ``percent`` of the orders it decides from then on."""
    if action == "rules_published" and percent < FULL:
        return translate("灰度 {n}%", n=percent)
    names = {
        "rule_change_begun": translate("开始修改"),
        "rule_change_edited": translate("修改"),
        "rule_change_checked": translate("检查通过"),
        "rule_change_tested": translate("完成测试"),
        "rule_change_refreshed": translate("更新到最新规则"),
        "rule_change_withdrawn": translate("撤回"),
        "rule_change_recalled": translate("取回修改"),
        "rules_proposed": translate("提交复核"),
        "rollback_proposed": translate("申请回退"),
        "rules_rejected": translate("退回"),
        "rules_scheduled": translate("批准，定时生效"),
        "rules_published": translate("生效"),
        "rules_canary_ended": translate("结束灰度"),
        "rules_refused": translate("没有生效"),
        "rules_shadow_begun": translate("开始影子运行"),
        "rules_shadow_ended": translate("结束影子运行"),
    }
    return names.get(action, action)


@dataclass(frozen=True, slots=True)
class Said:
    """One difference in words: what it is about, how it was and how it will be."""

    kind: str
    what: str
    before: str = ""
    after: str = ""
    note: str = ""


def said(differences: list[Json], before: Mapping[str, str], after: Mapping[str, str]) -> list[Said]:
    """Put what changed into words; examples are counted together at the end."""
    found = [_one(item, before, after) for item in differences if item["what"] != "example"]
    examples = [item for item in differences if item["what"] == "example"]
    if examples:
        parts = [(how, sum(item["how"] == how for item in examples)) for how in ("added", "changed", "removed")]
        note = "，".join(_count(how, number) for how, number in parts if number)
        gone = [item["name"] for item in examples if item["how"] == "removed"]
        new = [item["name"] for item in examples if item["how"] == "added"]
        found.append(Said("example", translate("例子"), "；".join(gone), "；".join(new), note))
    return found


def _count(how: str, number: int) -> str:
    names = {
        "added": translate("新增 {n} 个", n=number),
        "changed": translate("改 {n} 个", n=number),
        "removed": translate("去掉 {n} 个", n=number),
    }
    return names[how]


def _one(item: Json, before: Mapping[str, str], after: Mapping[str, str]) -> Said:
    title = say({"zh": item["zh"], "en": item["en"]}) or item["name"]
    if item["what"] == "param":
        added = [translate("加入 {words}", words="、".join(item["added"]))] if item["added"] else []
        removed = [translate("去掉 {words}", words="、".join(item["removed"]))] if item["removed"] else []
        return Said("param", title, item["before"], item["after"], "；".join(added + removed))
    if item["what"] == "table":
        return Said("table", title, "\n".join(item["removed"]), "\n".join(item["added"]), _how(item))
    if item["what"] == "rule":
        heading = item["name"] if title == item["name"] else f"{item['name']} {title}"
        return Said("rule", heading, _rule(item, before), _rule(item, after), _how(item))
    return Said(item["what"], title, "", "", _how(item))


def _rule(item: Json, files: Mapping[str, str]) -> str:
    """Return a rule's sentence, else its condition as written."""
    text = files.get(item["file"])
    found = edit.rule_value(item["file"], text, item["name"]) if text else None
    if found is None:
        return ""
    told = sentences_of(files).get(item["name"]) if language() == "zh" else None
    when = found.plain().get("when")
    return told or (when if isinstance(when, str) else str(when))


def _part(key: str) -> str:
    """Name a key of a rule or a file; an unusual one reads as itself."""
    names = {
        "when": translate("条件"),
        "then": translate("动作"),
        "message": translate("消息"),
        "title": translate("名称"),
        "enabled": translate("启用"),
        "priority": translate("优先级"),
        "effective": translate("有效期"),
        "owner": translate("负责人"),
    }
    return names.get(key, key)


def _how(item: Json) -> str:
    parts = "、".join(map(_part, item["parts"]))
    names = {
        "added": translate("新增|rule"),
        "removed": translate("删除|rule"),
        "changed": translate("改动：{parts}", parts=parts) if parts else translate("改动"),
    }
    return names[item["how"]]


def sparkline(counts: list[int], width: int = 84, height: int = 22) -> str:
    """Return the points of a line for an SVG of this size: the last day is at the right end."""
    top = max(counts) or 1
    step = width / max(1, len(counts) - 1)
    return " ".join(f"{n * step:.1f},{height - 2 - count / top * (height - 4):.1f}" for n, count in enumerate(counts))


def completions() -> list[Json]:
    """Return the editor's words in ACE's shape: names of the vocabulary first, then keys."""
    found: list[Json] = []
    for fact in base_vocabulary().values():
        for word in fact.words.values():
            label = f"{word.zh if language() == 'zh' else word.english} · {word.kind.value}"
            found.append({"caption": f"{fact.name}.{word.name}", "value": f"{fact.name}.{word.name}", "meta": label})
    for item in found:
        item["score"] = 100
    keys = sorted(_keys(json.loads(SCHEMA.read_text("utf-8"))))
    return found + [{"caption": key, "value": key, "meta": translate("关键字"), "score": 50} for key in keys]


def _keys(schema: Any) -> set[str]:
    """Return the names of every property that a policy file may have."""
    if isinstance(schema, list):
        return {key for item in schema for key in _keys(item)}
    if not isinstance(schema, dict):
        return set()
    own = {key for key in schema.get("properties", {}) if key.isidentifier()}
    return own.union(*(_keys(item) for item in schema.values()))
