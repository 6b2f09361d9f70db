"""What of a person's links is told them, and what becomes of them when something is erased (P12)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from goodfences.clips.leaving import clips_of
from goodfences.links.models import Link
from goodfences.people.models import Account, Household
from goodfences.people.registry import Part


def export(account: Account, _household: Household | None) -> list[dict[str, Any]]:
    found = Link.objects.filter(account=account).select_related("copy").prefetch_related("openings")
    return [
        {
            "ref": link.ref,
            "copy": link.copy.ref if link.copy else None,
            "starts_at": link.starts_at,
            "ends_at": link.ends_at,
            "has_passphrase": bool(link.passphrase),
            "created_at": link.created_at,
            "expires_at": link.expires_at,
            "ended_at": link.ended_at,
            "opened_at": [opening.at for opening in link.openings.all()],
        }
        for link in found.order_by("created_at", "pk")
    ]


def count_part(_account: Account, household: Household, part: Part) -> dict[str, int]:
    """How many links there are to clips of the part."""
    return {"links": _links(household, part).count()}


def erase_part(_account: Account, household: Household, part: Part) -> None:
    """The rows go; their copies are destroyed by the room that made them."""
    _links(household, part).delete()


def _links(household: Household, part: Part) -> QuerySet[Link]:
    return Link.objects.filter(copy__clip__in=clips_of(household, part))
