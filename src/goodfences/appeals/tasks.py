"""What the worker does for appeals."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from goodfences import source
from goodfences.appeals import actions, checking, handing, retention
from goodfences.appeals.models import HandIn
from goodfences.vault.orphans import Orphans

LEFT_BEHIND = timedelta(hours=1)
"""A sealed file gets its row within seconds; one that has none after so long never will."""


def run_due(limit: int) -> int:
    """End appeals whose time is over, and check at most `limit` videos; returns how many units of work were done."""
    done = actions.end_due(limit)
    while done < limit and checking.check_next():
        done += 1
    return done


def run_retention(limit: int) -> int:
    """Destroy at most `limit` videos whose time is over; then drop uploads that nobody went on with, and files that
    no row names."""
    if destroyed := retention.run_due(limit):
        return destroyed
    stale = HandIn.objects.filter(state=HandIn.State.RECEIVING, expires_at__lt=source.now()).order_by("pk")[:limit]
    dropped = sum(_drop(each.pk) for each in stale)
    return dropped or _drop_orphans()


@transaction.atomic
def _drop(pk: int) -> bool:
    held = HandIn.objects.select_for_update(no_key=True).filter(pk=pk, state=HandIn.State.RECEIVING).first()
    if held is None or held.expires_at >= source.now():
        return False
    handing.end(held, HandIn.State.REFUSED, refusal=handing.STOOD_STILL)
    return True


def _drop_orphans() -> int:
    before = source.now() - LEFT_BEHIND
    return sum(_seen.drop(folder, before) for folder in (handing.FOLDER, checking.FOLDER))


def _named(names: list[str]) -> set[str]:
    """Those of the names that a row names. Parts lie in rows of what is on its way, and of these there are few."""
    going = HandIn.objects.filter(state__in=[HandIn.State.RECEIVING, HandIn.State.RECEIVED])
    parts = (part["blob"] for each in going.values_list("parts", flat=True).iterator() for part in each)
    return set(names).intersection(parts) | set(HandIn.objects.filter(blob__in=names).values_list("blob", flat=True))


_seen = Orphans(_named)
