"""Proof by generation: random rulebooks and orders on which engine and oracle must agree.

Covers every operator and type, missing values, one step around each threshold, negation, chains over stages,
duplicates, 中文, quotes and emoji, none to 600 rules, and rules that all match. `bench/prove_rules.py` runs it at
length, the tests a little.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.errors import RuleAuthorError
from rules.bundle import Bundle, load_bundle
from rules.judge.match import Match
from rules.oracle import compare
from rules.policy import STAGES

if TYPE_CHECKING:
    from random import Random

TEXTS = ("A", "B", "乙\"丙'", "😀驿站", "a b", "驿站", "line\ttab", "")
CODES = ("stock", "presale", "custom")
SITES = ("GZ", "CD", "仓😀")
DAYS = ("2026-11-21", "2026-11-22", "2026-11-23", "2027-01-01")
MONEY = (0, 1, -1, 49_999, 50_000, 50_001, 2**53 - 1)
MICRO = (0, 1, 999_999, 1_000_000, 1_000_001, 5_000_000, 200_000_000)
SMALL = (0, 1, 2, 3, 4)
FIELDS: dict[str, dict[str, str]] = {
    "order": {"payable": "money", "goods": "money", "channel": "text", "type": "code", "urgent": "bool",
              "requested_date": "date", "ship_to.address": "text", "ship_to.province": "text"},
    "customer": {"purchase_count": "count", "lifetime_spend": "money", "known": "bool", "level": "text"},
    "line": {"line_no": "count", "sku": "text", "quantity": "quantity", "unit_price": "price", "amount": "money",
             "is_gift": "bool", "type": "code", "promotion": "text", "requested_date": "date", "cost": "price"},
    "stock": {"sku": "text", "site": "site", "available": "quantity", "demand": "quantity"},
    "site": {"code": "site", "can_fill": "bool", "short_skus": "count"},
    "duplicate": {"order_id": "text", "same_phone": "bool", "shared_skus": "count", "apart": "duration"},
    "grid": {"sku": "text", "limit": "money", "site": "site"},
    "made": {"name": "text", "number": "count"},
}  # fmt: skip
PERSONAL = ("ship_to.address",)
ROWS = ("line", "stock", "site", "duplicate")
VALUES: dict[str, tuple[Any, ...]] = {
    "money": MONEY, "price": MICRO, "quantity": MICRO, "count": SMALL, "duration": (0, 299, 300, 301), "text": TEXTS,
    "code": CODES, "site": SITES, "bool": (True, False), "date": DAYS,
}  # fmt: skip
_OWN = re.compile(r"\b(made|grid|F[0-3])\b")
SIGNS = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Case:
    """A rulebook and orders in the frozen layout."""

    files: dict[str, str]
    orders: tuple[dict[str, Any], ...]


class Generator:
    """Makes rulebooks and orders from a source of randomness."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def _pick(self, values: Any) -> Any:
        return values[self.random.randrange(len(values))]

    def facts(self) -> dict[str, Any]:
        """Return one order's facts; about a quarter of the values is missing."""
        head: dict[str, Any] = {"system.today": "2026-11-22"}
        personal: dict[str, Any] = {}
        for fact in ("order", "customer"):
            for name, kind in FIELDS[fact].items():
                if self.random.randrange(4):
                    group = personal if name in PERSONAL else head
                    group[f"{fact}.{name}"] = self._pick(VALUES[kind])
        facts: dict[str, Any] = {"layout": 1, "head": head, "personal": personal, "released": []}
        for fact in ROWS:
            rows = [self._row(fact) for _ in range(self.random.randrange(4))]
            if rows and not self.random.randrange(4):
                rows.append(dict(rows[0]))
            facts[fact] = rows
        for number, row in enumerate(facts["line"], start=1):
            row.update(line_no=number, quantity=row.get("quantity", 0))
        return facts

    def _row(self, fact: str) -> dict[str, Any]:
        return {name: self._pick(VALUES[kind]) for name, kind in FIELDS[fact].items() if self.random.randrange(5)}

    def files(self, count: int) -> dict[str, str]:
        """Return a policy file of ``count`` rules, as JSON (which is YAML)."""
        rows = [[self._pick(TEXTS), self._money(), self._pick(SITES)] for _ in range(3)]
        policy = {
            "policy": "generated",
            "owner": "risk",
            "tables": {"grid": {"zh": "表", "columns": {
                "sku": {"type": "text", "zh": "品"}, "limit": {"type": "money", "zh": "限"},
                "site": {"type": "text", "zh": "仓"}}, "rows": rows}},
            "derives": {"made": {"zh": "推", "columns": {
                "name": {"type": "text", "zh": "名"}, "number": {"type": "count", "zh": "数"}}}},
            "rules": [self._rule(number) for number in range(count)],
        }  # fmt: skip
        return {"generated.yaml": json.dumps(policy, ensure_ascii=False, indent=1)}

    def _rule(self, number: int) -> dict[str, Any]:
        facts = [self._pick(("order", "customer", "line", "line", "stock", "site", "duplicate", "grid"))]
        facts += [self._pick(("line", "stock", "site", "grid", "made"))] if self.random.randrange(2) else []
        stage = self.random.randrange(len(STAGES))
        parts = [self._group(facts) for _ in range(1 + self.random.randrange(3))]
        parts += [self._join(facts)] if len(set(facts)) > 1 else []
        if not self.random.randrange(3):
            parts.append(self._never(facts))
        if not self.random.randrange(4):
            parts.append(f"flag is F{self.random.randrange(4)}")
        effect: dict[str, Any] = {"flag": f"F{self.random.randrange(4)}"}
        if not self.random.randrange(3):
            effect = {
                "derive": {"made": {"name": json.dumps(self._pick(TEXTS) or "x"), "number": self.random.randrange(3)}}
            }
            effect["derive"]["made"]["name"] = "x" if self.random.randrange(2) else "y"
        return {"id": f"R-{number}", "stage": STAGES[stage], "when": parts, "then": [effect],
                "priority": self.random.randrange(3), "message": {"zh": "x", "en": "x"}}  # fmt: skip

    def _group(self, facts: list[str], depth: int = 0) -> Any:
        how = self.random.randrange(6)
        fact = self._pick(facts)
        if depth < 2 and how < 2:
            return {"any" if how else "all": [self._group([fact], depth + 1) for _ in range(2)]}
        if depth < 2 and how == 2:
            return {"not": self._leaf(fact)}
        return self._leaf(fact)

    def _field(self, fact: str, kinds: tuple[str, ...] = ()) -> tuple[str, str]:
        names = [(name, kind) for name, kind in FIELDS[fact].items() if not kinds or kind in kinds]
        name, kind = self._pick(names)
        return f"{fact}.{name}", kind

    def _leaf(self, fact: str) -> str:
        if not self.random.randrange(8):
            return f"count({self._pick(ROWS)}) {self._pick(SIGNS)} {self.random.randrange(4)}"
        field, kind = self._field(fact)
        if not self.random.randrange(6):
            return f"{field} is {self._pick(('missing', 'present'))}"
        if kind == "bool":
            return f"{field} is {self._pick(('true', 'false'))}"
        if kind in ("text", "site", "code"):
            return self._text(field, kind)
        return self._number(fact, field, kind)

    def _text(self, field: str, kind: str) -> str:
        word = json.dumps(self._pick([value for value in VALUES[kind] if value]), ensure_ascii=False)
        if "\\t" in word:
            word = '"A"'
        how = self.random.randrange(5)
        if how == 0 and kind != "code":
            return f"{field} contains {word}"
        if how == 1 and kind != "code":
            return f"{field} starts with {word}"
        if how == 2:
            return f"{field} {self._pick(('in', 'not in'))} [{word}]"
        return f"{field} {self._pick(('is', 'is not'))} {word}"

    def _number(self, fact: str, field: str, kind: str) -> str:
        how = self.random.randrange(4)
        if how == 0:
            other, _ = self._field(fact, (kind,))
            factor = "" if kind in ("date", "duration") else self._pick(("", " * 85%", " * 2"))
            return f"{field} {self._pick(SIGNS)} {other}{factor}"
        if how == 1 and kind != "date":
            return f"{field} between {self._literal(kind)} and {self._literal(kind)}"
        return f"{field} {self._pick(SIGNS)} {self._literal(kind)}"

    def _literal(self, kind: str) -> str:
        value = self._pick(VALUES[kind])
        if kind == "date":
            return str(value)
        if kind == "duration":
            return f"{value} s"
        scale = {"money": 100, "count": 1}.get(kind, 10**6)
        digits = {100: 2, 1: 0}.get(scale, 6)
        sign, value = ("-" if value < 0 else ""), abs(value)
        return f"{sign}{value // scale}" + (f".{value % scale:0{digits}d}" if digits else "")

    def _money(self) -> str:
        return self._literal("money")

    def _join(self, facts: list[str]) -> str:
        one, other = facts[0], facts[1]
        left, kind = self._field(one)
        group = ("text", "site", "code") if kind in ("text", "site", "code") else (kind,)
        if kind == "bool" or not any(value in group for value in FIELDS[other].values()) or "address" in left:
            return self._leaf(other)
        right, _ = self._field(other, group)
        if "address" in right:
            return self._leaf(one)
        sign = self._pick(("=", "=", "!=")) if len(group) > 1 else self._pick(SIGNS)
        return f"{left} {sign} {right}"

    def _never(self, facts: list[str]) -> Any:
        free = [fact for fact in ("line", "stock", "site", "duplicate", "grid", "made") if fact not in facts]
        fact = self._pick(free)
        if not self.random.randrange(4):
            return f"none flag is F{self.random.randrange(4)}"
        join = self._join([fact, self._pick(facts)])
        return f"none {self._leaf(fact)} where {join}" if self.random.randrange(2) else f"none {join}"


