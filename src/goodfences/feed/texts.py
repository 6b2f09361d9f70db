"""What keeps words from being posted for their form; what they say is the guardrails' matter (`feed.guarding`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import Problem
from goodfences.feed.models import Kind
from goodfences.visible import text_problems

TITLE_LENGTH, TEXT_LENGTH, COMMENT_LENGTH, OUTCOME_LENGTH = 120, 4000, 2000, 200
OLDEST = timedelta(days=366)


def post_problems(kind: str, title: str, text: str, happened_at: datetime | None) -> list[Problem]:
    """All that is wrong with the form of a post."""
    found = []
    if kind not in Kind.values:
        found.append(Problem("feed.kind", "kind", _("Choose what it is about."), value=kind[:20]))
    if not title:
        found.append(Problem("feed.title", "title", _("Say in a few words what it is about.")))
    found += text_problems(title, "title", TITLE_LENGTH)
    found += text_problems(text, "text", TEXT_LENGTH, lines=True)
    now = source.now()
    if happened_at is not None and happened_at > now + timedelta(minutes=5):
        found.append(Problem("feed.happened_at.future", "happened_at", _("That is in the future.")))
    if happened_at is not None and happened_at < now - OLDEST:
        found.append(Problem("feed.happened_at.old", "happened_at", _("That is more than a year ago.")))
    return found


def comment_problems(text: str, *, most: int = COMMENT_LENGTH) -> list[Problem]:
    """All that is wrong with the form of a comment."""
    if not text:
        return [Problem("feed.text", "text", _("Write something first."))]
    return text_problems(text, "text", most, lines=True)


def outcome_problems(outcome: str) -> list[Problem]:
    """All that is wrong with what is said of how it ended."""
    if not outcome:
        return [Problem("feed.outcome", "outcome", _("Say how it ended: found, or was the meter reader."))]
    return text_problems(outcome, "outcome", OUTCOME_LENGTH)


def tidy(text: str) -> str:
    """Lines end alike, and nothing empty stands before or after."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
