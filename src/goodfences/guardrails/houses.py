"""Finding houses in a post: a street with a number, a flat, a point on the map, `#12`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goodfences.guardrails.contacts import Seen, Span
from goodfences.guardrails.lexicon import Lexicon
from goodfences.reading.addresses import Addresses, point_in
from goodfences.reading.phrases import Match
from goodfences.reading.reader import Word

_BEFORE_A_HOUSE = ("at", "of", "from", "outside", "to", "behind", "by")
_LONGEST = 5  # digits of a house number, with a letter


def houses(seen: Seen, words: Sequence[Word], lexicon: Lexicon) -> Iterator[Span]:
    """Every one of them, in the order of the text; some twice, where two ways find them."""
    point = point_in(seen.text)
    if point:
        at = seen.text.index(point)
        yield seen.span(at, at + len(point))
    found = [*Addresses(words, lexicon.lists).all_in_sentences(), *_numbered(seen, words, lexicon)]
    for match in sorted(found, key=lambda each: (each.first, -each.end)):
        yield words[match.first].start, words[match.end - 1].end


def _numbered(seen: Seen, words: Sequence[Word], lexicon: Lexicon) -> Iterator[Match]:
    """`Alondra #1427`, `int. 12`, `local 210`, `2209 N Walnut`, `5520 State Route 12`, `Nogal 2209, col. Centro`."""
    for at, word in enumerate(words):
        if word.is_number and len(word.text) <= _LONGEST + 1 and word.text[0] != "0" and not word.is_height:
            found = _by_what_stands_before(seen, words, at, lexicon) or _by_what_follows(seen, words, at, lexicon)
            if found:
                yield found


def _by_what_stands_before(seen: Seen, words: Sequence[Word], at: int, lexicon: Lexicon) -> Match | None:
    if at == 0 or words[at].begins_sentence:
        return None
    before, lists = words[at - 1], lexicon.lists
    numbered = before.text in ("num", "numero", "no") and at > 1 and lists["house_words"].end(words, at - 2) > at - 2
    unit = at in (lists["unit_words"].end(words, at - 1), lists["unit_words"].end(words, max(0, at - 2)))
    between = seen.text[seen.index_of(before.end) : seen.index_of(words[at].start)]
    found = "#" in between or numbered or unit or _after_a_street(seen, words, at, lexicon)
    return Match(at - 1, at + 1) if found else None


def _by_what_follows(seen: Seen, words: Sequence[Word], at: int, lexicon: Lexicon) -> Match | None:
    if at + 1 >= len(words) or words[at + 1].begins_sentence:
        return None
    number, after, lists = words[at].text, words[at + 1], lexicon.lists
    name = words[at + 2] if at + 2 < len(words) and not words[at + 2].begins_sentence else None
    if (
        after.text in lists["directions_first"]
        and name
        and not name.is_number
        and number.isdigit()
        and len(number) > 1
    ):
        return Match(at, at + 3)
    route = lists["route_words"].end(words, at + 1)
    if route > at + 1 and len(number) >= 3 and route < len(words) and words[route].is_number:
        return Match(at, route + 1)
    if _before_a_name(seen, words, at, lexicon):
        return Match(at, at + 2)
    quarter = after.after_comma and lists["house_quarters"].end(words, at + 1) > at + 1
    return Match(at - 1, at + 1) if quarter and at > 0 and not words[at - 1].is_number else None


def _after_a_street(seen: Seen, words: Sequence[Word], at: int, lexicon: Lexicon) -> bool:
    """`en Abedul 318`: Spanish says the street without a word for it."""
    if lexicon.language != "es" or at < 2 or not words[at].text.isdigit() or not 1 < len(words[at].text) < 6:
        return False
    street, before = words[at - 1], words[at - 2]
    capital = seen.text[seen.index_of(street.start)].isupper() and not street.begins_sentence
    year = words[at].text[:2] in ("19", "20") and len(words[at].text) == 4
    counted = at + 1 < len(words) and (
        words[at + 1].is_number or lexicon.lists["counted"].end(words, at + 1) > at + 1
    )
    return (
        capital
        and before.text in ("en", "de", "a", "por", "desde", "al")
        and not year
        and not counted
        and street.text not in lexicon.lists["months"]
    )


def _before_a_name(seen: Seen, words: Sequence[Word], at: int, lexicon: Lexicon) -> bool:
    """`in front of 902 Juniper`, `outside 318 Birch`."""
    before = words[at - 1].text if at > 0 and not words[at].begins_sentence else ""
    name, number = words[at + 1], words[at].text
    capital = seen.text[seen.index_of(name.start)].isupper() and not name.is_number and not name.after_comma
    counted = lexicon.lists["counted"].end(words, at + 1) > at + 1
    return before in _BEFORE_A_HOUSE and number.isdigit() and len(number) >= 3 and capital and not counted
