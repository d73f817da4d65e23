"""Own fields as administrators define them: effective at once in every process, kept in the trail (MAP-10).

Place in the order's way: before it. A field's name, place and kind stay what they are; what people call it, the words
of a code and whether it is still asked for may change. In rules its word comes with the first change that uses it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orders.errors import NotFound, Problem, Refused, SenderError
from orders.own_field import MOST, NAME, FieldKind, FieldOf, OwnField, field_of
from server.db.facts import catalogue, configuration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.deps import Deps

SETTING = catalogue.OWN_FIELDS
FILE = "own_fields.yaml"
"""The file that carries the fields' words into a bundle."""
MAX_LABEL = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field as an administrator says it."""

    of: str
    kind: str
    zh: str
    en: str = ""
    choices: tuple[str, ...] = ()
    retired: bool = False


def listed(deps: Deps) -> tuple[OwnField, ...]:
    """Return every field, in the order in which they were defined."""
    return deps.catalogue().fields


def put(deps: Deps, actor: Actor, name: str, wanted: Wanted) -> OwnField:
    """Define a field, or change what people call it. Raises SenderError (a wrong value), Refused (name or kind)."""
    field = _checked(name, wanted)
    now = deps.clock()
    with deps.store.db.write() as conn:
        known = {one.name: one for one in catalogue.own_fields(conn)}
        before = known.get(name)
        if before is not None and (before.of, before.kind) != (field.of, field.kind):
            raise Refused(
                f"{name} is a {before.kind.value} of each {before.of.value}: only its labels change; define another",
                f"{name} 已定义，位置与类型不能改，只能改名称；需要别的类型请另建字段",
                code="own_field_fixed",
            )
        if before is None and len(known) >= MOST:
            raise Refused(f"At most {MOST} own fields", f"最多 {MOST} 个自定义字段", code="too_many_own_fields")
        _store(conn, (known | {name: field}).values(), actor, now)
    return field


def retire(deps: Deps, actor: Actor, name: str, *, retired: bool) -> None:
    """Ask for a field no longer, or again; what orders carry stays. Raises NotFound."""
    with deps.store.db.write() as conn:
        known = {one.name: one for one in catalogue.own_fields(conn)}
        if name not in known:
            raise NotFound(f"There is no own field {name}", f"没有自定义字段 {name}")
        _store(conn, (known | {name: replace(known[name], retired=retired)}).values(), actor, deps.clock())


def _store(conn: Connection, fields: Iterable[OwnField], actor: Actor, now: datetime) -> None:
    configuration.put(conn, SETTING, [field.to_json() for field in fields], actor=actor.id, now=now)
    catalogue.moved(conn, actor.id, now)


def _checked(name: str, wanted: Wanted) -> OwnField:
    choices = tuple(dict.fromkeys(choice.strip() for choice in wanted.choices if choice.strip()))
    zh, en = wanted.zh.strip(), wanted.en.strip() or name.replace("_", " ").capitalize()
    if not NAME.match(name):
        raise _wrong("/name", "名称用小写字母开头，只含小写字母、数字和 _", "Small letters, digits, _; a letter first")
    if wanted.of not in set(FieldOf) or wanted.kind not in set(FieldKind):
        raise _wrong("/kind", "请选择位置与类型", "Choose what it belongs to and its kind")
    if not zh or max(len(zh), len(en)) > MAX_LABEL:
        raise _wrong("/zh", f"请写中文名，最多 {MAX_LABEL} 字", f"Give it a label of at most {MAX_LABEL} characters")
    if (wanted.kind == FieldKind.CODE) != bool(choices):
        raise _wrong("/choices", "选项只用于“选项”类型，至少一个", "A code has at least one choice, others have none")
    return OwnField(name, FieldOf(wanted.of), FieldKind(wanted.kind), zh, en, choices, wanted.retired)


def _wrong(pointer: str, zh: str, en: str) -> SenderError:
    problem = Problem(pointer, "own_field", zh, en)
    return SenderError(f"{pointer}: {en}", zh, code="invalid_request", problems=(problem,))


def checked(value: Any) -> list[Any]:
    """Return stored fields once they are sound: those of a configuration file. Raises SenderError."""
    try:
        found = [field_of(one) for one in value]
        return [
            _checked(one.name, Wanted(one.of, one.kind, one.zh, one.en, one.choices, one.retired)).to_json()
            for one in found
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong("/settings/own_fields", "自定义字段有误", "The own fields are broken") from error


def carried(fields: Iterable[OwnField], before: Mapping[str, str], files: Mapping[str, str | None]) -> dict[str, str]:
    """Return the file that gives rules the words of these fields, where changed files use one that is not there yet."""
    known = [field for field in fields if any(field.word in (text or "") for text in files.values())]
    missing = [field for field in known if field.word not in before.get(FILE, "")]
    if not missing:
        return {}
    there = [field for field in fields if field.word in before.get(FILE, "")]
    return {FILE: policy_text([*there, *missing])}


def policy_text(fields: Iterable[OwnField]) -> str:
    """Write the policy file: its fields and no rule. JSON is YAML."""
    told = {field.word: _word(field) for field in fields}
    head = {"policy": "own_fields", "title": {"zh": "自定义字段", "en": "Own fields"}, "owner": "admin"}
    return json.dumps({**head, "fields": told, "rules": []}, ensure_ascii=False, indent=1) + "\n"


def _word(field: OwnField) -> dict[str, Any]:
    told: dict[str, Any] = {"type": field.kind.value, "zh": field.zh, "en": field.en}
    return {**told, "choices": list(field.choices)} if field.choices else told
