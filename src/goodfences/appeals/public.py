"""What anyone may read of appeals: what the ledger says, and whether something can be handed in now."""

from __future__ import annotations

from django.db.models import QuerySet

from goodfences import source
from goodfences.appeals.models import Appeal
from goodfences.errors import NotFound
from goodfences.ledger import queries as ledger
from goodfences.rows import the_row

State = Appeal.State
SHOWN = 200


def appeals() -> list[Appeal]:
    """Published appeals, open ones first, then the newest; rejected ones, too, as those of requests."""
    found = list(_published().order_by("-ledger_index")[:SHOWN])
    return sorted(found, key=lambda one: one.state != State.OPEN)


def appeal(ref: str) -> Appeal:
    """One published appeal. Raises NotFound, also for one that waits for its second officer."""
    found = the_row(_published().filter(ref=ref))
    if found is None:
        raise NotFound("There is no such appeal.")
    return found


def takes_video(appeal: Appeal) -> bool:
    """Whether something can be handed in now: it is open, and its ledger entry is signed (P5)."""
    if not appeal.takes_video(source.now()) or appeal.agency.suspended_at is not None:
        return False
    return appeal.ledger_index is not None and ledger.is_signed(appeal.ledger_index)


def _published() -> QuerySet[Appeal]:
    return Appeal.objects.filter(ledger_index__isnull=False).select_related("agency", "writer", "approver")
