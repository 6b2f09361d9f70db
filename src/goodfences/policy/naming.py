"""Finding the names of victims, witnesses and callers.

Case says nothing here, or else writing in capitals would hide a name: a name is known by a title, by the role
before it, by the list of given names, or by what happened to the one who bears it.
"""

from __future__ import annotations

from collections.abc import Sequence

from goodfences.policy.words import Words
from goodfences.reading.phrases import Match
from goodfences.reading.reader import Word

_BEFORE = 5  # words before a name that can say whose it is


class Naming:
    """One text, read for names."""

    def __init__(self, words: Sequence[Word], lists: Words) -> None:
        self.words = words
        self.lists = lists.lists

    def named(self) -> Match | None:
        """The first person who is named and isn't known to be anyone but a victim, a witness or a caller."""
        for at in range(len(self.words)):
            found = self._titled(at) or self._called(at) or self._role(at) or self._full(at) or self._single(at)
            if found:
                return found
        return None

    def _titled(self, at: int) -> Match | None:
        """`Mr. Smith`, not `Dr. King Boulevard` nor `Oak Dr and 5th`."""
        title = self.words[at].text
        weak = title in self.lists["weak_titles"] and self._given(at + 1, "given", "surnames")
        if not weak and (title not in self.lists["titles"] or (title == "dr" and self._street_before(at))):
            return None
        if self._sought(at) or not self._can_be_name(at + 1):
            return None
        end = at + 2
        while self._can_be_name(end) and not self.words[end].after_comma and end < at + 4:
            end += 1
        return None if self._place_follows(at + 1) else Match(at, min(end, at + 3))

    def _called(self, at: int) -> Match | None:
        """`the victim's name is Priya`, `a witness named Lee`."""
        role = self.words[at].text
        end = at + 1
        if role.endswith("'s") and role[:-2] in self.lists["roles"]:
            end = self._skip(end, ("full", "first", "last", "given", "real"))
            if not self._word(end, "name", "names"):
                return None
            end = self._skip(end + 1, ("is", "was", "as", "being", "given"))
        elif role in self.lists["roles"]:
            end = self._skip(end, ("is", "was", "has", "been", "identified", "only", "publicly"))
            if not self._word(end, "named", "called") and not self._word(end - 1, "identified"):
                return None
            end = self._skip(end, ("named", "called", "as"))
        else:
            return None
        fits = self._can_be_name(end) and self.words[end].text not in self.lists["people"]
        return Match(at, end + 1) if fits and not self.words[end].is_number else None

    def _role(self, at: int) -> Match | None:
        """`the victim, Maria Lopez`, `witness Karen Olsen`, `Victim: Rivera, Carlos`."""
        now = self.lists["roles"].end(self.words, at)
        if now == at or now >= len(self.words) or self.words[now].begins_sentence:
            return None
        given = self._given(now, "given", "given_words") and not self._place_follows(now)
        if given and self._goes_on(now + 1):
            return Match(at, self._name_end(now))
        surname = next((after for after in (now, now + 1) if self._surname(after)), None)
        if surname is None or not self._can_be_name(now) or self._place_follows(surname):
            return None
        return Match(at, surname + 1)

    def _full(self, at: int) -> Match | None:
        """`Peter Jones of Oak Street`, not `Helen Keller School` and nobody who is looked for."""
        if not self._given(at, "given") or self.words[at].text.endswith("'s"):
            return None
        if self._place_before(at) or self._place_follows(at):
            return None
        end = self._name_end(at)
        if self._sought(at) and not self._victim_after(end):
            return None
        return Match(at, end) if end > at + 1 else None

    def _victim_after(self, end: int) -> bool:
        """Whether the name that ends here is said to be a victim's: `…, the victim`, `…, who was shot`."""
        role = self._skip(end, ("the", "a", "an", "our", "one", "of", "who", "is", "was"))
        if self._in("roles", role) and (role > end or self.words[role].after_comma):
            return True
        passive = self._skip(end, ("who", "that"))
        harmed = self._skip(passive, ("was", "were", "had", "has", "been", "got"))
        return harmed > passive and self._in("attacked_people", harmed)

    def _single(self, at: int) -> Match | None:
        """`Emily, the girl who`, `robbed Emily`, `Emily was followed`, `the shooting of Emily`."""
        if not self._given(at, "given") or self.words[at].text.endswith("'s"):
            return None
        if self._place_follows(at):
            return None
        if self._sought(at):
            return Match(at, at + 1) if self._victim_after(at + 1) else None
        now = self._skip(at + 1, ("was", "had", "has", "been", "who", "is", "were", "had", "then", "later"))
        follows = (self._in("harmed", now) and now > at + 1) or self._in("told", at + 1)
        if follows and not self.words[at + 1].begins_sentence:
            return Match(at, now + 1)
        before = self.words[at - 1].text if at > 0 else ""
        whose = before == "of" and at > 1 and self.words[at - 2].text in self.lists["crimes"]
        if not self.words[at].begins_sentence and (before in self.lists["harmed"] or whose):
            return Match(at, at + 1)
        after = self.words[at + 1] if at + 1 < len(self.words) else None
        aside = (
            after is not None
            and after.after_comma
            and after.text in ("the", "a", "an", "who", "aged", "age", "whose")
        )
        return Match(at, at + 1) if aside and not self._place_before(at) else None

    def _name_end(self, at: int) -> int:
        """Where a name that begins with the given name at `at` ends: initials, and one more that can be a name."""
        end = at + 1
        while (
            end < len(self.words)
            and len(self.words[end].text) == 1
            and self.words[end].text.isalpha()
            and end < at + 3
        ):
            end += 1
        goes_on = self._can_be_name(end) and not self.words[end].after_comma
        return end + 1 if goes_on and not self._in("things", end) else at + 1

    def _can_be_name(self, at: int) -> bool:
        if at >= len(self.words) or self.words[at].begins_sentence or self.words[at].is_number:
            return False
        text = self._bare(at)
        if text in self.lists["surnames"] or text in self.lists["given"]:
            return True
        lists = ("not_names", "places", "told", "roles", "ranks", "neutral", "harmed")
        return len(text) > 1 and not any(text in self.lists[name] for name in lists)

    def _goes_on(self, at: int) -> bool:
        """Whether what follows a given name leaves it one: no `hope for`, `witness will be`."""
        return (
            at >= len(self.words) or self.words[at].begins_sentence or self.words[at].text not in ("be", "for", "to")
        )

    def _given(self, at: int, *names: str) -> bool:
        return at < len(self.words) and any(self._bare(at) in self.lists[name] for name in names)

    def _surname(self, at: int) -> bool:
        return (
            at < len(self.words) and not self.words[at].begins_sentence and self._bare(at) in self.lists["surnames"]
        )

    def _bare(self, at: int) -> str:
        return self.words[at].text.removesuffix("'s").strip("@$")

    def _sought(self, at: int) -> bool:
        """Whether the words before say that this is one who is looked for, or an officer."""
        for now in range(max(0, at - _BEFORE), at):
            if any(self.lists[name].end(self.words, now) > now for name in ("sought", "ranks")):
                between = self.words[now + 1 : at + 1]
                return not any(word.begins_sentence or word.text in self.lists["harmed"] for word in between)
        return False

    def _place_before(self, at: int) -> bool:
        return (
            at > 0
            and not self.words[at].begins_sentence
            and self.words[at - 1].text in self.lists["place_words_before"]
        )

    def _street_before(self, at: int) -> bool:
        """Whether this is the `Dr` of `Oak Dr`: something that can be a name stands before it."""
        return not self.words[at].begins_sentence and self._can_be_name(at - 1)

    def _place_follows(self, at: int) -> bool:
        """Whether the name at `at` is that of a place: `Robert Frost Elementary`."""
        for now in range(at + 1, min(at + 5, len(self.words))):
            if self.words[now].begins_sentence or self.words[now].after_comma:
                return False
            if self.lists["places"].end(self.words, now) > now:
                return True
            if self.words[now].text in self.lists["not_names"]:
                return False
        return False

    def _skip(self, at: int, texts: tuple[str, ...]) -> int:
        while self._word(at, *texts):
            at += 1
        return at

    def _word(self, at: int, *texts: str) -> bool:
        return at < len(self.words) and not self.words[at].begins_sentence and self.words[at].text in texts

    def _in(self, name: str, at: int) -> bool:
        return (
            at < len(self.words) and not self.words[at].begins_sentence and self.lists[name].end(self.words, at) > at
        )
