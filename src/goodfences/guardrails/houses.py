"""Finding houses in a post: a street with a number, a flat, a point on the map, `#12`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goodfences.guardrails.contacts import Seen, Span
from goodfences.guardrails.lexicon import Lexicon
from goodfences.reading.addresses import Addresses, point_in
from goodfences.reading.phrases import Match
from goodfences.reading.reader import Word

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
    lists = lexicon.lists
    for at, word in enumerate(words):
        house = word.is_number and len(word.text) <= _LONGEST + 1 and word.text[0] != "0" and not word.is_height
        if not house:
            continue
        after = words[at + 1] if at + 1 < len(words) and not words[at + 1].begins_sentence else None
        before = words[at - 1] if at > 0 and not word.begins_sentence else None
        between = seen.text[seen.index_of(before.end) : seen.index_of(word.start)] if before else ""
        if "#" in between or (
            before
            and before.text in ("num", "numero", "no")
            and at > 1
            and lists["house_words"].end(words, at - 2) > at - 2
        ):
            yield Match(max(0, at - 1), at + 1)
        elif before and lists["unit_words"].end(words, at - 1) == at:
            yield Match(at - 1, at + 1)
        elif (
            after
            and after.text in lists["directions_first"]
            and at + 2 < len(words)
            and not words[at + 2].is_number
            and not words[at + 2].begins_sentence
            and word.text.isdigit()
            and len(word.text) >= 2
        ):
            yield Match(at, at + 3)
        elif after and lists["route_words"].end(words, at + 1) > at + 1 and len(word.text) >= 3:
            end = lists["route_words"].end(words, at + 1)
            if end < len(words) and words[end].is_number:
                yield Match(at, end + 1)
        elif (
            after
            and after.after_comma
            and lists["house_quarters"].end(words, at + 1) > at + 1
            and before
            and not before.is_number
        ):
            yield Match(at - 1, at + 1)
