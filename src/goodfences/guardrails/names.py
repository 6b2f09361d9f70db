"""Finding the names of persons: by a title, by what calls them one, by given names and surnames that are known.

Capitals help and are not needed: a name in small letters, or in capitals throughout, is one as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goodfences.guardrails.lexicon import Lexicon
from goodfences.reading.phrases import Match
from goodfences.reading.reader import Word

_PETS = 6  # words before a name that can say that it is a pet's


class Names:
    """One text, read for the names of persons. `pets`: whether it is about an animal that has a name."""

    def __init__(self, text: str, words: Sequence[Word], lexicon: Lexicon, *, pets: bool) -> None:
        self.words = words
        self.lists = lexicon.lists
        self.pets = pets
        letters = [text[word.start] for word in words if text[word.start].isalpha()]
        # Where everything is written small, or everything large, capitals say nothing.
        self.capitals = any(char.isupper() for char in letters[1:]) and any(char.islower() for char in letters)
        self._upper = [text[word.start].isupper() for word in words]

    def all(self) -> Iterator[Match]:
        """Every name, in the order of the text."""
        at = 0
        while at < len(self.words):
            found = self._titled(at) or self._called(at) or self._family(at) or self._full(at) or self._single(at)
            if found and not self._of_a_pet(found):
                yield found
            at = max(found.end if found else at + 1, at + 1)

    def _titled(self, at: int) -> Match | None:
        """`Mr. Kowalczyk`, `la senora Villasenor`, `Dr. Amy Feldman`; not `Oak Dr and 5th`."""
        title = self.words[at].text
        if self._says_origin(at + 1) and not self._stands_out(at + 1):
            return None
        if not self._in("name_titles", at) or not self._can_be(at + 1):
            return None
        sure = title in self.lists["sure_titles"]
        if title == "dr" and at > 0 and not self._can_stand_before_title(at):
            return None
        if title in ("st", "don", "senor", "senora") and not (self._is_known(at + 1) or self._stands_out(at + 1)):
            return None
        if not sure and not self._is_known(at + 1) and not self._stands_out(at + 1):
            return None
        end = at + 2
        if self._can_be(end) and (self._is_known(end) or self._stands_out(end)) and not self.words[end].after_comma:
            end += 1
        return None if self._place_follows(at + 1) else Match(at, end)

    def _says_origin(self, at: int) -> bool:
        return self._in("origin_colors", at) or self._in("origin_plain", at)

    def _can_stand_before_title(self, at: int) -> bool:
        before = self.words[at - 1]
        return (
            self.words[at].begins_sentence
            or self._in("not_names", at - 1)
            or self._in("common_words", at - 1)
            or before.text in ("el", "la", "al")
        )

    def _called(self, at: int) -> Match | None:
        """`his name is Kevin Brandt`, `goes by Dmitri`, `se hace llamar`, `de nombre`."""
        end = self._end("calling", at)
        if end == at or self._asks(end):
            return None
        if not self._can_be(end) or self._in("common_words", end):
            return None
        if not self._is_known(end) and not self._stands_out(end):
            return None
        stop = end + 1
        if (
            self._can_be(stop)
            and (self._is_known(stop) or self._stands_out(stop) or not self.capitals)
            and not self.words[stop].after_comma
        ):
            stop += 1
        return Match(at, stop) if not self._place_follows(end) else None

    def _asks(self, end: int) -> bool:
        return end >= len(self.words)

    def _family(self, at: int) -> Match | None:
        """`the Petersons`, `los Hernandez`, `familia Nguyen`, `the Nguyen family`."""
        text = self.words[at].text
        before = self.words[at - 1].text if at > 0 else ""
        known = text in self.lists["surnames"] or text in self.lists["more_surnames"]
        many = text.endswith("s") and (
            text[:-1] in self.lists["surnames"] or text[:-1] in self.lists["more_surnames"]
        )
        if before in ("the", "los", "las") and (many or (known and before == "los")) and self._may_be_capital(at):
            return None if self._place_follows(at) or self._counted(at + 1) else Match(at - 1, at + 1)
        if before in ("familia", "family") and known and self._may_be_capital(at):
            return Match(at - 1, at + 1)
        if (
            known
            and at + 1 < len(self.words)
            and self.words[at + 1].text in ("family", "household", "kid", "kids")
            and self._may_be_capital(at)
        ):
            return Match(at, at + 2)
        return None

    def _full(self, at: int) -> Match | None:
        """`Robert Hanley`, `marcus delgado`, `Mark Johnson`; not `Martin Luther King Park`."""
        if self._in("minors", at) or self._in("strangers", at):
            return None
        given = self._in("given", at) or self._in("more_given", at)
        weak = not given and self._in("given_words", at)
        if (not given and not weak) or self.words[at].text.endswith("'s"):
            return None
        if self._place_before(at) or self._place_follows(at):
            return None
        end = at + 1
        while self._initial(end):
            end += 1
        if not self._can_be(end) or self.words[end].after_comma or self.words[end].begins_sentence:
            return None
        surname = self._in("surnames", end) or self._in("more_surnames", end)
        if weak and not (surname and (not self.capitals or (self._stands_out(end) and self._upper[at]))):
            return None
        fits = (
            surname
            or self._stands_out(end)
            or (not self.capitals and not self._in("common_words", end) and not self._is_word(end))
        )
        return Match(at, end + 1) if fits and self._may_be_capital(at) else None

    def _single(self, at: int) -> Match | None:
        """`Brenda just laughed`, `the driver, Hassan,`; a given name that is no word, written like a name."""
        text = self.words[at].text
        bare = text.removesuffix("'s")
        given = bare in self.lists["given"] or bare in self.lists["more_given"]
        if not given or self._in("not_single", at) or bare in self.lists["not_single"]:
            return None
        if self._place_before(at) or self._place_follows(at):
            return None
        if not self._upper[at]:
            return None
        if text.endswith("'s") and not self._in("kin", at + 1) and not self._in("belongings", at + 1):
            return None
        return Match(at, at + 1)

    # --- what a word can be

    def _of_a_pet(self, match: Match) -> bool:
        at = match.first
        near = range(max(0, at - _PETS), min(len(self.words), at + _PETS))
        if self.pets:
            # A pet's own name is what everybody has to know; that of a person with a title or a surname isn't.
            full = match.end - at > 1 and (
                self._in("surnames", match.end - 1) or self._in("more_surnames", match.end - 1)
            )
            return not self._in("name_titles", at) and not full
        return any(self._in("pet_words", now) for now in range(max(0, at - 3), at)) and not any(
            self.words[now].text in ("who", "quien") for now in near
        )

    def _is_known(self, at: int) -> bool:
        return any(self._in(name, at) for name in ("given", "given_words", "surnames", "more_given", "more_surnames"))

    def _stands_out(self, at: int) -> bool:
        """Whether the word has a capital that the beginning of a sentence doesn't explain."""
        return at < len(self.words) and self.capitals and self._upper[at] and not self.words[at].begins_sentence

    def _may_be_capital(self, at: int) -> bool:
        return not self.capitals or self._upper[at]

    def _can_be(self, at: int) -> bool:
        if at >= len(self.words) or self.words[at].begins_sentence or self.words[at].is_number:
            return False
        barred = any(self._in(name, at) for name in ("not_names", "common_words")) and not self._in("given", at)
        return len(self.words[at].text) > 1 and not barred and not self._in("name_titles", at)

    def _is_word(self, at: int) -> bool:
        return any(
            self._in(name, at)
            for name in (
                "presence",
                "things",
                "people",
                "strangers",
                "places_of_ours",
                "takeable",
                "kin",
                "places",
                "acting",
            )
        )

    def _initial(self, at: int) -> bool:
        return (
            at < len(self.words)
            and len(self.words[at].text) == 1
            and self.words[at].text.isalpha()
            and self.words[at].text not in ("a", "y", "o", "e", "i")
        )

    def _counted(self, at: int) -> bool:
        return at < len(self.words) and self._in("counted", at)

    def _place_follows(self, at: int) -> bool:
        for now in range(at + 1, min(at + 4, len(self.words))):
            if self.words[now].begins_sentence or self.words[now].after_comma:
                return False
            if self._in("places", now) or self._in("more_places", now):
                return True
            if self._in("not_names", now):
                return False
        return False

    def _place_before(self, at: int) -> bool:
        """`calle Benito Juarez`, `Santa Rosa`, `on Jefferson`."""
        for now in range(at - 1, max(-1, at - 4), -1):
            if self.words[now + 1].begins_sentence:
                return False
            if self.words[now].text == "de" and now > 0 and self._in("places_first", now - 1):
                return True
            if self._in("places_first", now):
                return True
            if not self._stands_out(now) and not self._in("given", now):
                return False
        return False

    def _end(self, name: str, at: int) -> int:
        return self.lists[name].end(self.words, at) if name in self.lists else at

    def _in(self, name: str, at: int) -> bool:
        return at < len(self.words) and self._end(name, at) > at
