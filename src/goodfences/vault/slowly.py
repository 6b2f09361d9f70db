"""The worker's scrub: the whole store is read back once in a while, as slowly as the operator likes.

How far it is stands in a row, so that it goes on after a restart, on whichever machine. It deletes nothing: orphans
are counted here, and rooms sweep up after themselves or the operator does (`goodfences store scrub --mend`).
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from goodfences import source
from goodfences.vault import inventory, scrubbing
from goodfences.vault.models import Scrub
from goodfences.vault.scrubbing import Found

logger = logging.getLogger(__name__)

EVERY = timedelta(days=7)
"""A round begins so long after the last one began, or when that ended."""

_TURN_SECONDS = 5.0
"""As the worker rests between two turns."""

_clear_at = 0.0
"""When what was read lately is paid for, by this process' own clock."""


def run(limit: int) -> int:
    """Read on for as long as SCRUB_MB_A_SECOND allows, at most `limit` rows; returns 0: the next turn is in time."""
    if not settings.SCRUB_MB_A_SECOND or time.monotonic() < _clear_at or (round_ := _round()) is None:
        return 0
    found = Found()
    for _ in range(limit):
        before = found.size
        _read_on(round_, found)
        if round_.ended_at is not None or _pay_for(found.size - before):
            break
    _keep(round_, found)
    return 0


def last() -> Scrub | None:
    """The last round that ended."""
    return Scrub.objects.filter(ended_at__isnull=False).order_by("-ended_at").first()


def _read_on(round_: Scrub, found: Found) -> None:
    """One row, or the step to the next table."""
    holding = next((each for each in inventory.holdings() if each.label == round_.holding), None)
    rows = holding.after(round_.after, 1) if holding else []
    for row in rows:
        assert holding is not None
        for named in holding.named(row):
            scrubbing.look(named, found)
        round_.after = row.pk
    if not rows:
        _turn_over(round_, found)


def _round() -> Scrub | None:
    """The round under way, or a new one where one is due."""
    newest = Scrub.objects.order_by("-begun_at", "-pk").first()
    if newest is not None and newest.ended_at is None:
        return newest
    if newest is not None and source.now() - newest.begun_at < EVERY:
        return None
    with transaction.atomic():
        if newest is not None:
            Scrub.objects.exclude(pk=newest.pk).delete()
        return Scrub.objects.create(holding=inventory.holdings()[0].label)


def _turn_over(round_: Scrub, found: Found) -> None:
    """Go on to the next table, or, after the last one, list the store and end."""
    later = [each.label for each in inventory.holdings() if each.label > round_.holding]
    if later:
        round_.holding, round_.after = later[0], 0
        return
    scrubbing.look_for_orphans(found)
    round_.ended_at = source.now()


def _pay_for(size: int) -> bool:
    """Whether what was read so far is enough for this turn."""
    global _clear_at
    _clear_at = max(time.monotonic(), _clear_at) + size / (settings.SCRUB_MB_A_SECOND * 1_000_000)
    return _clear_at > time.monotonic() + _TURN_SECONDS


def _keep(round_: Scrub, found: Found) -> None:
    round_.read += found.read
    round_.size += found.size
    round_.missing += len(found.missing)
    round_.broken += len(found.broken)
    round_.orphans += len(found.orphans) + len(found.strangers)
    round_.save()
    if found.missing or found.broken:
        # Which ones stands nowhere: `goodfences store scrub` says it to whoever asks.
        logger.error("The store lost %s files, and %s are broken.", len(found.missing), len(found.broken))
