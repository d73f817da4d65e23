"""The live rule files as people read them: titles, conditions, effects, parameters, examples.

Place in the order's way: beside decide, looking only. The files were checked when they became live.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from orders.errors import SluiceError
from rules.bundle import load_bundle
from rules.policy import STAGE_ZH, STAGES
from rules.sentences import sentences
from rules.states import GATE_ZH
from web.atoms import DERIVED_ZH, Labels, shown_value
from web.i18n import language, say, translate
from web.wording import code_name, named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Shown:
    """One rule: ``text`` is what its author wrote, ``examples`` name it."""

    id: str
    title: str
    message: str
    text: str
    effects: tuple[str, ...]
    examples: tuple[str, ...]
    enabled: bool
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """One policy file."""

    name: str
    title: str
    owner: str
    stage: str
    params: tuple[tuple[str, str, str], ...]
    rules: tuple[Shown, ...]
    examples: int


@lru_cache(maxsize=8)
def _compiled(names: tuple[str, ...], texts: tuple[str, ...]) -> tuple[dict[str, str], Labels]:
    bundle = load_bundle(dict(zip(names, texts, strict=True)))
    return sentences(bundle), Labels(bundle)


def sentences_of(files: Mapping[str, str]) -> dict[str, str]:
    """Return each rule's sentence (中文); nothing where the files do not compile."""
    try:
        return _compiled(tuple(files), tuple(files.values()))[0]
    except SluiceError:
        return {}


def _label_of(files: Mapping[str, str]) -> Callable[[str], str]:
    """Return what names fields and parameters; as they stand where the files do not compile."""
    try:
        return _compiled(tuple(files), tuple(files.values()))[1].label
    except SluiceError:
        return str


def _yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _dumped(value: Any) -> str:
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 100
    out = StringIO()
    writer.dump(value, out)
    return out.getvalue().removesuffix("...\n").strip()


def _condition(when: Any) -> str:
    if isinstance(when, str):
        return when
    if isinstance(when, list) and all(isinstance(part, str) for part in when):
        return "\n".join(when)
    return _dumped(when)


def _effect(item: Any, label: Callable[[str], str]) -> str:
    """Put one effect into a few words: ``hold: {code, gate}`` → 挂起：大额订单（审批）."""
    if not isinstance(item, dict):
        return str(item)
    ((verb, told),) = item.items()
    called = DERIVED_ZH.get(verb, verb) if language() == "zh" else verb
    if isinstance(told, dict) and "code" in told:
        gate = f"（{named(GATE_ZH, told['gate'])}）" if "gate" in told else ""
        return f"{called}：{code_name(str(told['code']))}{gate}"
    if told is True:
        return str(called)
    if verb in ("route", "carrier", "workflow", "approval", "skip"):
        parts = told.values() if isinstance(told, dict) else told if isinstance(told, list) else [told]
        return f"{called}：{' · '.join(_part(verb, str(part), label) for part in parts)}"
    return f"{called}：{shown_value(verb, list(told) if isinstance(told, dict) else told)}"


def _part(verb: str, written: str, label: Callable[[str], str]) -> str:
    """Name a parameter or a field by its label, all else as it is."""
    named_so = written.startswith("$") or "." in written
    return label(written) if named_so else shown_value(verb, written)


def _listed(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _valued(param: dict[str, Any]) -> str:
    """Return a parameter's value as its form shows it: a choice by its label."""
    value, choices = param["value"], param.get("choices")
    if isinstance(value, bool):
        return translate("是") if value else translate("否")
    label = say(choices.get(value)) if isinstance(choices, dict) and not isinstance(value, list) else ""
    return label or _listed(value)


def _examples_of(rule: str, examples: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(
        str(example["name"])
        for example in examples
        if rule in example.get("fires", ()) or rule in example.get("silent", ())
    )


def _rule(
    rule: dict[str, Any], examples: list[dict[str, Any]], told: Mapping[str, str], label: Callable[[str], str]
) -> Shown:
    return Shown(
        id=str(rule["id"]),
        title=say(rule.get("title")),
        message=say(rule.get("message")),
        text=_condition(rule.get("when")),
        effects=tuple(_effect(item, label) for item in rule.get("then") or ()),
        examples=_examples_of(str(rule["id"]), examples),
        enabled=bool(rule.get("enabled", True)),
        sentence=told.get(str(rule["id"]), "") if language() == "zh" else "",
    )


def _stage(name: Any) -> str:
    return STAGE_ZH[STAGES.index(name)] if language() == "zh" and name in STAGES else str(name or "")


def shown_files(files: Mapping[str, str]) -> list[File]:
    """Return the policy files in the order of their stages."""
    found = []
    told, label = sentences_of(files), _label_of(files)
    for name, text in files.items():
        top = _yaml(text)
        examples = list(top.get("examples") or ())
        params = tuple((key, _valued(param), say(param)) for key, param in (top.get("params") or {}).items())
        rules = tuple(_rule(rule, examples, told, label) for rule in top.get("rules") or ())
        place = STAGES.index(top["stage"]) if top.get("stage") in STAGES else len(STAGES)
        title = say(top.get("title")) or str(top.get("policy") or name)
        found.append(
            (
                place,
                File(name, title, str(top.get("owner") or ""), _stage(top.get("stage")), params, rules, len(examples)),
            )
        )
    return [file for _, file in sorted(found, key=lambda pair: (pair[0], pair[1].name))]
