"""The language of the policy files: YAML → typed policies. Knows what a file may say, not how it is run.

A file has ``policy`` (its name), ``title``, ``owner``, ``stage``, ``params``, ``tables``, ``derives``, ``fields``,
``rules`` and ``examples``. Every refusal is a `RuleAuthorError` with file, line, column, reason and nearest right name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from orders.actor import Role
from orders.decision import canonical_bytes, sha256_hex
from orders.hold import Message
from rules.effects import effect_fields
from rules.policy import STAGES, Policy, Rule, Source, Table
from rules.text.amount import DAY
from rules.text.clauses import Clauses, condition, shown_value
from rules.text.literal import literal, param_operand, param_value
from rules.text.resolve import Resolver, Scope
from rules.text.samples import read_examples
from rules.text.source import Value, read_yaml
from rules.tree import All, Compare, Condition, Field, Linear, aliases, nevers
from rules.vocabulary import FactType, Kind, Vocabulary, Word, base_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.text import raw

_FILE_KEYS = ("policy", "title", "owner", "stage", "params", "tables", "derives", "fields", "rules", "examples")
_RULE_KEYS = ("id", "title", "when", "then", "message", "priority", "effective", "enabled", "stage", "with")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,79}\Z", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z", re.ASCII)
_USED = re.compile(r"\$(\w+)")
_KINDS = tuple(kind.value for kind in Kind)
_TODAY = Word("system", "today", Kind.DATE, "今天", "", "")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All files together, typed: what the compiler takes."""

    policies: tuple[Policy, ...]
    vocabulary: Vocabulary
    tables: dict[str, Table]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of every file, files in the order of their names."""
        return tuple(rule for policy in self.policies for rule in policy.rules)


def read_rulebook(files: Mapping[str, str]) -> Rulebook:
    """Read policy files (name → text). Raises RuleAuthorError at the first fault."""
    vocabulary = base_vocabulary()
    tables: dict[str, Table] = {}
    opened = {}
    for file in sorted(files):
        keys = read_yaml(file, files[file]).fields(_FILE_KEYS, ("policy", "owner", "rules"))
        opened[file] = keys
        _declare(keys, vocabulary, tables)
    policies = (_policy(file, keys, vocabulary, tables) for file, keys in opened.items())
    book = Rulebook(tuple(policies), vocabulary, tables)
    _unique(book)
    return book


def with_values(book: Rulebook, file: str, text: str, params: Mapping[str, raw.Operand]) -> Rulebook:
    """Return the book as if some of a file's parameters had other values; only rules that use them are read anew.

    ``text`` is what the file says. Raises RuleAuthorError where a rule cannot stand with such a value.
    """
    keys = {key.text(): value for key, value in read_yaml(file, text).pairs()}
    reader = _reader(file, keys, book.vocabulary, book.tables, params)
    policies = []
    for policy in book.policies:
        if policy.file == file:
            pairs = zip(policy.rules, keys["rules"].items(), strict=True)
            rules = tuple(reader.rule(item) if params.keys() & set(_used(item)) else rule for rule, item in pairs)
            policies.append(replace(policy, rules=rules))
        else:
            policies.append(policy)
    return replace(book, policies=tuple(policies))


def _unique(book: Rulebook) -> None:
    seen: dict[str, Rule] = {}
    for rule in book.rules:
        if rule.id in seen:
            other = seen[rule.id]
            rule.place.refuse(f"the rule {rule.id} is also in {other.file}", f"规则 {rule.id} 在 {other.file} 中已存在")
        seen[rule.id] = rule


def _declare(keys: dict[str, Value], vocabulary: Vocabulary, tables: dict[str, Table]) -> None:
    """Add a file's own fields, tables and derived facts to the vocabulary."""
    for name, value in keys["fields"].pairs() if "fields" in keys else ():
        fact, _, word = name.text().partition(".")
        if fact not in ("order", "line") or not word.startswith("attributes."):
            name.place.refuse("own fields are order.attributes.x or line.attributes.x",
                              "自定义字段应为 order.attributes.x 或 line.attributes.x")  # fmt: skip
        vocabulary[fact].words[word] = _word(fact, word, value)
    for key in ("tables", "derives"):
        for name, value in keys[key].pairs() if key in keys else ():
            _declare_fact(key, name, value, vocabulary, tables)


