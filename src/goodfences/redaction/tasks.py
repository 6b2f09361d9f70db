"""What the worker does for this room."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from goodfences import source
from goodfences.clips.models import Clip
from goodfences.redaction import actions
from goodfences.redaction.models import Copy, Draft
from goodfences.vault.orphans import Orphans

LEFT_BEHIND = timedelta(hours=1)


def run_due(limit: int) -> int:
    """End at most `limit` copies and drafts whose clip ended; returns how many.

    A clip that was deleted a moment ago may come back: its drafts and copies wait for as long.
    """
    gone_for_good = ~Q(clip__state=Clip.State.STORED) & ~Q(clip__undo_until__gt=source.now())
    ended = list(Copy.objects.filter(gone_for_good).order_by("pk")[:limit])
    actions.discard(ended)
    drafts = Draft.objects.filter(gone_for_good).order_by("clip_id").values_list("pk", flat=True)
    gone, _ = Draft.objects.filter(pk__in=list(drafts[: limit - len(ended)])).delete()
    return len(ended) + gone


def run_retention(_limit: int) -> int:
    """Delete the sealed files that a crash left before their row was written, seen so twice: nobody has their key."""
    return _seen.drop(actions.FOLDER, source.now() - LEFT_BEHIND)


def _named(names: list[str]) -> set[str]:
    return set(Copy.objects.filter(blob__in=names).values_list("blob", flat=True))


_seen = Orphans(_named)
