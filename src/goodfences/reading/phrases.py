"""Phrases of a word file, read word by word along a text: no regular expressions, so the time is linear in the text.

Each place of the text is tried against the phrases that can begin with its word, and a phrase looks at most as far
as its words and gaps reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from goodfences.reading.reader import Word

_GAP = re.compile(r"\.\.(\d*)")
Options = Mapping[str, Sequence[tuple[str, ...]]]


@dataclass(frozen=True)
class Place:
    """One place of a phrase: `options` by their first word, or a gap of up to `gap` words of any kind."""

    options: Options = field(default_factory=dict)
    gap: int = 0
    optional: bool = False
    forbidden: bool = False


@dataclass(frozen=True)
class Phrase:
    places: tuple[Place, ...]

    @classmethod
    def fixed(cls, words: tuple[str, ...]) -> Phrase:
        """A phrase of these words and no others."""
        return cls((Place(_by_first_word([words])),))


@dataclass(frozen=True)
class Match:
    """Words `first` up to but without `end`."""

    first: int
    end: int


class Phrases:
    """A set of phrases, found by their first words."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._by_first: dict[str, list[Phrase]] = {}
        self.vocabulary = {word for phrase in phrases for word in _vocabulary(phrase)}
        for phrase in phrases:
            for word in phrase.places[0].options:
                self._by_first.setdefault(word, []).append(phrase)

    def __iter__(self) -> Iterator[str]:
        """The phrases of a single word."""
        return (word for word in self._by_first if word in self)

    def __contains__(self, word: str) -> bool:
        """Whether the single word is one of the phrases."""
        return any(() in phrase.places[0].options[word] for phrase in self._by_first.get(word, ()))

    def end(self, words: Sequence[Word], first: int) -> int:
        """Where the longest phrase that begins at `first` ends; `first` itself if none does."""
        if first >= len(words):
            return first
        found = self._by_first.get(words[first].text)
        if found is None:
            return first
        return max((_end(phrase.places, 0, words, first, first) for phrase in found), default=first)

    def matches(self, words: Sequence[Word]) -> Iterator[Match]:
        """Every phrase, in the order of the text; the longest at each place."""
        for first in range(len(words)):
            end = self.end(words, first)
            if end > first:
                yield Match(first, end)


def _end(places: Sequence[Place], at: int, words: Sequence[Word], first: int, now: int) -> int:
    """Where the rest of a phrase, from place `at` on, ends when read from word `now`; `first` if it doesn't fit."""
    if at == len(places):
        return now
    place = places[at]
    if place.gap:
        return _after_gap(places, at, words, first, now)
    ends = [now + len(rest) + 1 for rest in _options(place, words, now) if _follows(words, first, now, rest)]
    if place.forbidden:
        return first if ends else _end(places, at + 1, words, first, now)
    found = max((_end(places, at + 1, words, first, end) for end in ends), default=first)
    if place.optional:
        found = max(found, _end(places, at + 1, words, first, now))
    return found


def _after_gap(places: Sequence[Place], at: int, words: Sequence[Word], first: int, now: int) -> int:
    for skipped in range(places[at].gap + 1):
        if skipped and (now + skipped > len(words) or words[now + skipped - 1].begins_sentence):
            break
        end = _end(places, at + 1, words, first, now + skipped)
        if end > first:
            return end
    return first


def _options(place: Place, words: Sequence[Word], now: int) -> Sequence[tuple[str, ...]]:
    return place.options.get(words[now].text, ()) if now < len(words) else ()


def _follows(words: Sequence[Word], first: int, now: int, rest: tuple[str, ...]) -> bool:
    if now > first and words[now].begins_sentence:
        return False
    after = words[now + 1 : now + 1 + len(rest)]
    return tuple(word.text for word in after) == rest and not any(word.begins_sentence for word in after)


def entries(text: str) -> list[tuple[str, ...]]:
    """A list of a word file: phrases between commas."""
    return [tuple(each.split()) for each in text.split(",") if each.strip()]


def compiled(text: str, lists: Mapping[str, list[tuple[str, ...]]]) -> Phrase:
    """A phrase as a word file writes it; `a_b` are two words in a row. Raises ValueError that quotes it."""
    places = tuple(_place(part, lists, text) for part in text.split())
    if not places or not places[0].options or places[0].optional or places[0].forbidden:
        raise ValueError(f"the phrase {text!r} must begin with a word or a list")
    return Phrase(places)


def _place(part: str, lists: Mapping[str, list[tuple[str, ...]]], text: str) -> Place:
    gap = _GAP.fullmatch(part)
    if gap:
        return Place(gap=int(gap[1] or 4))
    options: list[tuple[str, ...]] = []
    for name in part.removeprefix("!").removesuffix("?").split("|"):
        if not name.startswith("{"):
            options.append(tuple(name.split("_")))
        elif name[1:-1] in lists:
            options += lists[name[1:-1]]
        else:
            raise ValueError(f"the phrase {text!r} names no list of the file: {name}")
    return Place(_by_first_word(options), optional=part.endswith("?"), forbidden=part.startswith("!"))


def _by_first_word(options: Sequence[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for first, *rest in options:
        found.setdefault(first, []).append(tuple(rest))
    return found


def _vocabulary(phrase: Phrase) -> Iterator[str]:
    for place in phrase.places:
        for first, rests in place.options.items():
            yield first
            for rest in rests:
                yield from rest
