"""Reading a reason: what it may not say, however it is written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A text rule that a reason breaks, and the words that break it."""

    rule: str
    words: str


def readable_length(text: str) -> int:
    """Characters that say something: runs of white space count once, invisible characters not at all."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return len(" ".join(seen.split()))


def findings(text: str) -> list[Finding]:
    """Every text rule that the reason breaks, in the order of the policy."""
    return []
