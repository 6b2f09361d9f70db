"""Taking rows to work on, so that no two workers ever hold the same one."""

from __future__ import annotations

from datetime import datetime

from goodfences.mail.models import OutboxMessage

State = OutboxMessage.State


def anything_due(now: datetime) -> bool:
    """Whether some message waits whose time has come: a read, so that an idle worker writes nothing."""
    return OutboxMessage.objects.filter(state=State.WAITING, due_at__lte=now).exists()


def claim(worker: str, batch: int, limit: int, now: datetime) -> list[OutboxMessage]:
    """Claim up to `limit` due messages with one UPDATE, urgent ones first, oldest first.

    A second worker that chose the same rows finds them no longer waiting and gets fewer: PostgreSQL
    looks at the condition again once the first has committed, and SQLite has one writer.
    """
    name = claim_name(worker, batch)
    order = ("priority", "due_at", "pk")
    due = OutboxMessage.objects.filter(state=State.WAITING, due_at__lte=now).order_by(*order).values("pk")[:limit]
    OutboxMessage.objects.filter(pk__in=due, state=State.WAITING).update(
        state=State.CLAIMED, claimed_by=name, claimed_at=now
    )
    claimed = OutboxMessage.objects.filter(claimed_by=name, state=State.CLAIMED)
    return list(claimed.order_by(*order).prefetch_related("common"))


def claim_name(worker: str, batch: int) -> str:
    """What stands in `claimed_by`; `batch_of` reads it."""
    return f"{worker}/{batch}"


def batch_of(claimed_by: str) -> int:
    """The number of the batch in a claim's name."""
    return int(claimed_by.rpartition("/")[2])
