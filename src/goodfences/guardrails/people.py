"""Who a post is about and what they did: strangers, acts, origins, what a camera could show.

Nothing here knows one group from another: a word of origin is a word of origin (see `lexicon`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from goodfences.guardrails.lexicon import Lexicon, is_had
from goodfences.reading.phrases import Match
from goodfences.reading.reader import Word

_BACK = 7  # words before an act in which it is said that it wasn't done
_AFTER = 3  # sentences after the mention of somebody that may still tell of them
_REACH = 5  # words between a person and what is said of them
_ADULT = 18
_VEHICLES = ("truck", "car", "van", "pickup", "suv", "camioneta", "carro", "troca", "coche")
_ACCENTS = ("thick", "heavy", "foreign", "strong", "extranjero", "raro", "marcado")
_BREAKS = {"but", "and", "then", "pero", "y", "e", "luego", "entonces", "n", "&"}


@dataclass(frozen=True)
class Mention:
    """Somebody, by words `first` up to but without `end`."""

    first: int
    end: int
    introduced: bool
    minor: bool = False

    @property
    def match(self) -> Match:
        return Match(self.first, self.end)


@dataclass(frozen=True)
class Act:
    first: int
    end: int
    told_of_nobody: bool  # `my bike was stolen`, `a break-in`


class Scene:
    """One text, read for people."""

    def __init__(self, words: Sequence[Word], lexicon: Lexicon) -> None:
        self.words = words
        self.lists = lexicon.lists
        self.phrases = lexicon.phrases
        self.lexicon = lexicon
        self.sentence: list[int] = []
        self._starts: list[int] = []
        for at, word in enumerate(words):
            self.sentence.append((self.sentence[-1] if at else 0) + word.begins_sentence)
            self._starts.append(at if word.begins_sentence or not at else self._starts[-1])

    # --- who

    @cached_property
    def strangers(self) -> list[Mention]:
        """Everybody whom the author doesn't know, as far as the text tells; pronouns where there is nobody else."""
        found = [*self._nouns(), *(self._origin_mentions())]
        if not found:
            found = list(self._pronouns())
        unique = {mention.first: mention for mention in sorted(found, key=lambda each: each.end)}
        return sorted(unique.values(), key=lambda each: each.first)

    def _nouns(self) -> Iterator[Mention]:
        at = 0
        while at < len(self.words):
            end = max(self._end("strangers", at), self._end("slurs", at))
            if end == at and self._is_code(at):
                end = at + 1
            if end == at and self._end("people", at) > at and self._is_some(at):
                end = self._end("people", at)
            if end > at and (self._is_anyone(at) or self._is_no_child(at)):
                end = at
            if end > at and not self._is_own(at) and not self._is_thing(end) and not self._shouted(at):
                yield Mention(at, end, self._is_introduced(at), self._is_minor(at))
            at = max(end, at + 1)

    def _is_no_child(self, at: int) -> bool:
        """`bicicleta de niño`, `girl scouts`: a word for a child and no child."""
        return self._end("minors", at) > at and not self._is_minor(at) and not self._is_grown(self._end("minors", at))

    def _is_anyone(self, at: int) -> bool:
        """`Does someone know`, `alguien sabe`: nobody in particular, unless something is said of where they are."""
        if self.words[at].text not in ("someone", "somebody", "alguien", "someone's"):
            return False
        if self._in("asking", at + 1):
            return True
        after = range(at + 1, min(len(self.words), at + 7))
        return not any(
            self._in("presence", now) or self.phrases["suspicion"].end(self.words, now) > now
            for now in after
            if not self.words[now].begins_sentence
        )

    def _pronouns(self) -> Iterator[Mention]:
        if self.calls or any(self._in("kin", at) for at in range(len(self.words))):
            return
        for at, word in enumerate(self.words):
            if self.lexicon.language == "en":
                if word.text in ("he", "she", "he's", "she's", "hes", "shes"):
                    yield Mention(at, at + 1, introduced=at == 0)
            elif word.text in ("ese", "esa", "esos", "esas", "ella", "ellos") and self._in("presence", at + 1):
                yield Mention(at, at + 1, introduced=True)
            elif self._is_he_of(at):
                yield Mention(at, at + 2, introduced=True)

    def _is_he_of(self, at: int) -> bool:
        """`El de la sudadera`, `los que viven ahi`: Spanish needs no word for somebody."""
        article = self.words[at].begins_sentence and self.words[at].text in ("el", "la", "los", "las")
        return article and at + 1 < len(self.words) and self.words[at + 1].text in ("de", "que")

    def _origin_mentions(self) -> Iterator[Mention]:
        for match in self.origins:
            yield self.mention_of(match)

    def mention_of(self, origin: Match) -> Mention:
        """Who an origin describes: somebody new (`a Black guy`), or told of already (`Caucasian, fifties maybe`)."""
        first = max(self._start(origin.first), origin.first - 3)
        counted = any(self.words[now].text in self.lists["indefinite"] for now in range(first, origin.first))
        named = any(self._person(now) for now in range(origin.first, origin.end))
        return Mention(origin.first, origin.end, counted or (named and origin.first == self._start(origin.first)))

    def _is_some(self, at: int) -> bool:
        """Whether `people` are certain people: `two people`, `some people`, `the family`."""
        if self.words[at].text in ("couple", "pareja", "family", "familia") and self._seems(at):
            return True
        before = self.words[at - 1].text if at > 0 and not self.words[at].begins_sentence else ""
        return before in self.lists["some"] or before in self.lists["indefinite"]

    def _seems(self, at: int) -> bool:
        """`sketchy couple`, `pareja sospechosa`."""
        near = (
            now
            for now in (at - 1, at + 1)
            if 0 <= now < len(self.words) and not self.words[max(now, at)].begins_sentence
        )
        return any(self.phrases["suspicion"].end(self.words, now) > now for now in near)

    def _is_introduced(self, at: int) -> bool:
        first = max(self._start(at), at - 4)
        return at == self._start(at) or any(
            self.words[now].text in self.lists["indefinite"] for now in range(first, at)
        )

    def _is_own(self, at: int) -> bool:
        """`my husband`, `I'm a Black woman`: nobody unknown."""
        for now in range(max(self._start(at), at - 4), at):
            if self.words[now].text in self.lists["possessive"] and not any(
                self.words[between].after_comma or self._in("presence", between) for between in range(now + 1, at + 1)
            ):
                return True
        return False

    def _is_thing(self, end: int) -> bool:
        return (
            end < len(self.words)
            and not self.words[end].begins_sentence
            and not self.words[end].after_comma
            and self.lexicon.language == "en"
            and self.words[end].text in self.lists["things"]
            and self.words[end].text not in ("new", "out", "in")
        )

    def _shouted(self, at: int) -> bool:
        """A slur that somebody shouted describes nobody."""
        said = any(self.words[now].text in self.lists["shouted"] for now in range(max(self._start(at), at - 4), at))
        return said and max(self._end("slurs", at), self._end("slurs_of_origin", at)) > at

    def _is_code(self, at: int) -> bool:
        return "/" in self.words[at].text and self._in("race_codes", at)

    # --- minors

    def _is_minor(self, at: int) -> bool:
        end = self._end("minors", at)
        if end == at or self._is_grown(end):
            return False
        return not any(self._end("not_minors", now) > at for now in range(max(self._start(at), at - 3), at + 1))

    def _is_grown(self, end: int) -> bool:
        """`girls in their twenties`, `muchachas de veintitantos`."""
        after = {word.text for word in self.words[end : end + 4]}
        return bool(
            after & {"twenties", "thirties", "forties", "20s", "30s", "40s", "veintitantos", "treintanos", "treinta"}
        )

    @cached_property
    def minors(self) -> list[Mention]:
        """Every child or teenager who isn't the author's own."""
        found = [
            Mention(at, self._end("minors", at), self._is_introduced(at), True)
            for at in range(len(self.words))
            if self._is_minor(at) and not self._is_own(at) and not self._is_thing(self._end("minors", at))
        ]
        return found + [Mention(at, at + 2, True, True) for at in self._young_ages()]

    def _young_ages(self) -> Iterator[int]:
        for at, word in enumerate(self.words):
            after = self.words[at + 1].text if at + 1 < len(self.words) else ""
            old = self.words[at + 2].text if at + 2 < len(self.words) else ""
            digits = word.text.removesuffix("yo")
            if not digits.isdigit() or not 1 <= int(digits) < _ADULT:
                continue
            said = (
                digits != word.text
                or after == "yo"
                or (after in ("year", "years", "yr", "yrs") and old in ("old", "olds"))
            )
            de = at > 0 and self.words[at - 1].text in ("de", "unos", "como") and after in ("anos", "anitos")
            if (said or de) and not self._is_own(at):
                yield at

    # --- origin

    @cached_property
    def origins(self) -> list[Match]:
        """Where somebody is described by where they seem to come from or what they seem to believe."""
        found: list[Match] = []
        at = 0
        while at < len(self.words):
            match = self._origin(at)
            if match and not self._is_own(match.first) and not self._is_own(at):
                found.append(match)
            at = max(match.end if match else at, at + 1)
        return found

    def _origin(self, at: int) -> Match | None:
        if self._is_code(at):
            return Match(at, at + 1)
        sign = self._end("origin_signs", at)
        if sign > at:
            return Match(at, sign)
        return self._speaking(at) or self._from(at) or self._said_of_person(at)

    def _speaking(self, at: int) -> Match | None:
        """`a heavy Russian accent`, `speaking Arabic`, `with a Mexican flag`."""
        spoken = max(self._end("languages", at + 1), self._plain(at + 1)) if at + 1 < len(self.words) else at + 1
        if self._in("speaking", at) and spoken > at + 1 and self._somebody_near(at):
            return Match(at, spoken)
        plain = self._plain(at)
        if self._in("accents", at):
            near = range(max(self._start(at), at - 3), min(len(self.words), at + 5))
            thick = any(
                self._plain(now) > now or self._in("origin_places", now) or self.words[now].text in _ACCENTS
                for now in near
            )
            return Match(at, at + 1) if thick else None
        if plain > at:
            after = plain
            while after < min(len(self.words), plain + 3) and (
                self._plain(after) > after or self.words[after].text in ("or", "and", "maybe")
            ):
                after += 1
            for said, found in ((after, Match(at, after + 1)), (at - 1, Match(at - 1, plain))):
                if said < 0 or not (self._in("accents", said) or self._in("flags", said)):
                    continue
                if self._in("accents", said) or self._flies(at):
                    return found
        return None

    def _flies(self, at: int) -> bool:
        """Whether a flag is somebody's or a vehicle's, and not one's own: `a guy with a … flag on his truck`."""
        sentence = [now for now in range(self._start(at), len(self.words)) if self.sentence[now] == self.sentence[at]]
        if any(self.words[now].text in self.lists["possessive"] for now in sentence):
            return False
        return any(self._person(now) or self.words[now].text in _VEHICLES for now in sentence)

    def _from(self, at: int) -> Match | None:
        """`he's from the reservation`, `guys from Guatemala`."""
        if self.words[at].text not in ("from", "de", "del"):
            return None
        end = max(self._end("origin_places", at + 1), self._quarter(at + 1))
        if end == at + 1:
            return None
        near = range(max(self._start(at), at - 6), at)
        said = any(self._person(now) or self.words[now].text in self.lists["pronouns"] for now in near)
        return Match(at, end) if said and not any(self._thing(now) for now in near) else None

    def _quarter(self, at: int) -> int:
        """Where `the Mexican neighborhood`, `barrio chino` that begins at `at` ends; `at` if none does."""
        now = at + 1 if at < len(self.words) and self.words[at].text in ("the", "that", "el", "la", "ese") else at
        if self.lexicon.language == "es":
            return self._plain(now + 1) if self._in("quarters", now) and self._in("origin_plain", now + 1) else at
        end = self._plain(now) if now < len(self.words) else now
        return end + 1 if end > now and self._in("quarters", end) else at

    def _said_of_person(self, at: int) -> Match | None:
        plain, color = self._plain(at), self._end("origin_colors", at)
        noun = self._end("origin_nouns", at)
        end = max(plain, color, noun)
        if end == at or self._shouted(at):
            return None
        while (
            end < len(self.words)
            and not self.words[end].begins_sentence
            and (self._in("race_ends", end) or self._in("race_ends_more", end))
            and not self._person(end)
        ):
            end += 1
        return (
            self._beside(at, end)
            or self._predicate(at, end)
            or self._after_relative(at, end)
            or self._elided(at, end)
            or self._alone(at, end, named=plain > at, noun=noun > at)
        )

    def _beside(self, at: int, end: int) -> Match | None:
        """`Black man`, `Hispanic or Asian young men`; `hombre negro`, `mujer de origen arabe`."""
        spanish = self.lexicon.language == "es"
        now = end
        if not spanish:
            while now < min(len(self.words), end + _REACH) and not self.words[now].begins_sentence:
                if self._person(now):
                    stop = now + 1
                    while stop < len(self.words) and self._person(stop) and not self.words[stop].begins_sentence:
                        stop += 1
                    return None if self._is_thing(stop) else Match(at, stop)
                if not self._in("between", now) and not self._plain(now) > now and not self._in("origin_colors", now):
                    break
                now += 1
        now = at - 1
        start = self._start(at)
        while now >= max(start, at - _REACH):
            if self._person(now):
                near = now == at - 1 or not spanish
                separated = self.words[at].after_comma or self.words[at].is_number
                if spanish or (separated and self._stands(end)):
                    return Match(now, end) if near or spanish else None
                return None
            if (
                not self._in("between", now)
                and not self.words[now].is_number
                and self._plain(now) == now
                and not self._in("origin_colors", now)
            ):
                break
            now -= 1
        return None

    def _predicate(self, at: int, end: int) -> Match | None:
        """`the guy was Black`, `because he's Mexican`, `creo que hindu`."""
        if not self._stands(end):
            return None
        now, said = at - 1, False
        start = self._start(at)
        if (
            now >= start
            and self.words[now].text in ("in", "of", "the", "with", "on", "de", "con", "en", "del", "a")
            and not (
                self.words[now].text == "of"
                and now > start
                and self.words[now - 1].text in ("kind", "sort", "type", "some")
            )
        ):
            return None
        while now >= max(start, at - _REACH - 2):
            word = self.words[now].text
            if word in ("he's", "she's", "they're", "hes", "shes") or (
                said and (self._person(now) or word in self.lists["pronouns"] or self._in("strangers", now))
            ):
                return Match(now, end)
            if self._in("said_of", now) or self._in("said_of_more", now) or word in ("not",):
                said = True
            elif not self._in("between", now):
                return None
            now -= 1
        return None

    def _after_relative(self, at: int, end: int) -> Match | None:
        """`the guy who took my bike was Black`."""
        now = at - 1
        while now > self._start(at) and self._in("said_of_more", now) and not self._in("copulas", now):
            now -= 1
        if now <= self._start(at) or not self._in("copulas", now) or not self._stands(end):
            return None
        who = [
            before
            for before in range(self._start(at) + 1, now)
            if self.words[before].text in ("who", "that", "que", "quien")
        ]
        told = bool(who) and self._person(who[0] - 1)
        return Match(at, end) if told else None

    def _elided(self, at: int, end: int) -> Match | None:
        """`porque sea negro`, `es indigena`: Spanish says nobody and means somebody."""
        now = at - 1
        while now >= self._start(at) and self.words[now].text in (
            "muy",
            "medio",
            "un",
            "una",
            "algo",
            "como",
            "bien",
        ):
            now -= 1
        copula = now >= self._start(at) and self._in("copulas", now)
        things = any(self._thing(before) for before in range(self._start(at), max(now, 0)))
        return Match(at, end) if copula and not things and self._stands(end) else None

    def _alone(self, at: int, end: int, *, named: bool, noun: bool) -> Match | None:
        """`two Hispanics`, `un negro`, `Caucasian, fifties`: the word stands for the person."""
        before = self.words[at - 1].text if at > self._start(at) else ""
        begins = at == self._start(at) or self.words[at].after_comma
        if self.lexicon.language == "es":
            counted = before in self.lists["indefinite"] or before in (
                "el",
                "la",
                "los",
                "las",
                "ese",
                "esa",
                "esos",
                "esas",
                "de",
                "del",
                "al",
                "puro",
                "puros",
                "mas",
                "par",
                "este",
                "esta",
                "los",
                "tipo",
            )
            if before in ("de", "del"):
                first = self.words[at - 2].text if at - 2 >= self._start(at) else ""
                counted = first in (
                    "par",
                    "grupo",
                    "monton",
                    "bola",
                    "banda",
                    "lleno",
                    "familia",
                    "bunch",
                    "origen",
                    "algo",
                    "tipo",
                    "pinta",
                    "cara",
                )
            follows = end < len(self.words) and self._thing(end) and not self.words[end].after_comma
            bare = begins and (named or self._stands(end)) and not (at > 0 and self._thing(at - 1))
            clause_of_thing = not named and any(self._thing(now) for now in range(max(self._start(at), at - 3), at))
            return Match(at, end) if (counted or bare) and not follows and not clause_of_thing else None
        if noun and self._stands(end) and before not in ("the",):
            return Match(at, end)
        if noun and before == "the" and self._stands(end) and self.words[end - 1].text.endswith("s"):
            return Match(at, end)
        bare = begins and named and self._stands(end) and not self._thing(end)
        return Match(at, end) if bare and self._somebody_near(at) else None

    def _plain(self, at: int) -> int:
        return max(self._end("origin_plain", at), self._end("skin_tones", at) if self._in("skin", at + 1) else at)

    def _stands(self, end: int) -> bool:
        """Whether nothing follows that the word could belong to."""
        if end >= len(self.words) or self.words[end].begins_sentence or self.words[end].after_comma:
            return True
        if self._thing(end):
            return False
        word = self.words[end]
        return (
            word.is_number
            or self._in("not_names", end)
            or self._in("presence", end)
            or self._in("between", end)
            or self._in("said_of_more", end)
            or self._is_verb(end)
            or word.text in _BREAKS
            or self._in("suspects", end)
        )

    def _is_verb(self, at: int) -> bool:
        return self.phrases["acts"].end(self.words, at) > at or self.words[at].text.endswith(
            ("ing", "ed", "aron", "ieron", "ando", "iendo", "aba", "aban")
        )

    def _somebody_near(self, at: int) -> bool:
        start = self._start(at)
        stop = at
        while stop < len(self.words) and (stop == at or not self.words[stop].begins_sentence):
            stop += 1
        return any(
            self._person(now)
            or self.words[now].text in self.lists["pronouns"]
            or self._in("presence", now)
            or self._in("acts_first", now)
            for now in range(start, stop)
        )

    def _person(self, at: int) -> bool:
        return at < len(self.words) and (self._end("strangers", at) > at or self._end("people", at) > at)

    def _thing(self, at: int) -> bool:
        return at < len(self.words) and self._end("things", at) > at

    # --- what they did

    @cached_property
    def acts(self) -> list[Act]:
        """Everything that was done, as far as it isn't denied, feared or the author's own doing."""
        found = []
        sure = {match.first for match in self.phrases["sure"].matches(self.words)}
        asked = {now for match in self.calls for now in range(match.first, match.end)}
        for match in self.phrases["acts"].matches(self.words):
            told = match.first > 0 and self.words[match.first - 1].text in ("who", "that", "que")
            if match.first in asked and not told:
                continue
            if match.first not in sure and (self._not_done(match.first) or self._done_by_others(match.first)):
                continue
            found.append(Act(match.first, match.end, self._is_passive(match.first)))
        for match in self.phrases["sure"].matches(self.words):
            found.append(Act(match.first, match.end, False))
        for match in self._done_to_us():
            if match.first not in asked and not self._not_done(match.first) and not self._done_by_others(match.first):
                found.append(Act(match.first, match.end, told_of_nobody=False))
        for match in self.phrases["done"].matches(self.words):
            if not self._not_done(match.first):
                found.append(Act(match.first, match.end, True))
        return found

    def _done_to_us(self) -> Iterator[Match]:
        """A verb that no list knows, done to the author or what is the author's: `swindled my aunt`, `me timo`."""
        for at in range(len(self.words) - 1):
            word, after = self.words[at], self.words[at + 1]
            if after.begins_sentence:
                continue
            if self.lexicon.language == "en":
                verb, object_ = word.text, after.text in ("my", "our", "me", "us", "someone", "somebody")
                past = verb.endswith("ed") and len(verb) > 4
            else:
                verb, object_ = after.text, word.text in ("me", "nos")
                past = verb.endswith(("aron", "ieron")) or (
                    verb.endswith("o") and len(verb) > 3 and not verb.endswith(("ndo", "ado", "ido"))
                )
            known = self.lists["harmless_verbs"], self.lists["presence"]
            if object_ and past and not any(verb in each for each in known):
                yield Match(at, at + 2)

    @cached_property
    def calls(self) -> list[Match]:
        """Calls to act against somebody: what they ask for wasn't done."""
        spared = {
            now
            for match in self.phrases["call.confront spared"].matches(self.words)
            for now in range(match.first, match.end)
        }
        return [
            match
            for match in self.phrases["call.confront"].matches(self.words)
            if not spared & set(range(match.first, match.end))
        ]

    def _not_done(self, at: int) -> bool:
        first = self._start(at)
        now = at - 1
        while now >= max(first, at - _BACK):
            if self.words[now].text in _BREAKS or self.words[now + 1].after_comma or self._relative(now):
                first = now + 1
                break
            now -= 1
        return any(
            at >= self._end("not_done", now) > now
            for now in range(max(first, at - _BACK), at)
            if not (self.words[now].text == "no" and self._no_of_a_thing(now))
        )

    def _no_of_a_thing(self, at: int) -> bool:
        """`house no. 88`, `a man with no badge tried`: nothing that was done is denied."""
        before = self.words[at - 1].text if at > 0 else ""
        return self.words[at + 1].is_number or before in ("with", "had", "has", "have", "of", "and")

    def _relative(self, at: int) -> bool:
        """`the guy who`, `al que`: what follows was done, whatever is asked or feared before."""
        if self.words[at].text in ("who", "quien", "quienes"):
            return True
        before = self.words[at - 1].text if at > 0 else ""
        articles = ("el", "la", "los", "las", "al", "del", "ese", "esa", "esos")
        return self.words[at].text == "que" and (before in articles or (at > 0 and self._person(at - 1)))

    def _done_by_others(self, at: int) -> bool:
        return any(
            self.words[now].text in self.lists["others_act"] for now in range(max(self._start(at), at - 2), at)
        )

    def _is_passive(self, at: int) -> bool:
        near = range(max(self._start(at), at - 2), at)
        if not any(self.words[now].text in self.lists["passive_before"] for now in near):
            return False
        if self.words[at].text.endswith(("ing", "ndo", "in")):
            return False
        return not any(self.words[now].text in ("by", "por") for now in range(at + 1, min(len(self.words), at + 9)))

    def is_linked(self, mention: Mention) -> bool:
        """Whether the text tells an act of this person, or of somebody whom this sentence goes on about."""
        here = self.sentence[mention.first]
        present = self._is_present(here)
        for act in self.acts:
            there = self.sentence[act.first]
            if act.told_of_nobody:
                if not present:
                    return True
            elif here <= there <= here + _AFTER or (there < here and (not present or not mention.introduced)):
                return True
        return False

    def _is_present(self, sentence: int) -> bool:
        """Whether the sentence only says that somebody is there."""
        return sentence in self._present

    @cached_property
    def _present(self) -> set[int]:
        acting = {now for act in self.acts for now in range(act.first, act.end)}
        return {
            self.sentence[now] for now in range(len(self.words)) if now not in acting and self._in("presence", now)
        }

    def is_in_need(self, mention: Mention) -> bool:
        """Whether somebody was hurt, is lost, lost something, or did something kind."""
        here = self.sentence[mention.first]
        return any(
            self.sentence[match.first] in (here, here + 1) and not self._not_done(match.first) for match in self.needs
        ) or self._is_victim(mention)

    @cached_property
    def needs(self) -> list[Match]:
        return list(self.lists["need"].matches(self.words))

    def _is_victim(self, mention: Mention) -> bool:
        """`a man was mugged`; `asaltaron a un hombre`."""
        for act in self.acts:
            passive = act.told_of_nobody and 0 < act.first - mention.end < 3
            after = self.words[mention.end].text if mention.end < len(self.words) else ""
            if passive and after in self.lists["passive_before"]:
                return True
        return False

    # --- what a camera could show

    @cached_property
    def features(self) -> list[tuple[str, int]]:
        """The class and place of everything that people can be told apart by."""
        found = []
        for name, phrases in self.lexicon.features.items():
            for match in phrases.matches(self.words):
                if self._is_feature(name, match.first):
                    found.append((name, match.first))
        found += [("height", at) for at, word in enumerate(self.words) if word.is_height]
        return sorted(found, key=lambda each: each[1])

    def _is_feature(self, name: str, at: int) -> bool:
        near = range(max(self._start(at), at - 3), at)
        if any(self.words[now].text in self.lists["possessive"] for now in near):
            return False
        if not is_had(name):
            return True
        if at == self._start(at) or self.words[at].after_comma:
            return name == "with_things"
        taken = any(act.first < at < act.end + 1 for act in self.acts)
        had = any(self.lexicon.had.end(self.words, now) > now for now in near)
        if name == "vehicle":
            return had and not taken and self.words[at - 1].text not in ("the", "el", "la", "parked")
        return (
            had or self.words[at - 1].text in _BREAKS or self.words[at - 1].text in self.lists["indefinite"]
        ) and not taken

    @property
    def feature_count(self) -> int:
        """How many features there are beside origin: two words of one class are one."""
        return len({name for name, _ in self.features})

    # --- words

    def _start(self, at: int) -> int:
        return self._starts[at]

    def _end(self, name: str, at: int) -> int:
        return self.lists[name].end(self.words, at) if name in self.lists else at

    def _in(self, name: str, at: int) -> bool:
        return at < len(self.words) and self._end(name, at) > at
