"""What the worker does about officers."""

from __future__ import annotations

from goodfences.officers import rechecks
from goodfences.officers.models import Provider


def run_due(limit: int) -> int:
    """The quarter's re-checks: begin, remind, end. The metadata of agencies' providers, read anew."""
    if Provider.objects.filter(kind=Provider.Kind.SAML).exists():
        # What reads XML and signatures takes memory, which a worker without such a provider saves.
        from goodfences.officers import refreshing

        refreshed = refreshing.refresh_due(5)
    else:
        refreshed = 0
    return refreshed + rechecks.begin_due(limit) + rechecks.remind_due(limit) + rechecks.end_due(limit)
