"""How fast mail may leave, over all machines: what a provider allows, as the operator said it.

A row for each rate holds how much of it is left, and is locked while a worker claims. Of a rate of 300/hour at most
300 messages are claimed in any hour, wherever the hour begins: a fourth may go at once, the rest as it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from goodfences.mail.models import Pace
from goodfences.mail.rates import Rate


def left(rates: Sequence[Rate], now: datetime) -> int:
    """How many messages may be claimed now, in the caller's transaction, which holds the rates until it ends."""
    Pace.objects.bulk_create(
        [Pace(name=rate.name, left=rate.at_once, at=now) for rate in rates], ignore_conflicts=True
    )
    rows = {row.name: row for row in Pace.objects.select_for_update().filter(name__in=[rate.name for rate in rates])}
    for rate in rates:
        row = rows[rate.name]
        # Of two machines' clocks the one ahead counts: time that it has counted, the other can't count again.
        passed = max(0.0, (now - row.at).total_seconds())
        row.left = min(float(rate.at_once), row.left + passed * rate.a_second)
        row.at = max(row.at, now)
    Pace.objects.bulk_update(rows.values(), ["left", "at"])
    return int(min(row.left for row in rows.values()))


def spend(rates: Sequence[Rate], count: int) -> None:
    """Write down that so many were claimed, in the transaction of `left`. One that comes back unsent stays spent."""
    rows = Pace.objects.filter(name__in=[rate.name for rate in rates])
    for row in rows:
        row.left -= count
    Pace.objects.bulk_update(rows, ["left"])
