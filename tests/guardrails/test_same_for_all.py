"""Whoever is described, the verdict is the same: every word of origin in every place of every other."""

from __future__ import annotations

import pytest

from goodfences.bench.labeled_posts import LANGUAGES, groups
from goodfences.bench.swapped import variants, words_of
from goodfences.guardrails import check

FEW = 6


def broken(text, kind, language):
    return {stop.rule for stop in check(text, kind=kind, language=language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_labeled_post_is_judged_alike_whoever_it_describes(language):
    swapped = 0
    for group in groups(language):
        for text in group.texts:
            verdict = broken(text, group.kind, language)
            for word, other in variants(text, language, at_most=FEW):
                swapped += 1
                assert broken(other, group.kind, language) == verdict, f"{word}: {other}"
    assert swapped > 400


FINE = (
    "A {} woman in a gray hoodie and white sneakers broke my window.",
    "Un hombre {} de sudadera gris y tenis blancos rompió mi ventana.",
)
TEMPLATES = {
    "en": (
        "A {} man was walking on Elm.",
        "A {} woman in a gray hoodie and white sneakers broke my window.",
        "The guy who took my bike was {}.",
        "Suspicious {} male by the church, red cap.",
    ),
    "es": (
        "Un hombre {} caminaba por Olmo.",
        "Un hombre {} de sudadera gris y tenis blancos rompió mi ventana.",
        "El tipo que se llevó mi bici era {}.",
        "Un {} me robó el paquete.",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_origin_is_one_class(language):
    words = [
        word for word in words_of(language) if not word.endswith("s") and not (language == "es" and word[-1] == "a")
    ]
    assert len(words) > 80
    for template in TEMPLATES[language]:
        verdicts = {frozenset(broken(template.format(word), "crime", language)) for word in words}
        assert len(verdicts) == 1, (template, verdicts)
        assert ("person.origin" in next(iter(verdicts))) == (template not in FINE), template
