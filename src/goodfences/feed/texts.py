"""What keeps words from being posted for their form; what they say is the guardrails' matter (`feed.guarding`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import Problem
from goodfences.feed.models import Kind
from goodfences.visible import hidden_problems

TITLE_LENGTH, TEXT_LENGTH, COMMENT_LENGTH, OUTCOME_LENGTH = 120, 4000, 2000, 200
OLDEST = timedelta(days=366)


def post_problems(kind: str, title: str, text: str, happened_at: datetime | None) -> list[Problem]:
    """All that is wrong with the form of a post."""
    found = []
    if kind not in Kind.values:
        found.append(Problem("feed.kind", "kind", _("Choose what it is about."), value=kind[:20]))
    if not title:
        found.append(Problem("feed.title", "title", _("Say in a few words what it is about.")))
    found += _length_problems(title, "title", TITLE_LENGTH) or hidden_problems(title, "title")
    found += _length_problems(text, "text", TEXT_LENGTH) or hidden_problems(text, "text", lines=True)
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
    return _length_problems(text, "text", most) or hidden_problems(text, "text", lines=True)


def outcome_problems(outcome: str) -> list[Problem]:
    """All that is wrong with what is said of how it ended."""
    if not outcome:
        return [Problem("feed.outcome", "outcome", _("Say how it ended: found, or was the meter reader."))]
    return _length_problems(outcome, "outcome", OUTCOME_LENGTH) or hidden_problems(outcome, "outcome")


def one_line(text: str) -> str:
    return " ".join(text.split())


def tidy(text: str) -> str:
    """Lines end alike, and nothing empty stands before or after."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _length_problems(text: str, field: str, most: int) -> list[Problem]:
    if len(text) <= most:
        return []
    message = _("At most %(max)d characters; this has %(length)d.") % {"max": most, "length": len(text)}
    return [Problem("text.length", field, message, limit=str(most), value=str(len(text)))]