def rulebook(generator: Generator, count: int) -> Bundle | None:
    """Return a generated bundle; rules that the compiler refuses are taken out one by one."""
    policy = json.loads(generator.files(count)["generated.yaml"])
    return vetted(policy) if count else bundle_of(policy)


def large_rulebook(generator: Generator, count: int) -> Bundle:
    """Return a bundle of ``count`` rules, put together from small ones whose flags, tables and facts are their own."""
    whole: dict[str, Any] = {}
    rules: list[dict[str, Any]] = []
    while len(rules) < count:
        policy = json.loads(generator.files(6)["generated.yaml"])
        if vetted(policy) is None:
            continue
        part = json.loads(_OWN.sub(rf"\g<0>{len(rules)}", json.dumps(policy, ensure_ascii=False)))
        for rule in part["rules"]:
            rule["id"] = f"R-{len(rules)}"
            rules.append(rule)
        for key in ("tables", "derives"):
            whole.setdefault(key, {}).update(part[key])
        whole |= {key: part[key] for key in ("policy", "owner")}
    return bundle_of({**whole, "rules": rules})


def matching_rulebook(count: int) -> Bundle:
    """Return a bundle whose rules hold for every line, flag and pair of them."""
    always = ("line.line_no >= 0", "count(line) >= 0", "order.payable >= -0.01 or order.payable is missing")
    rules = [
        {"id": f"R-{number}", "when": [always[number % 3]], "then": [{"flag": f"F{number % 4}"}],
         "stage": STAGES[number % 2], "message": {"zh": "是", "en": "x"}}
        for number in range(count - count // 10)
    ]  # fmt: skip
    rules += [
        {"id": f"J-{number}", "when": ["flag is F0", "line.line_no >= 0"], "then": [{"flag": "JOINED"}],
         "stage": STAGES[3], "message": {"zh": "是", "en": "x"}}
        for number in range(count // 10)
    ]  # fmt: skip
    return bundle_of({"policy": "generated", "owner": "risk", "rules": rules})


def vetted(policy: dict[str, Any]) -> Bundle | None:
    """Return the bundle of a policy without the rules that the compiler refuses; they are taken out of it, too."""
    while policy["rules"]:
        try:
            return bundle_of(policy)
        except RuleAuthorError as error:
            del policy["rules"][max(error.line - 2, 0)]
    return None


def bundle_of(policy: dict[str, Any]) -> Bundle:
    """Compile one policy that was written here: one line of text for its head and one for each rule."""
    head = {key: value for key, value in policy.items() if key != "rules"}
    lines = [json.dumps(rule, ensure_ascii=False) for rule in policy["rules"]]
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "rules": [\n' + ",\n".join(lines) + "]}"
    return load_bundle({"generated.yaml": text})


def agree(bundle: Bundle, facts: dict[str, Any]) -> int:
    """Judge one order both ways; return how many rules fired. Raises Disagreement."""
    match = Match(bundle.program, facts)
    firings = match.run()
    compare(bundle, facts, firings)
    return len(firings)
