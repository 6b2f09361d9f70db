"""`goodfences bench guardrail`: how often do the guardrails stop what a person would, and only that?

Two sets, labeled by people, lie beside this module, so that an installed instance can measure its own words and the
tests read the same files: posts in English and Spanish for the posting guardrails, in groups that must be judged
alike (`labeled_posts`), and an officer's reasons for the text rules of the policy (`reasons/`). Half of each never
teaches the rules anything.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from goodfences.bench import labeled_posts
from goodfences.bench.instance import throwaway
from goodfences.bench.labeled_posts import HELD, TUNING
from goodfences.bench.measure import by_turns, milliseconds
from goodfences.bench.runner import Outcome, Row, register
from goodfences.bench.swapped import variants

REASONS = Path(__file__).with_name("reasons")
PARTS = ("held", "open")
ROUNDS = 20
SWAPS = 15  # words of origin put into each post, of each kind: all of them take minutes
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
    return _scored([(judge(reason.text) & wanted, reason.breaks & wanted) for reason in reasons])


def _scored(pairs: Iterable[tuple[set[str], Set[str]]]) -> Score:
    pairs = list(pairs)
    return Score(
        right=sum(len(found & broken) for found, broken in pairs),
        false_alarms=sum(len(found - broken) for found, broken in pairs),
        missed=sum(len(broken - found) for found, broken in pairs),
    )


@register(
    "guardrail", help="judge labeled posts by the posting guardrails, and labeled reasons by the policy's text rules"
)
def run(options: argparse.Namespace) -> Outcome:
    """`precision` and `recall`: of the posting guardrails, over all rules and both languages, on the held-back half.

    `paired_difference`: the largest difference between two groups of people in how often the same posts are stopped,
    with each group's word in the place of the one that stands there. `reasons_*`: the policy's text rules.
    """
    with throwaway():
        posts = _post_rows()
        reasons, held_reasons = _reason_rows()
        unlike, largest = _pairs()
        held = _total(HELD)
    return Outcome(
        rows=[*posts, *unlike, *reasons],
        ratios={
            "precision": held.precision,
            "recall": held.recall,
            "paired_difference": largest,
            "reasons_precision": held_reasons.precision,
            "reasons_recall": held_reasons.recall,
        },
    )


def _judged(text: str, kind: str, language: str) -> set[str]:
    from goodfences.guardrails import check

    return {stop.rule for stop in check(text, kind=kind, language=language)}


_broken = cache(_judged)  # every post is counted a dozen times; what is timed is judged anew


def _posts(language: str, half: str, rules: Iterable[str]) -> tuple[int, Score]:
    wanted = set(rules)
    pairs = [
        (_broken(text, group.kind, language) & wanted, group.breaks & wanted)
        for group in labeled_posts.groups(language)
        if group.half == half
        for text in group.texts
    ]
    return len(pairs), _scored(pairs)


def _total(half: str) -> Score:
    from goodfences.guardrails.model import NAMES

    scores = [_posts(language, half, NAMES)[1] for language in labeled_posts.LANGUAGES]
    return Score(
        sum(each.right for each in scores),
        sum(each.false_alarms for each in scores),
        sum(each.missed for each in scores),
    )


def _post_rows() -> list[Row]:
    """A row a language, half and rule, and how long the longest posts take."""
    from goodfences.guardrails.model import NAMES

    rows = []
    for language in labeled_posts.LANGUAGES:
        for half in (HELD, TUNING):
            for name, rules in {**{rule: [rule] for rule in NAMES}, "all": list(NAMES)}.items():
                count, found = _posts(language, half, rules)
                rows.append(
                    {"side": "posts", "language": language, "part": half, "rule": name, **_figures(count, found)}
                )
        every = [text for group in labeled_posts.groups(language) for text in group.texts]
        longest = (" ".join(every))[:2000]
        for name, texts in (("a post", every), ("2,000 characters", [longest] * ROUNDS)):
            took = by_turns({"posts": partial(_judged, kind="crime", language=language)}, texts)
            rows.append({"side": "posts", "language": language, "rule": name, **milliseconds(took["posts"])})
    return rows


def _pairs() -> tuple[list[Row], float]:
    """How many groups of posts are judged unlike within, and how often each described group's posts are stopped."""
    rows: list[Row] = []
    largest = 0.0
    for language in labeled_posts.LANGUAGES:
        unlike = texts = 0
        stopped: dict[str, list[int]] = {}
        count = 0
        for group in labeled_posts.groups(language):
            verdicts = {frozenset(_broken(text, group.kind, language)) for text in group.texts}
            unlike += len(verdicts) > 1
            count += 1
            for text in group.texts:
                verdict = _broken(text, group.kind, language)
                swapped = list(variants(text, language, at_most=SWAPS))
                texts += bool(swapped)
                for word, other in swapped:
                    said = _broken(other, group.kind, language)
                    stopped.setdefault(word, []).append(len(said) - len(verdict) if said != verdict else 0)
        differences = [sum(map(abs, each)) / len(each) for each in stopped.values()]
        largest = max(largest, *differences)
        rows.append(
            {
                "side": "posts",
                "language": language,
                "rule": "alike",
                "groups": count,
                "groups_judged_unlike": unlike,
                "posts_swapped": texts,
                "words_of_origin": len(stopped),
                "largest_difference": round(max(differences), 4),
            }
        )
    return rows, largest


def _reason_rows() -> tuple[list[Row], Score]:
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
    rows += [{"side": side, "rule": "2,000 characters", **milliseconds(seconds)} for side, seconds in took.items()]
    return rows, score(by_rules, labeled("held"), TEXT_RULES)


def _row(side: str, judge: Judge, part: str, name: str, rules: list[str]) -> Row:
    reasons = labeled(part)
    found = score(judge, reasons, rules)
    return {
        "side": side,
        "part": part,
        "rule": name,
        **_figures(len(reasons), found),
    }


def _figures(texts: int, found: Score) -> Row:
    return {
        "texts": texts,
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
