"""Taking rows to work on, so that no two workers ever hold the same one."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from goodfences.mail import pace
from goodfences.mail.models import OutboxMessage
from goodfences.work.taking import take

State = OutboxMessage.State


def anything_due(now: datetime) -> bool:
    """Whether some message waits whose time has come: a read, so that an idle worker writes nothing."""
    return OutboxMessage.objects.filter(state=State.WAITING, due_at__lte=now).exists()


def claim(worker: str, batch: int, limit: int, now: datetime) -> list[OutboxMessage]:
    """Claim up to `limit` due messages, urgent ones first, oldest first.

    A second worker gets the next ones. It waits for the first's claim only where the instance has a rate to keep.
    """
    due = OutboxMessage.objects.filter(state=State.WAITING, due_at__lte=now).order_by("priority", "due_at", "pk")
    mark = {"state": State.CLAIMED, "claimed_by": claim_name(worker, batch), "claimed_at": now}
    waiting = due.prefetch_related("common")
    rates = settings.MAIL_RATES
    if not rates:
        return take(waiting, limit, mark)
    with transaction.atomic():
        claimed = take(waiting, min(limit, pace.left(rates, now)), mark)
        pace.spend(rates, len(claimed))
    return claimed


def claim_name(worker: str, batch: int) -> str:
    """What stands in `claimed_by`; `batch_of` reads it."""
    return f"{worker}/{batch}"


def batch_of(claimed_by: str) -> int:
    """The number of the batch in a claim's name."""
    return int(claimed_by.rpartition("/")[2])