def _declare_fact(key: str, name: Value, value: Value, vocabulary: Vocabulary, tables: dict[str, Table]) -> None:
    text = name.text()
    if not _NAME.match(text) or text in vocabulary or text == "case":
        name.place.refuse(f"{text} is taken or no plain name", f"{text} 已被使用或不是合法名称")
    known, needed = ("zh", "en", "doc", "columns"), ("zh", "columns")
    more = ("rows",) if key == "tables" else ()
    shape = value.fields((*known, *more), (*needed, *more))
    words = {column.text(): _word(text, column.text(), body) for column, body in shape["columns"].pairs()}
    zh, en = shape["zh"].text(), shape["en"].text() if "en" in shape else ""
    vocabulary[text] = FactType(text, zh, words, derived=key == "derives", table=key == "tables", en=en)
    if key == "tables":
        rows = shape["rows"].items()
        tables[text] = Table(text, tuple(_row(row, words) for row in rows), tuple(row.place for row in rows))


def _row(row: Value, words: dict[str, Word]) -> dict[str, object]:
    cells = row.items()
    if len(cells) != len(words):
        row.place.refuse(f"the row needs {len(words)} values", f"该行应有 {len(words)} 个值")
    pairs = zip(words.values(), cells, strict=True)
    return {word.name: literal(cell, word) for word, cell in pairs if not cell.is_null()}


def _word(fact: str, name: str, value: Value) -> Word:
    keys = value.fields(("type", "zh", "en", "doc", "choices"), ("type", "zh"))
    choices = tuple(item.text() for item in keys["choices"].items()) if "choices" in keys else ()
    doc, en = (keys[key].text() if key in keys else "" for key in ("doc", "en"))
    return Word(fact, name, Kind(keys["type"].choice(_KINDS)), keys["zh"].text(), doc, "rules", choices, en=en)


def _reader(
    file: str,
    keys: dict[str, Value],
    vocabulary: Vocabulary,
    tables: dict[str, Table],
    other: Mapping[str, raw.Operand],
) -> _RuleReader:
    """Return the reader of a file's rules; ``other`` are parameters that have another value than it says."""
    params = dict(_params(keys["params"])) if "params" in keys else {}
    texts = {name: param_value(value).plain() for name, value in params.items()}
    operands = {name: param_operand(value) for name, value in params.items()} | dict(other)
    return _RuleReader(file, keys, vocabulary, operands, texts, tables)


def _policy(file: str, keys: dict[str, Value], vocabulary: Vocabulary, tables: dict[str, Table]) -> Policy:
    keys["owner"].choice(tuple(role.value for role in Role))
    params = dict(_params(keys["params"])) if "params" in keys else {}
    reader = _reader(file, keys, vocabulary, tables, {})
    name = keys["policy"].text()
    return Policy(
        file=file,
        name=name,
        title=_title(keys["title"]) if "title" in keys else Message(zh=name, en=name),
        owner=keys["owner"].text(),
        rules=tuple(reader.rule(item) for item in keys["rules"].items()),
        examples=read_examples(keys["examples"], vocabulary, tuple(params)) if "examples" in keys else (),
        params=params,
    )


def _title(value: Value) -> Message:
    words = value.fields(("zh", "en"), ("zh", "en"))
    return Message(zh=words["zh"].text(), en=words["en"].text())


def _params(value: Value) -> list[tuple[str, Value]]:
    found = []
    for key, item in value.pairs():
        if not _NAME.match(key.text()):
            key.place.refuse(f"{key.text()} is no plain name", f"{key.text()} 不是合法的参数名")
        found.append((key.text(), item))
    return found


