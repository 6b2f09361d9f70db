"""Finding a house in a text that is published: a street with a number, a flat, a point on the map (P9).

The public knows streets and neighborhoods; owners alone see the outline. Of a sentence only what reads as an address
is found; in the name of a place a number needs a reason to be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from goodfences.reading.phrases import Match, Phrases
from goodfences.reading.reader import Word

_HOUSE = re.compile(r"\d{1,5}[a-z]?")
_POINT = re.compile(r"\d{1,3}[.,]\d{3,}")
_LONGEST_NAME = 3


def point_in(text: str) -> str:
    """The first coordinate as it stands in the text; empty if there is none. `12,000` is none."""
    for found in _POINT.finditer(text):
        if "." in found[0] or len(found[0].partition(",")[2]) > 3:
            return found[0]
    return ""


class Addresses:
    """One text, read for houses."""

    def __init__(self, words: Sequence[Word], lists: Mapping[str, Phrases]) -> None:
        self.words = words
        self.lists = lists

    def in_sentence(self) -> Match | None:
        """`12 Mill Street`, `Kaivokatu 12 B`, `Calle Mayor 8`, `apartment 4`; not `Mill Street at 9`."""
        return next(self.all_in_sentences(), None)

    def all_in_sentences(self) -> Iterator[Match]:
        """Every one of them, in the order of the text."""
        for at in range(len(self.words)):
            found = self._flat(at) or self._number_first(at) or self._number_last(at)
            if found:
                yield found

    def in_place_name(self) -> Match | None:
        """Every number that isn't part of a name, and every flat; not `5th Avenue`, `Pier 39`, `Calle 8`."""
        for at in range(len(self.words)):
            flat = self._flat(at)
            if flat:
                return flat
            named = self._is("number_names", at) or self._is("blocks", at + 1)
            if self._is_house(at) and not named and not self._is_numbered(at):
                return Match(max(0, at - 1), at + 1)
        return None

    def _flat(self, at: int) -> Match | None:
        end = self.lists["flats"].end(self.words, at)
        goes_on = at < end < len(self.words) and not self.words[end].begins_sentence
        short = goes_on and (
            self._is_house(end) or (len(self.words[end].text) == 1 and self.words[end].text not in "aeouy")
        )
        return Match(at, end + 1) if short else None

    def _number_first(self, at: int) -> Match | None:
        if not self._is_house(at):
            return None
        for now in range(at + 1, min(at + 2 + _LONGEST_NAME, len(self.words))):
            if self.words[now].begins_sentence or self.words[now].after_comma:
                return None
            if self._is("streets_first", now) and now == at + 1:
                return Match(at, now + 1)
            if self._is_street(now) and (now > at + 1 or self._has_ending(now)):
                return Match(at, now + 1)
            if not self._names(now):
                return None
        return None

    def _number_last(self, at: int) -> Match | None:
        if not self._is_house(at) or at == 0 or self.words[at].begins_sentence or self.words[at].after_comma:
            return None
        if self._is("counted", at + 1):
            return None
        last = at - 1
        if self._is_street(last) and (self._has_ending(last) or (last > 0 and self._names(last - 1))):
            return Match(max(0, last - 1) if not self._has_ending(last) else last, at + 1)
        for first in range(max(0, at - 1 - _LONGEST_NAME), last):
            between = range(first + 1, at)
            whole = all(self._names(now) and not self.words[now].after_comma for now in between)
            if self._is("streets_first", first) and whole:
                return Match(first, at + 1)
        return None

    def _is_house(self, at: int) -> bool:
        return at < len(self.words) and bool(_HOUSE.fullmatch(self.words[at].text))

    def _is_numbered(self, at: int) -> bool:
        """Whether the number is the name itself: `Ward 3`, `Avenue 26`."""
        bare = at == 1 and self._is_street(0) and not self._has_ending(0)
        return at > 0 and (bare or self._is("numbered", at - 1))

    def _is_street(self, at: int) -> bool:
        return self._is("streets", at) or self._is("streets_first", at) or self._has_ending(at)

    def _has_ending(self, at: int) -> bool:
        """`Kaivokatu`, `Hauptstrasse`: a street in one word."""
        text = self.words[at].text
        return any(text.endswith(ending) and len(text) > len(ending) + 2 for ending in self.lists["street_endings"])

    def _names(self, at: int) -> bool:
        """Whether the word can be part of a street's name."""
        word = self.words[at]
        lists = ("not_names", "people", "counted", "numbered")
        return not word.is_number and not any(word.text in self.lists[name] for name in lists)

    def _is(self, name: str, at: int) -> bool:
        return at < len(self.words) and self.lists[name].end(self.words, at) > at
