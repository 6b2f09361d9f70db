"""The same post about somebody else: every word of origin put in the place of every other.

A rule that judges one group unlike another shows here, whichever group it is and whatever the labeled posts say.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

_NOT_SWAPPED = {
    "ethnic",
    "colored",
    "native",
    "jew",
    "negro",
    "latin",
    "gypsy",
    "muslim",
    "mexican",
    "latino",
    "latina",
}
_ENDINGS = ("o", "a", "os", "as")


@cache
def _english() -> tuple[list[str], list[str]]:
    """Adjectives of origin and of color; words for several people."""
    from goodfences.guardrails import lexicon

    lists = lexicon.of("en").lists
    many = {word for name in ("origin_many", "origin_colors_many") for word in lists[name] if word.endswith("s")}
    one = {word for name in ("races", "origin_more") for word in lists[name]} - many
    plain = sorted(word for word in one if not word.endswith("s") or word.endswith("ss"))
    return [word for word in plain if word not in _NOT_SWAPPED] + ["muslim", "mexican"], sorted(many)


@cache
def _spanish() -> dict[str, list[str]]:
    """Words of origin by their ending: those in -o and those for women, for one and for several."""
    from goodfences.guardrails import lexicon

    lists = lexicon.of("es").lists
    stems = sorted(word for word in lists["origin_more"] if word.endswith("o") and word not in ("negrito", "cholo"))
    return {ending: [stem[:-1] + ending for stem in stems] for ending in _ENDINGS}


def words_of(language: str) -> list[str]:
    """Every word of origin that can take another's place."""
    if language == "es":
        return [word for words in _spanish().values() for word in words]
    return [*_english()[0], *_english()[1]]


def variants(text: str, language: str, *, at_most: int = 1000) -> Iterator[tuple[str, str]]:
    """A word of origin, and the text with it in the place of what stands there, of the same number and gender.

    Nothing for a text that describes nobody by one word. Colors of skin that are colors of things as well (black,
    white) are put where a person stands beside them, and are replaced there.
    """
    from goodfences.guardrails import lexicon
    from goodfences.guardrails.people import Scene
    from goodfences.reading import shared
    from goodfences.reading.reader import read

    known = lexicon.of(language)
    words = read(text, shared.in_force().looks_like, known.known)
    scene = Scene(words, known)
    for match in scene.origins:
        for word in words[match.first : match.end]:
            others = _others(word.text, language, beside=_is_beside(scene, match))
            step = max(1, len(others) // at_most)
            for other in others[::step]:
                written = other.title() if text[word.start].isupper() else other
                yield other, text[: word.start] + written + text[word.end :]
            if others:
                return


def _is_beside(scene: Any, match: Any) -> bool:
    people = any(scene._person(now) for now in range(match.first, match.end))
    talked = any(
        scene._in(name, now) for now in range(match.first, match.end) for name in ("accents", "flags", "speaking")
    )
    return people and not talked


def _others(word: str, language: str, *, beside: bool) -> list[str]:
    if language == "es":
        for ending, words in _spanish().items():
            if word in words or (
                beside and word[: -len(ending)] + "o" in ("negro", "blanco", "moreno") and word.endswith(ending)
            ):
                return words + ([stem + ending for stem in ("negr", "blanc", "moren")] if beside else [])
        return []
    one, many = _english()
    if word in many:
        return many
    if word in one or (beside and word in ("black", "white", "brown")):
        return one + (["black", "white", "brown"] if beside else [])
    return []
