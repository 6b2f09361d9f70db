"""The guardrails as data: every rule as people read it, in each language, under one version and hash."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from goodfences.guardrails import lexicon
from goodfences.guardrails.lexicon import LANGUAGES

FILE = Path(__file__).with_name("rules.toml")
SEVERITIES = ("stop", "ask", "review")
NAMES = (
    "person.act",
    "person.origin",
    "person.suspicion",
    "person.minor",
    "person.named",
    "place.address",
    "contact.plate",
    "contact.phone",
    "contact.email",
    "contact.handle",
    "call.confront",
    "words.slur",
)
_KEYS = {"severity", "cut", "not_for", *LANGUAGES}
_TEXTS = {"title", "why", "mend", "passes", "stops"}


@dataclass(frozen=True)
class Said:
    """A rule in one language."""

    title: str
    why: str
    mend: str
    passes: tuple[str, ...]
    stops: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    name: str
    severity: str
    cut: bool
    not_for: frozenset[str]
    said: Mapping[str, Said]

    def in_language(self, language: str) -> Said:
        """What the rule says in a language; in English where it has none of it."""
        return self.said.get(language[:2]) or self.said["en"]


@dataclass(frozen=True)
class Guardrails:
    """Every rule of an instance, the acts to choose from, and the minutes between a question and its answer."""

    version: str
    cool_off_minutes: int
    acts: Mapping[str, Mapping[str, str]]
    rules: tuple[Rule, ...]
    hash: str
    """SHA-256, in hexadecimal, of the rules as canonical JSON with the digest of their words."""

    def rule(self, name: str) -> Rule:
        """The rule of that name. Raises KeyError if there is none."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise KeyError(name)

    def act_names(self, language: str) -> dict[str, str]:
        """What a person can be said to have done: key and words."""
        return {key: words.get(language[:2]) or words["en"] for key, words in self.acts.items()}


@cache
def in_force() -> Guardrails:
    """The guardrails that come with the program. Every instance has the same."""
    return parse(tomllib.loads(FILE.read_text(encoding="utf-8")), lexicon.sha256())


def parse(raw: Mapping[str, Any], words_sha256: str) -> Guardrails:
    """Guardrails out of TOML's tables. Raises ValueError that names the rule."""
    tables = raw["rules"]
    for name in sorted(set(NAMES) ^ tables.keys()):
        raise ValueError(f"rule {name!r} is {'missing' if name in NAMES else 'unknown'}")
    for key, words in raw["acts"].items():
        if set(words) != set(LANGUAGES):
            raise ValueError(f"act {key!r} needs its words in {', '.join(LANGUAGES)}")
    canonical = json.dumps(
        {**raw, "words_sha256": words_sha256}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return Guardrails(
        version=raw["version"],
        cool_off_minutes=raw["cool_off_minutes"],
        acts=raw["acts"],
        rules=tuple(_rule(name, table) for name, table in tables.items()),
        hash=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _rule(name: str, table: Mapping[str, Any]) -> Rule:
    if set(table) != _KEYS:
        raise ValueError(f"rule {name!r} needs exactly {', '.join(sorted(_KEYS))}")
    if table["severity"] not in SEVERITIES:
        raise ValueError(f"rule {name!r} has no severity {table['severity']!r}")
    for language in LANGUAGES:
        if set(table[language]) != _TEXTS or not all(table[language].values()):
            raise ValueError(f"rule {name!r} needs exactly {', '.join(sorted(_TEXTS))} in {language}")
    return Rule(
        name=name,
        severity=table["severity"],
        cut=table["cut"],
        not_for=frozenset(table["not_for"]),
        said={language: _said(table[language]) for language in LANGUAGES},
    )


def _said(table: Mapping[str, Any]) -> Said:
    return Said(table["title"], table["why"], table["mend"], tuple(table["passes"]), tuple(table["stops"]))
