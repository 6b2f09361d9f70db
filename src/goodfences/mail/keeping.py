"""How long it is known what mail there was."""

from __future__ import annotations

from datetime import datetime, timedelta

from goodfences import source
from goodfences.mail.models import CommonPart, OutboxMessage

KEPT = timedelta(days=90)
"""What a message is about is over long before, and was written once: no key comes back when its row is gone (P8)."""

_UNSETTLED = (OutboxMessage.State.WAITING, OutboxMessage.State.CLAIMED)


def forget_old(limit: int) -> int:
    """Forget of the `limit` oldest messages those whose time is over, and of as many common parts; returns how many.

    The oldest come first by their ids, so that no index of times is kept for this. A message that nobody could say
    the fate of is forgotten as well by then; one that waits isn't.
    """
    before = source.now() - KEPT
    oldest = OutboxMessage.objects.order_by("pk").values_list("pk", "created_at", "state")[:limit]
    old = [pk for pk, created_at, state in oldest if created_at < before and state not in _UNSETTLED]
    gone = OutboxMessage.objects.filter(pk__in=old).exclude(state__in=_UNSETTLED).delete()[0] if old else 0
    return gone + _forget_parts(limit, before)


def _forget_parts(limit: int, before: datetime) -> int:
    oldest = dict(CommonPart.objects.order_by("pk").values_list("pk", "created_at")[:limit])
    old = {pk for pk, created_at in oldest.items() if created_at < before}
    if old:
        old -= set(OutboxMessage.objects.filter(common__in=old).values_list("common", flat=True).distinct())
    return CommonPart.objects.filter(pk__in=old).delete()[0] if old else 0
