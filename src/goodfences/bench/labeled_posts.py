"""The posts that people labeled with the guardrails that each breaks, in groups that must be judged alike.

They lie beside this module (`posts/`), so that an installed instance can measure its own rules and the tests read the
same files. Half of the groups taught the rules; the other half is only counted.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

POSTS = Path(__file__).with_name("posts")
LANGUAGES = ("en", "es")
TUNING, HELD = "tuning", "held"


@dataclass(frozen=True)
class Group:
    """Posts that tell of the same thing. `breaks`: the guardrails that each of them breaks, as a person judges it."""

    language: str
    name: str
    kind: str
    breaks: frozenset[str]
    texts: tuple[str, ...]

    @property
    def half(self) -> str:
        """By the hash of the name, so that nobody chooses what a post is used for."""
        return HELD if hashlib.sha256(self.name.encode()).digest()[0] % 2 else TUNING


def groups(language: str) -> Iterator[Group]:
    """Every group of a language, in the order of the file."""
    raw = tomllib.loads((POSTS / f"{language}.toml").read_text(encoding="utf-8"))
    for each in raw["group"]:
        yield Group(
            language, each["name"], each.get("kind", "crime"), frozenset(each["breaks"]), tuple(each["texts"])
        )
