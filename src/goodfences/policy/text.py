"""Reading a reason: what it may not say, however it is written.

The rules know words, not meaning: docs/policy.md says what they can and can't do, and a second officer reads too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from goodfences.policy import words as wordlists
from goodfences.policy.describing import Describing
from goodfences.policy.model import TEXT_RULES
from goodfences.policy.naming import Naming
from goodfences.policy.words import Pattern, Words
from goodfences.reading.addresses import Addresses, point_in
from goodfences.reading.phrases import Match, Phrases
from goodfences.reading.reader import Word, read

HOUSE = "text.address"
DANGER = "urgent.danger"
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Finding:
    """A text rule that a reason breaks, and the words that break it, exactly as they stand in it."""

    rule: str
    words: str


def readable_length(text: str) -> int:
    """Characters that say something: runs of white space count once, invisible characters not at all."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return len(" ".join(seen.split()))


def different_words(text: str) -> int:
    """How many different words a text has: two different letters at least, of any alphabet."""
    found = (word.casefold() for word in _LETTERS.findall(text))
    return len({word for word in found if len(set(word)) > 1})


def findings(text: str, rules: Iterable[str] = TEXT_RULES) -> list[Finding]:
    """Every one of these rules that the text breaks, once each, in their order."""
    lists = wordlists.in_force()
    words = read(text, lists.looks_like, lists.known)
    return [found for rule in rules for found in _quoted(rule, _first(rule, words, lists), text, words)]


def merely_matters(text: str) -> str:
    """Words that say that a case matters, of a text in which nobody is in danger; empty where none say so.

    What isn't understood passes. There are more ways to be in danger than words for it, and a refusal of one costs
    more than a request that is marked, counted in public and rare (`urgent.requests`).
    """
    lists = wordlists.in_force()
    words = read(text, lists.looks_like, lists.known)
    if _broken(lists.patterns[DANGER], words, lists) is not None:
        return ""
    found = next(lists.lists["can_wait"].matches(words), None)
    return text[words[found.first].start : words[found.end - 1].end] if found else ""


def house_in_sentence(text: str) -> list[Finding]:
    """The first address in a text of whole sentences."""
    lists = wordlists.in_force()
    words = read(text, lists.looks_like, lists.known)
    return _point(text) or _quoted(HOUSE, Addresses(words, lists.lists).in_sentence(), text, words)


def house_in_place_name(text: str) -> list[Finding]:
    """The first number in the name of a place that points at a house or a point."""
    lists = wordlists.in_force()
    words = read(text, lists.looks_like, lists.known)
    return _point(text) or _quoted(HOUSE, Addresses(words, lists.lists).in_place_name(), text, words)


def _point(text: str) -> list[Finding]:
    found = point_in(text)
    return [Finding(HOUSE, found)] if found else []


def _quoted(rule: str, match: Match | None, text: str, words: Sequence[Word]) -> list[Finding]:
    return [Finding(rule, text[words[match.first].start : words[match.end - 1].end])] if match else []


def _first(rule: str, words: Sequence[Word], lists: Words) -> Match | None:
    if rule == "reason.race":
        return Describing(words, lists).race_alone()
    if rule == "reason.victim":
        return Naming(words, lists).named()
    return _broken(lists.patterns[rule], words, lists)


def _broken(pattern: Pattern, words: Sequence[Word], lists: Words) -> Match | None:
    spared = {now for match in pattern.spared.matches(words) for now in range(match.first, match.end)}
    sentences = _sentences(words)
    excused = {sentences[match.first] for match in pattern.unless.matches(words)}
    for match in _candidates(pattern, words, sentences, lists):
        near = {sentences[match.first] + step for step in (-1, 0, 1)}
        if not spared & set(range(match.first, match.end)) and not near & excused:
            return match
    return None


def _candidates(pattern: Pattern, words: Sequence[Word], sentences: list[int], lists: Words) -> Iterator[Match]:
    yield from pattern.phrases.matches(words)
    for one, other in pattern.together:
        yield from _together(one, other, words, sentences)
    if next(lists.lists["incident"].matches(words), None) is None:
        yield from pattern.vague.matches(words)


def _together(one: Phrases, other: Phrases, words: Sequence[Word], sentences: list[int]) -> Iterator[Match]:
    """What `one` found where `other` is in the same sentence or a neighboring one; both, where they are in one."""
    seconds: dict[int, Match] = {}
    for match in other.matches(words):
        seconds.setdefault(sentences[match.first], match)
    for match in one.matches(words):
        sentence = sentences[match.first]
        second = seconds.get(sentence)
        if second:
            yield Match(min(match.first, second.first), max(match.end, second.end))
        elif sentence - 1 in seconds or sentence + 1 in seconds:
            yield match


def _sentences(words: Sequence[Word]) -> list[int]:
    """The number of each word's sentence."""
    numbers: list[int] = []
    for word in words:
        numbers.append((numbers[-1] if numbers else 0) + word.begins_sentence)
    return numbers