class _RuleReader:
    """Reads the rules of one file."""

    def __init__(self, file: str, keys: dict[str, Value], vocabulary: Vocabulary, params: dict[str, raw.Operand],
                 texts: dict[str, object], tables: dict[str, Table]) -> None:  # fmt: skip
        self.file = file
        self.stage = keys["stage"].choice(STAGES) if "stage" in keys else None
        self.vocabulary = vocabulary
        self.params = params
        self.texts = texts
        self.tables = tables

    def rule(self, value: Value) -> Rule:
        """Read one rule."""
        value.label = "rule"
        keys = value.fields(_RULE_KEYS, ("id", "when", "then", "message"))
        name = keys["id"].text()
        if not _ID.match(name):
            keys["id"].place.refuse(
                f"{name} is no rule id; write such as RSK-02", f"{name} 不是合法的规则编号，例如 RSK-02"
            )
        scope = Scope(self.vocabulary, self.params, self._variables(keys))
        clauses = Clauses(scope)
        source = Source(condition(keys["when"]), scope, self._period(keys))
        when = Resolver(scope).condition(source.when)
        rule = Rule(
            id=name,
            stage=STAGES.index(self._stage(keys, value)),
            title=_title(keys["title"]) if "title" in keys else Message(zh=name, en=name),
            condition=dated(when, source.period),
            variables=dict(scope.variables),
            effects=clauses.effects(keys["then"]),
            message=clauses.message(keys["message"]),
            priority=keys["priority"].integer(0, 1000) if "priority" in keys else 0,
            version=self._version(value, when),
            shown={f"${used}": shown_value(self.params[used]) for used in _used(keys["when"]) if used in self.params},
            file=self.file,
            place=value.place,
            source=source,
            enabled=keys["enabled"].boolean() if "enabled" in keys else True,
        )
        self._bound(rule, value)
        return rule

    def _stage(self, keys: dict[str, Value], value: Value) -> str:
        stage = keys["stage"].choice(STAGES) if "stage" in keys else self.stage
        if stage is None:
            value.place.refuse("the file or the rule must name its stage", "文件或规则须写明 stage")
        return stage

    def _variables(self, keys: dict[str, Value]) -> dict[str, str]:
        found: dict[str, str] = {}
        rows = [name for name, fact in self.vocabulary.items() if not fact.head]
        for key, value in keys["with"].pairs() if "with" in keys else ():
            if not _NAME.match(key.text()) or key.text() in self.vocabulary:
                key.place.refuse(f"{key.text()} is taken or no plain name", f"{key.text()} 已被使用或不是合法名称")
            found[key.text()] = value.choice(rows)
        return found

    def _period(self, keys: dict[str, Value]) -> tuple[tuple[str, int], ...]:
        """Return the effective dates: (sign, day as an ordinal). Both days belong to the period."""
        if "effective" not in keys:
            return ()
        period = keys["effective"].fields(("from", "until"))
        return tuple((op, _day(period[name])) for name, op in (("from", ">="), ("until", "<=")) if name in period)

    def _version(self, value: Value, when: Condition) -> str:
        """Hash what the rule depends on: its own text, the parameters and the tables that it uses."""
        own = value.plain()
        used = _used(value)
        tables = sorted({fact for fact in aliases(when, inside_never=True).values() if fact in self.tables})
        depends = {
            "rule": own,
            "params": {name: self.texts.get(name) for name in used},
            "tables": {name: list(self.tables[name].rows) for name in tables},
        }
        return sha256_hex(canonical_bytes(depends))[:12]

    def _bound(self, rule: Rule, value: Value) -> None:
        """Refuse effects and messages that show a fact which the condition does not look at."""
        bound = aliases(rule.condition)
        shown = [*rule.message.fields, *(field for effect in rule.effects for field in effect_fields(effect))]
        for field in shown:
            if not self.vocabulary[field.word.fact].head and field.alias not in bound:
                value.place.refuse(f"{field.full} is shown, but the condition does not look at {field.alias}",
                                   f"消息或动作用到 {field.full}，但条件中没有 {field.alias}")  # fmt: skip
        for never in nevers(rule.condition):
            if never.alias in bound:
                value.place.refuse(
                    f"{never.alias} stands inside none and outside; name one of them with `with:`",
                    f"{never.alias} 同时出现在 none 内外，请用 with: 另取名称",
                )


def dated(when: Condition, period: tuple[tuple[str, int], ...]) -> Condition:
    """Join the effective dates to a condition."""
    if not period:
        return when
    today = Linear(((Fraction(1), Field("system", _TODAY)),), Fraction(0), Kind.DATE)
    parts = [when]
    for op, ordinal in period:
        day = Linear((), Fraction(ordinal * DAY), Kind.DATE)
        parts.append(Compare(op, today, day, f"today {op} {date.fromordinal(ordinal).isoformat()}"))
    return All(tuple(parts))


def _used(value: Value) -> list[str]:
    return sorted(set(_USED.findall(str(value.plain()))))


def _day(value: Value) -> int:
    try:
        return date.fromisoformat(value.text()).toordinal()
    except ValueError:
        value.place.refuse("write a day such as 2026-11-30", "应为日期，例如 2026-11-30")
