"""What an operator reads of the outbox. No address leaves this module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from goodfences import source
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.mail.rendering import message_id

State = OutboxMessage.State


ENOUGH = 10_000
"""Messages that are due. A batch of asks is a few hundred, and a provider's limit some thousands an hour."""


@dataclass(frozen=True)
class Trouble:
    """A message that failed, or whose fate is uncertain; `message_id` is what the mail server's log calls it."""

    ref: str
    message_id: str
    template: str
    state: str
    attempts: int
    error: str
    created_at: datetime


@dataclass(frozen=True)
class Health:
    """How the outbox is doing. `oldest_due_at` is None where nothing waits."""

    counts: dict[str, int]
    oldest_due_at: datetime | None
    suppressed: int


def has_enough() -> bool:
    """Whether so much mail is due that who writes it by the hundred had better wait."""
    due = OutboxMessage.objects.filter(state=State.WAITING, due_at__lte=source.now()).order_by()
    return due[ENOUGH : ENOUGH + 1].exists()


def troubles(*, limit: int = 100) -> list[Trouble]:
    """Uncertain and failed messages, the newest first."""
    rows = OutboxMessage.objects.filter(state__in=[State.UNCERTAIN, State.FAILED]).order_by("-created_at")
    return [
        Trouble(row.ref, message_id(row.ref), row.template, row.state, row.attempts, row.last_error, row.created_at)
        for row in rows[:limit]
    ]


def health() -> Health:
    """Counts a state of what hasn't left, the oldest message that waits, and how many addresses are suppressed."""
    not_sent = OutboxMessage.objects.exclude(state=State.SENT)
    counted = not_sent.values("state").annotate(number=Count("state")).order_by()
    waiting = OutboxMessage.objects.filter(state=State.WAITING)
    return Health(
        counts={row["state"]: row["number"] for row in counted},
        oldest_due_at=waiting.aggregate(oldest=Min("due_at"))["oldest"],
        suppressed=Suppression.objects.count(),
    )
