"""Proof of the tests (U1): every threshold, operator, list and negation moved by one step is noticed by an example.

Place in the order's way: before it; publishing asks here. Pure: files in, mutants, survivors and the missing boundary
examples out. Mutants run in the real engine in this process, so let a child process do it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.decision import sha256_hex
from rules.language import read_rulebook
from rules.mutants.propose import accept, propose
from rules.mutants.repair import Repair, mend, repairs
from rules.mutants.trial import Trial
from rules.mutants.twist import twists

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from rules.mutants.trial import Twist
    from rules.policy import Policy

    Progress = Callable[[int, int], None]

__all__ = ["Examined", "Mutant", "Proposal", "Repair", "Waiver", "accept", "examine", "mend", "repairs"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one rule. ``id`` stays the same while the rule's text and values at that place do."""

    id: str
    rule: str
    file: str
    line: int
    column: int
    zh: str
    en: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.file}:{self.line}:{self.column}: {self.rule} · {self.zh}"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person's word that a mutant means the same as the rule: ``mutant`` is its id."""

    mutant: str
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An example that notices a surviving mutant: ``text`` is one line of YAML, ready to stand under ``examples:``."""

    mutant: str
    rule: str
    file: str
    name: str
    text: str
    example: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of it. Survivors are those that no example notices and nobody waived."""

    mutants: tuple[Mutant, ...]
    survivors: tuple[Mutant, ...]
    waived: tuple[Mutant, ...]
    proposals: tuple[Proposal, ...]

    @property
    def passed(self) -> bool:
        """Say whether every mutant was noticed or waived."""
        return not self.survivors


def examine(
    files: Mapping[str, str],
    *,
    waivers: Iterable[Waiver] = (),
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Examined:
    """Mutate every rule of the files (``only`` these) and judge their examples. Raises RuleAuthorError."""
    book = read_rulebook(files)
    work = [(policy, twists(book, policy)) for policy in book.policies if only is None or policy.file in only]
    total, done = sum(len(found) for _, found in work), 0
    waived_ids = {waiver.mutant for waiver in waivers}
    mutants: list[Mutant] = []
    survivors: list[Mutant] = []
    waived: list[Mutant] = []
    proposals: list[Proposal] = []
    for policy, found in work:
        trial = Trial(files, book, policy)
        alive: list[tuple[Mutant, Twist]] = []
        for mutant, twist in _named(policy, found):
            caught = trial.caught(twist)
            done += 1
            if progress is not None:
                progress(done, total)
            if caught is None:
                continue
            mutants.append(mutant)
            if caught:
                continue
            if mutant.id in waived_ids:
                waived.append(mutant)
                continue
            survivors.append(mutant)
            alive.append((mutant, twist))
        proposals += _proposals(trial, alive)
    return Examined(tuple(mutants), tuple(survivors), tuple(waived), tuple(proposals))


def _named(policy: Policy, found: list[Twist]) -> list[tuple[Mutant, Twist]]:
    seen: dict[tuple[str, str], int] = {}
    named = []
    for twist in found:
        number = seen[twist.rule, twist.en] = seen.get((twist.rule, twist.en), -1) + 1
        name = sha256_hex(f"{twist.rule}\n{twist.en}\n{number}".encode())[:12]
        line, column = (twist.place.line, twist.place.column) if twist.place else (0, 0)
        named.append((Mutant(name, twist.rule, policy.file, line, column, twist.zh, twist.en), twist))
    return named


def _proposals(trial: Trial, alive: list[tuple[Mutant, Twist]]) -> list[Proposal]:
    """Propose examples; one that notices several mutants is proposed once."""
    found: list[Proposal] = []
    left = list(alive)
    while left:
        mutant, twist = left.pop(0)
        proposed = propose(trial, twist)
        if proposed is None:
            continue
        words = (mutant.id, mutant.rule, mutant.file, proposed.name, proposed.text, proposed.shape)
        found.append(Proposal(*words))
        left = [(other, change) for other, change in left if not trial.notices(proposed.example, change)]
    return found
