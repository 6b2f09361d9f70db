"""The words of one language, ready for use."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from goodfences.guardrails import forms
from goodfences.reading import shared
from goodfences.reading.phrases import Phrase, Phrases, compiled, entries

LANGUAGES = ("en", "es")
_VERB = re.compile(r"([a-z]+)\+")
_FEATURES_OF_WHOM_HAS = ("vehicle", "with_things")
Entries = list[tuple[str, ...]]


@dataclass(frozen=True)
class Lexicon:
    """`lists` and `phrases` by name; `features` a class each; `known` is every word, however it is written."""

    language: str
    lists: Mapping[str, Phrases]
    phrases: Mapping[str, Phrases]
    features: Mapping[str, Phrases]
    had: Phrases
    known: frozenset[str]
    common: frozenset[str]
    """The words that a text of this language can hardly do without: by them it is recognized."""


# Short words of one language that are none of the other's; what tells the languages apart.
_COMMON = {
    "en": "the and was were is are with my of at on he they that this who had for from it have there his her our you "
    "not by an",
    "es": "el la los las y que en de un una con se mi por para del al su fue esta anda como pero lo les nos hay es "
    "ya muy son",
}


def files() -> list[Path]:
    return [Path(__file__).with_name(f"words.{language}.toml") for language in LANGUAGES]


@cache
def sha256() -> str:
    """SHA-256 of the word files and the shared one after them, in hexadecimal: part of the guardrails' hash."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in (*files(), shared.FILE))).hexdigest()


@cache
def of(language: str) -> Lexicon:
    """The words of a language; English for one that has none."""
    name = language[:2] if language[:2] in LANGUAGES else "en"
    raw = tomllib.loads(Path(__file__).with_name(f"words.{name}.toml").read_text(encoding="utf-8"))
    return parse(name, raw)


def parse(language: str, raw: Mapping[str, Any]) -> Lexicon:
    """A lexicon out of TOML's tables. Raises ValueError that names the table and the phrase."""
    lists = {name: entries(text) for name, text in {**shared.in_force().lists, **raw["lists"]}.items()}
    lists |= _origins(language, lists)
    origin = {word[0] for name in ("origin_plain", "origin_colors", "origin_nouns") for word in lists[name]}
    written = "\n".join(text for texts in raw["phrases"].values() for text in texts)
    for verb in {*_VERB.findall(written), *raw["verbs"]}:
        # `checo` is somebody from there and never what somebody checked: no word of origin is anything else.
        every = _forms(language, verb, raw["verbs"].get(verb, "")) - origin
        lists[f"{verb}+"] = [(form,) for form in sorted(every)]
    phrases = {name: _phrases(name, texts, lists) for name, texts in raw["phrases"].items()}
    features = {name: _fixed(entries(text)) for name, text in raw["features"].items() if name != "had"}
    ready = {name: _fixed(each) for name, each in lists.items() if not name.endswith("+")}
    known = {
        word for each in (*lists.values(), *map(entries, raw["features"].values())) for one in each for word in one
    }
    for each in phrases.values():
        known |= each.vocabulary
    common = frozenset(_COMMON[language].split())
    return Lexicon(
        language, ready, phrases, features, _fixed(entries(raw["features"]["had"])), frozenset(known | common), common
    )


def is_had(feature: str) -> bool:
    """Whether a feature is one only of somebody who has it with them: a bicycle, a backpack."""
    return feature in _FEATURES_OF_WHOM_HAS


def _fixed(each: Iterable[tuple[str, ...]]) -> Phrases:
    return Phrases([Phrase.fixed(words) for words in each])


def _phrases(name: str, texts: Iterable[str], lists: Mapping[str, Entries]) -> Phrases:
    try:
        return Phrases([compiled(_VERB.sub(r"{\1+}", text), lists) for text in texts])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _forms(language: str, verb: str, rest: str) -> set[str]:
    if language == "en":
        return forms.english(verb, rest.split())
    stressed, _, irregular = rest.partition("/")
    return forms.spanish(verb, stressed.strip(), irregular.split())


def _origins(language: str, lists: Mapping[str, Entries]) -> dict[str, Entries]:
    """Adjectives, those that are colors of things too, words that stand for people: one class in three forms."""
    if language == "en":
        many = {*lists["origin_many"], *lists["slurs_of_origin"]}
        plain = {*lists["races"], *lists["origin_more"]}
        return {"origin_plain": sorted(plain | many), "origin_nouns": sorted(many | set(lists["origin_colors_many"]))}
    plain = {form for word in lists["origin_more"] for form in _gendered(*word)}
    colors = {form for word in lists["origin_colors"] for form in _gendered(*word)}
    slurs = set(lists["slurs_of_origin"])
    return {"origin_plain": sorted(plain | slurs), "origin_colors": sorted(colors), "origin_nouns": sorted(slurs)}


def _gendered(word: str) -> set[tuple[str, ...]]:
    """`negro`: negra, negros, negras; `aleman`: alemana, alemanes; `arabe`: arabes; `irani`: iranies."""
    if word.endswith("o"):
        return {(word[:-1] + end,) for end in ("o", "a", "os", "as", "ito", "ita", "itos", "itas")}
    if word[-1] in "ln" or (word.endswith("es") and len(word) > 4):
        return {(word,), (word + "a",), (word + "es",), (word + "as",)}
    if word[-1] in "ae":
        return {(word,), (word + "s",)}
    return {(word,), (word + "es",), (word + "s",)}
