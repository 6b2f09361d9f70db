"""What may not stand in the feed, the ladder and the limits: data that anyone can read (rules.toml)."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

NOT_HERE = "en"
"""The language of a text that has no translation."""


@dataclass(frozen=True)
class Rule:
    """One rule that a report and a ruling name."""

    key: str
    urgency: int
    counts: bool
    hides: bool
    words: Mapping[str, Mapping[str, str]]

    @property
    def title(self) -> str:
        """In the reader's language."""
        return self._in_words("title")

    @property
    def says(self) -> str:
        """In the reader's language."""
        return self._in_words("says")

    def _in_words(self, which: str) -> str:
        language = (get_language() or NOT_HERE).split("-")[0]
        return self.words.get(language, self.words[NOT_HERE])[which]


@dataclass(frozen=True)
class Limit:
    """How often something may be done."""

    most: int
    period: timedelta


@dataclass(frozen=True)
class Rules:
    """All of rules.toml. `rungs` are hours: 0 is a warning, -1 is for good."""

    rules: Mapping[str, Rule]
    news: frozenset[str]
    appeal: timedelta
    claim: timedelta
    mute: timedelta
    rungs: tuple[int, ...]
    counts_for: timedelta
    new_for: timedelta
    usual: Mapping[str, Limit]
    new: Mapping[str, Limit]
    together: int
    new_comments: int
    new_comments_in: timedelta
    new_posts: int
    new_posts_in: timedelta
    sha256: str

    def rule(self, key: str) -> Rule:
        """Raises KeyError."""
        return self.rules[key]


@cache
def in_force() -> Rules:
    data = tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))
    return Rules(
        rules={one["key"]: _rule(one) for one in data["rules"]},
        news=frozenset(data["news"]),
        appeal=timedelta(days=data["appeal_days"]),
        claim=timedelta(minutes=data["claim_minutes"]),
        mute=timedelta(days=data["mute_days"]),
        rungs=tuple(data["ladder"]["rungs"]),
        counts_for=timedelta(days=data["ladder"]["counts_days"]),
        new_for=timedelta(days=data["accounts"]["new_days"]),
        usual=_limits(data["limits"]["usual"]),
        new=_limits(data["limits"]["new"]),
        together=data["brigades"]["together"],
        new_comments=data["brigades"]["new_comments"],
        new_comments_in=timedelta(minutes=data["brigades"]["minutes"]),
        new_posts=data["brigades"]["new_posts"],
        new_posts_in=timedelta(minutes=data["brigades"]["posts_minutes"]),
        sha256=hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest(),
    )


def _rule(data: dict[str, Any]) -> Rule:
    words = {language: data[language] for language in ("en", "es")}
    return Rule(data["key"], data["urgency"], data["counts"], data["hides"], words)


def _limits(data: dict[str, dict[str, int]]) -> dict[str, Limit]:
    return {what: Limit(each["most"], timedelta(hours=each["hours"])) for what, each in data.items()}
