"""`goodfences bench guardrail`: how often do the text rules refuse what a person would, and only that?

The reasons are labeled by people and lie beside this module, so that an installed instance can measure its own words
and the tests read the same file. `held.toml` was written before the rules and never changes them; `open.toml` teaches
them.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goodfences.bench.instance import throwaway
from goodfences.bench.measure import by_turns, milliseconds
from goodfences.bench.runner import Outcome, Row, register

REASONS = Path(__file__).with_name("reasons")
PARTS = ("held", "open")
ROUNDS = 20
# What a filter that only looks words up would refuse by: the same lists, without anything about how they are used.
LOOKED_UP: Mapping[str, tuple[str, ...]] = {
    "reason.race": ("races", "race_colors", "race_codes"),
    "reason.victim": ("titles", "given"),
    "reason.pressure": ("must", "refusing", "consequence"),
    "purpose.assembly": ("gathering", "gatherers"),
    "purpose.immigration": ("immigrants", "immigration_offices", "deporting"),
    "purpose.care": ("care",),
    "purpose.testing": ("testing",),
    "purpose.patrol": ("watching", "unusual"),
}
Judge = Callable[[str], set[str]]


@dataclass(frozen=True)
class Labeled:
    """A reason and the text rules that it breaks, as a person judges it."""

    text: str
    breaks: frozenset[str]


@dataclass(frozen=True)
class Score:
    """Verdicts on one rule, or on all: one verdict for each rule that a text breaks or is said to break."""

    right: int
    false_alarms: int
    missed: int

    @property
    def precision(self) -> float:
        """Of the verdicts that a rule is broken, how many are right; 1.0 where there is none."""
        return self.right / (self.right + self.false_alarms) if self.right + self.false_alarms else 1.0

    @property
    def recall(self) -> float:
        """Of the broken rules, how many are found; 1.0 where there is none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def labeled(part: str) -> list[Labeled]:
    """The reasons of one part, in the order of the file."""
    groups: list[dict[str, Any]] = tomllib.loads((REASONS / f"{part}.toml").read_text(encoding="utf-8"))["group"]
    return [Labeled(text, frozenset(group["breaks"])) for group in groups for text in group["texts"]]


def score(judge: Judge, reasons: Iterable[Labeled], rules: Iterable[str]) -> Score:
    """How `judge` did on these rules."""
    wanted = set(rules)
    pairs = [(judge(reason.text) & wanted, reason.breaks & wanted) for reason in reasons]
    return Score(
        right=sum(len(found & broken) for found, broken in pairs),
        false_alarms=sum(len(found - broken) for found, broken in pairs),
        missed=sum(len(broken - found) for found, broken in pairs),
    )


@register("guardrail", help="judge labeled reasons by the text rules, beside a filter that looks words up")
def run(options: argparse.Namespace) -> Outcome:
    """`precision` and `recall`: over all rules, on the held-back reasons alone."""
    with throwaway():
        from goodfences.policy import text
        from goodfences.policy.model import TEXT_RULES

        def by_rules(reason: str) -> set[str]:
            return {finding.rule for finding in text.findings(reason)}

        rows = [
            _row(side, judge, part, name, rules)
            for part in PARTS
            for side, judge in (("text rules", by_rules), ("words looked up", _looked_up))
            for name, rules in {**{rule: [rule] for rule in TEXT_RULES}, "all": list(TEXT_RULES)}.items()
        ]
        longest = (" ".join(reason.text for reason in labeled("open")) + " ")[:2000]
        took = by_turns({"text rules": by_rules, "words looked up": _looked_up}, [longest] * ROUNDS)
        rows += [
            {"side": side, "rule": "2,000 characters", **milliseconds(seconds)} for side, seconds in took.items()
        ]
        held = score(by_rules, labeled("held"), TEXT_RULES)
    return Outcome(rows=rows, ratios={"precision": held.precision, "recall": held.recall})


def _row(side: str, judge: Judge, part: str, name: str, rules: list[str]) -> Row:
    reasons = labeled(part)
    found = score(judge, reasons, rules)
    return {
        "side": side,
        "part": part,
        "rule": name,
        "texts": len(reasons),
        "broken": found.right + found.missed,
        "false_alarms": found.false_alarms,
        "missed": found.missed,
        "precision": round(found.precision, 3),
        "recall": round(found.recall, 3),
    }


def _looked_up(reason: str) -> set[str]:
    from goodfences.policy import words
    from goodfences.reading.reader import read

    lists = words.in_force()
    found = read(reason, lists.looks_like, lists.known)
    return {rule for rule, names in LOOKED_UP.items() if any(any(lists.lists[name].matches(found)) for name in names)}
