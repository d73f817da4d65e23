"""The transition table: which command leads from which state where, who may give it, and what stands in its way.

The table is data (`rules/states.yaml`), checked when loaded: no dead end, no state that cannot be reached, no unknown
name. Guards are names; the caller evaluates them inside its own transaction and says which hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from orders.actor import ROLE_ZH, Role
from orders.errors import Refused
from orders.hold import GATES, Gate, Message
from orders.state import STATE_ZH, NextState, OrderState, Transition
from rules.text.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection

    from rules.text.source import Value

STATES_FILE = Path(__file__).parent / "states.yaml"
GATE_ZH: dict[Gate, str] = dict(zip(GATES, ("提交", "审批", "分配", "下发仓库", "打单", "发货", "开票"), strict=True))
_STATES = tuple(state.value for state in OrderState)
_KEYS = ("from", "to", "command", "roles", "gate", "guards", "label")


@dataclass(frozen=True, slots=True)
class StateTable:
    """The checked table. ``guards`` says, per guard, what is wrong when it does not hold."""

    initial: tuple[OrderState, ...]
    final: tuple[OrderState, ...]
    effects: tuple[str, ...]
    guards: dict[str, Message]
    transitions: tuple[Transition, ...]

    def next_states(
        self,
        state: OrderState,
        roles: Collection[Role],
        closed_gates: Collection[Gate] = (),
        guards_ok: Collection[str] = (),
    ) -> tuple[NextState, ...]:
        """List every command of ``state``: allowed, or why not."""
        rows = [row for row in self.transitions if row.source is state]
        return tuple(self._seen(row, roles, closed_gates, guards_ok) for row in rows)

    def allowed(
        self,
        state: OrderState,
        command: str,
        roles: Collection[Role],
        closed_gates: Collection[Gate] = (),
        guards_ok: Collection[str] = (),
    ) -> bool:
        """Say whether ``command`` may be given now."""
        options = self.next_states(state, roles, closed_gates, guards_ok)
        return any(option.allowed for option in options if option.command == command)

    def require(
        self,
        state: OrderState,
        command: str,
        roles: Collection[Role],
        closed_gates: Collection[Gate] = (),
        guards_ok: Collection[str] = (),
    ) -> Transition:
        """Return the transition of ``command``. Raises Refused with every reason why not."""
        row = next((row for row in self.transitions if row.source is state and row.command == command), None)
        if row is None:
            raise Refused(
                f"{command} is not a command of an order in state {state.value}",
                f"订单处于“{STATE_ZH[state]}”，不能执行 {command}",
                code="not_allowed_in_state",
            )
        seen = self._seen(row, roles, closed_gates, guards_ok)
        if not seen.allowed:
            raise Refused(
                f"{command}: " + "; ".join(seen.why_not_en),
                f"{row.label_zh}：" + "；".join(seen.why_not_zh),
                code="not_allowed",
            )
        return row

    def _seen(
        self, row: Transition, roles: Collection[Role], closed_gates: Collection[Gate], guards_ok: Collection[str]
    ) -> NextState:
        reasons: list[Message] = []
        if not {*row.roles, Role.ADMIN} & set(roles):
            names = [Role(role) for role in row.roles]
            zh, en = "或".join(ROLE_ZH[role] for role in names), " or ".join(role.value for role in names)
            reasons.append(Message(zh=f"需要{zh}角色", en=f"needs the role {en}"))
        if row.gate is not None and row.gate in closed_gates:
            reasons.append(
                Message(zh=f"挂起关闭了“{GATE_ZH[row.gate]}”关卡", en=f"a hold closes the gate {row.gate.value}")
            )
        reasons += [self.guards[guard] for guard in row.guards if guard not in guards_ok]
        return NextState(
            command=row.command,
            target=row.target,
            label_zh=row.label_zh,
            label_en=row.label_en,
            allowed=not reasons,
            why_not_zh=tuple(reason.zh for reason in reasons),
            why_not_en=tuple(reason.en for reason in reasons),
        )


def load_states(text: str, file: str = "states.yaml") -> StateTable:
    """Read and check a transition table. Raises RuleAuthorError."""
    top = read_yaml(file, text)
    keys = ("initial", "final", "effects", "guards", "transitions")
    values = top.fields(keys, keys)
    guards = {key.text(): _message(value) for key, value in values["guards"].pairs()}
    table = StateTable(
        initial=tuple(OrderState(item.choice(_STATES)) for item in values["initial"].items()),
        final=tuple(OrderState(item.choice(_STATES)) for item in values["final"].items()),
        effects=tuple(item.text() for item in values["effects"].items()),
        guards=guards,
        transitions=_transitions(values["transitions"], guards),
    )
    _check_shape(table, values["transitions"])
    return table


def _transitions(rows: Value, guards: dict[str, Message]) -> tuple[Transition, ...]:
    found: dict[tuple[OrderState, str], Transition] = {}
    for item in rows.items():
        row = _transition(item, guards)
        if (row.source, row.command) in found:
            item.place.refuse(
                f"{row.command} from {row.source} is written twice", f"{row.source} 的 {row.command} 重复"
            )
        found[row.source, row.command] = row
    return tuple(found.values())


def _transition(item: Value, guards: dict[str, Message]) -> Transition:
    row = item.fields(_KEYS, ("from", "to", "command", "roles", "label"))
    label = _message(row["label"])
    named = row["guards"].items() if "guards" in row else []
    return Transition(
        source=OrderState(row["from"].choice(_STATES)),
        target=OrderState(row["to"].choice(_STATES)),
        command=row["command"].text(),
        roles=tuple(role.choice([known.value for known in Role]) for role in row["roles"].items()),
        gate=Gate(row["gate"].choice([gate.value for gate in GATES])) if "gate" in row else None,
        guards=tuple(guard.choice(tuple(guards)) for guard in named),
        label_zh=label.zh,
        label_en=label.en,
    )


def _message(value: Value) -> Message:
    words = value.fields(("zh", "en"), ("zh", "en"))
    return Message(zh=words["zh"].text(), en=words["en"].text())


def _check_shape(table: StateTable, at: Value) -> None:
    reached = _closure(set(table.initial), {(row.source, row.target) for row in table.transitions})
    for state in OrderState:
        if state not in reached:
            at.place.refuse(f"{state} cannot be reached", f"状态 {STATE_ZH[state]} 无法到达")
    ending = _closure(set(table.final), {(row.target, row.source) for row in table.transitions})
    for state in OrderState:
        if state not in ending:
            at.place.refuse(f"{state} is a dead end", f"状态 {STATE_ZH[state]} 没有出路")
    used = {guard for row in table.transitions for guard in row.guards}
    for guard in table.guards:
        if guard not in used:
            at.place.refuse(f"no transition uses the guard {guard}", f"没有流转使用条件 {guard}")


def _closure(start: set[OrderState], steps: set[tuple[OrderState, OrderState]]) -> set[OrderState]:
    found, grown = set(start), True
    while grown:
        new = {target for source, target in steps if source in found} - found
        found, grown = found | new, bool(new)
    return found


@cache
def states() -> StateTable:
    """Return the shipped table."""
    return load_states(STATES_FILE.read_text("utf-8"))


def next_states(
    state: OrderState,
    roles: Collection[Role],
    closed_gates: Collection[Gate] = (),
    guards_ok: Collection[str] = (),
) -> tuple[NextState, ...]:
    """List every command of ``state`` in the shipped table: allowed, or why not."""
    return states().next_states(state, roles, closed_gates, guards_ok)


def allowed(
    state: OrderState,
    command: str,
    roles: Collection[Role],
    closed_gates: Collection[Gate] = (),
    guards_ok: Collection[str] = (),
) -> bool:
    """Say whether ``command`` may be given now, by the shipped table."""
    return states().allowed(state, command, roles, closed_gates, guards_ok)
