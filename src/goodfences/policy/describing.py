"""Finding people who are described by race alone: with at most sex and age, and nothing that a camera could show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goodfences.policy.words import Words
from goodfences.reading.phrases import Match
from goodfences.reading.reader import Word

_REACH = 7  # words between a person and what is said of them
_AFTER = 2  # sentences after the mention that may go on describing the person
_UNITS = {"feet", "foot", "ft", "inches", "meters", "cm"}


class Describing:
    """One text, read for mentions of race."""

    def __init__(self, words: Sequence[Word], lists: Words) -> None:
        self.words = words
        self.lists = lists.lists

    def race_alone(self) -> Match | None:
        """The first mention of a person by race with no other visible feature near it."""
        return next((mention for mention in self.mentions() if not self._described(mention)), None)

    def mentions(self) -> Iterator[Match]:
        """Every mention of a person's race, with the word for the person."""
        at = 0
        while at < len(self.words):
            end, sure = self._race(at)
            found = self._mention(at, end, sure) if end > at else None
            if found:
                yield found
            at = max(found.end if found else end, at + 1)

    def _race(self, at: int) -> tuple[int, bool]:
        """Where a word of race that begins at `at` ends, and whether it is a whole description already."""
        codes = self.lists["race_codes"].end(self.words, at)
        if codes > at:
            return codes, True
        tone = self.lists["skin_tones"].end(self.words, at)
        if tone > at and self.lists["skin"].end(self.words, tone) > tone:
            return self.lists["skin"].end(self.words, tone), True
        end = max(self.lists["races"].end(self.words, at), self.lists["race_colors"].end(self.words, at))
        while end > at and self._is("race_ends", end):
            end += 1
        return end, False

    def _mention(self, at: int, end: int, sure: bool) -> Match | None:
        if sure and (self._stands(end) or self._neutral(end) or self._person(end)):
            return Match(at, end)
        return self._person_after(at, end) or self._person_before(at, end) or self._by_itself(at, end)

    def _person_after(self, at: int, end: int) -> Match | None:
        """`black male`, `Hispanic or Asian young men`."""
        now = end
        while now < min(len(self.words), end + _REACH) and not self._begins(now):
            if self._person(now):
                last = now + 1
                while self._person(last) and not self._begins(last):
                    last += 1
                return None if self._is("things", last) and not self._begins(last) else Match(at, last)
            race = max(self.lists[name].end(self.words, now) for name in ("races", "race_colors"))
            if race == now and not self._neutral(now):
                return None
            now = max(race, now + 1)
        return None

    def _person_before(self, at: int, end: int) -> Match | None:
        """`the suspect is Black`, `male, white, 40`, `he was described as Asian`."""
        if not self._stands(end) or (at > 0 and self.words[at - 1].text == "in"):
            return None  # what follows is what it is said of; or it is worn: "a man in black"
        now = at
        parted = False
        while now > max(0, at - _REACH) and not self._begins(now):
            parted = parted or self.words[now].after_comma
            now -= 1
            word = self.words[now].text
            if self._person(now) and (parted or word in self.lists["sexes"]):
                return None if self._of_a_thing(now) else Match(now, end)
            if word in self.lists["said_of"]:
                parted = True
            elif not self._neutral(now):
                return None
        return None

    def _by_itself(self, at: int, end: int) -> Match | None:
        """`two Hispanics`, `a Latina`: the race stands for the person."""
        named = self.lists["races"].end(self.words, at) > at
        plural = self.words[end - 1].text.endswith("s") or self.words[end - 1].text in ("latina", "color")
        return Match(at, end) if named and plural and self._stands(end) else None

    def _of_a_thing(self, person: int) -> bool:
        """Whether the color is that of a thing named before: `the van that hit the rider was white`."""
        now = person
        while now > 0 and not self._begins(now):
            now -= 1
            if self._is("colored_things", now):
                return True
        return False

    def _described(self, mention: Match) -> bool:
        first, end = self._scope(mention)
        if any(
            self._is("visible", now) or self.words[now].is_height or self._measured(now) for now in range(first, end)
        ):
            return True
        return any(self._carries(now) or self._goes(now) for now in range(mention.first, end))

    def _scope(self, mention: Match) -> tuple[int, int]:
        """The sentence of the mention, the next ones as far as they go on, and the one before if this goes on."""
        first = self._sentence_start(mention.first)
        if first > 0 and self.words[first].text in self.lists["pronouns"]:
            first = self._sentence_start(first - 1)
        end, more = mention.end, _AFTER
        while end < len(self.words):
            if self._begins(end):
                start = self.words[end : end + 3]
                if more == 0 or any(word.text in self.lists["roles"] for word in start):
                    break
                more -= 1
            end += 1
        return first, end

    def _measured(self, at: int) -> bool:
        return at > 0 and self.words[at].text in _UNITS and (self.words[at - 1].is_number or self._neutral(at - 1))

    def _carries(self, at: int) -> bool:
        """`with a backpack`, `riding a green mountain bike`, `left in a silver Honda`."""
        linked = self.words[at].text in self.lists["with_them"]
        if not linked and self.words[at].text in ("in", "on") and at > 0:
            linked = any(word.text in self.lists["moved"] for word in self.words[max(0, at - 3) : at])
        reach = range(at + 1, min(len(self.words), at + _REACH))
        return linked and any(self._is("carried", now) for now in reach if not self._parted(at, now))

    def _goes(self, at: int) -> bool:
        """`last seen walking east`."""
        if self.words[at].text not in self.lists["moved"]:
            return False
        reach = range(at + 1, min(len(self.words), at + 4))
        return any(self._is("directions", now) for now in reach if not self._parted(at, now))

    def _parted(self, at: int, now: int) -> bool:
        return any(word.begins_sentence for word in self.words[at + 1 : now + 1])

    def _sentence_start(self, at: int) -> int:
        while at > 0 and not self._begins(at):
            at -= 1
        return at

    def _stands(self, end: int) -> bool:
        """Whether what was said ends there: no thing follows that it could belong to."""
        if end >= len(self.words) or self._begins(end) or self.words[end].after_comma:
            return True
        if self.words[end].text in ("and", "or") and self._is("race_colors", end + 1):
            return self._stands(end + 2)
        word = self.words[end]
        return word.is_number or any(
            word.text in self.lists[name] for name in ("not_names", "neutral", "moved", "did")
        )

    def _neutral(self, at: int) -> bool:
        if at >= len(self.words):
            return False
        word = self.words[at]
        return (word.is_number and not word.is_height) or word.text in self.lists["neutral"]

    def _person(self, at: int) -> bool:
        return at < len(self.words) and self.words[at].text in self.lists["people"]

    def _is(self, name: str, at: int) -> bool:
        return self.lists[name].end(self.words, at) > at

    def _begins(self, at: int) -> bool:
        return at < len(self.words) and self.words[at].begins_sentence
