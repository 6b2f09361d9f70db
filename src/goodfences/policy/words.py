"""The words that the text rules look for: data of its own, published by its digest.

Names, streets and words of origin are shared with other rules: `goodfences.reading`.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from goodfences.reading import shared
from goodfences.reading.phrases import Phrase, Phrases, compiled, entries
from goodfences.reading.shared import Shared

FILE = Path(__file__).with_name("words.toml")
_KEYS = {"phrases", "vague", "together", "unless", "spared"}


@dataclass(frozen=True)
class Pattern:
    """What breaks one rule: see the head of words.toml."""

    phrases: Phrases
    vague: Phrases
    together: tuple[tuple[Phrases, Phrases], ...]
    unless: Phrases
    spared: Phrases


@dataclass(frozen=True)
class Words:
    """The word file, ready for use. `known` holds every word in it, for whatever was written in pieces."""

    lists: Mapping[str, Phrases]
    patterns: Mapping[str, Pattern]
    looks_like: Mapping[str, str]
    known: frozenset[str]


@cache
def sha256() -> str:
    """SHA-256 of the word file and the shared one after it, in hexadecimal: part of the policy's hash."""
    return hashlib.sha256(FILE.read_bytes() + shared.FILE.read_bytes()).hexdigest()


@cache
def in_force() -> Words:
    """The word file that comes with the rules, with the words that are shared."""
    return parse(tomllib.loads(FILE.read_text(encoding="utf-8")), shared.in_force())


def parse(raw: Mapping[str, Any], common: Shared) -> Words:
    """The words out of TOML's tables. Raises ValueError that names the list, the rule or the phrase."""
    lists = {name: entries(text) for name, text in {**common.lists, **raw["lists"]}.items()}
    patterns = {rule: _pattern(rule, table, lists) for rule, table in raw["rules"].items()}
    known = {word for phrases in lists.values() for phrase in phrases for word in phrase}
    for pattern in patterns.values():
        for phrases in (pattern.phrases, pattern.vague, pattern.unless, pattern.spared):
            known |= phrases.vocabulary
    return Words(
        lists={name: Phrases([Phrase.fixed(each) for each in phrases]) for name, phrases in lists.items()},
        patterns=patterns,
        looks_like=common.looks_like,
        known=frozenset(known),
    )


def _pattern(rule: str, table: Mapping[str, Any], lists: Mapping[str, list[tuple[str, ...]]]) -> Pattern:
    unknown = table.keys() - _KEYS
    if unknown:
        raise ValueError(f"{rule}: unknown entry {sorted(unknown)[0]!r}")

    def phrases(*texts: str) -> Phrases:
        try:
            return Phrases([compiled(text, lists) for text in texts])
        except ValueError as error:
            raise ValueError(f"{rule}: {error}") from error

    return Pattern(
        phrases=phrases(*table.get("phrases", [])),
        vague=phrases(*table.get("vague", [])),
        together=tuple((phrases(one), phrases(other)) for one, other in table.get("together", [])),
        unless=phrases(*([table["unless"]] if "unless" in table else [])),
        spared=phrases(*table.get("spared", [])),
    )
