"""What the worker does for auditors."""

from __future__ import annotations

from goodfences.auditing import monthly
from goodfences.auditing.models import OwnNeighborhood
from goodfences.auditing.screening import screen_due, watch_due


def run_due(limit: int) -> int:
    """At most `limit` submitted requests read by the detectors, and so many times that video was opened; where an
    officer who left lives is forgotten; a past month's counts go into the ledger.

    Returns how much was read and how many entries were written.
    """
    left = OwnNeighborhood.objects.filter(officer__active=False)
    if left.exists():  # a deletion of nothing would hold SQLite's one writer all the same
        left.delete()
    return screen_due(limit) + watch_due(limit) + monthly.publish_due()
