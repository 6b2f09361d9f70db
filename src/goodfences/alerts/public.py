"""What anybody may read of official warnings. Knows no person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from goodfences import places, source
from goodfences.alerts.models import RANKS, AgencyWarning, OfficialWarning
from goodfences.errors import NotFound
from goodfences.rows import the_row

SHOWN_FOR = timedelta(days=30)
"""How long an ended warning's page can be read."""
IN_FEED = 100


def in_force() -> list[OfficialWarning]:
    """Warnings that hold now, the worst first, of these the newest."""
    return sorted(_in_force(is_test=False), key=lambda one: (RANKS[one.severity], -one.sent_at.timestamp(), one.pk))


def tests_under_way() -> list[OfficialWarning]:
    """Exercises and tests that hold now, the newest first."""
    return list(_in_force(is_test=True).order_by("-sent_at", "-pk"))


def reaching(cell: int) -> list[OfficialWarning]:
    """Of the warnings in force those that reach a place: a cell of resolution 8, or coarser, or 11."""
    return [one for one in in_force() if reaches(one, cell)]


def reaches(warning: OfficialWarning, cell: int) -> bool:
    """Whether the cell, of any resolution, lies in the warning's area or touches it."""
    return warning.everywhere or places.overlaps(warning.ranges, cell)


def warning(ref: str) -> OfficialWarning:
    """A warning or the end of one, while it can be read. Raises `NotFound`."""
    found = the_row(_readable().select_related("origin", "agency", "ended_by").filter(ref=ref))
    if found is None:
        raise NotFound
    return found


def latest() -> list[OfficialWarning]:
    """For the feed: what was received these thirty days, the newest first; no tests."""
    found = _readable().filter(is_test=False).select_related("origin", "agency")
    return list(found.order_by("-received_at", "-pk")[:IN_FEED])


def issued_by(agency_pk: int, limit: int) -> list[AgencyWarning]:
    """What an agency warned of, the newest first; of old ones the ledger alone has the words of their files."""
    found = AgencyWarning.objects.filter(agency_id=agency_pk, state=AgencyWarning.State.ISSUED)
    return list(found.order_by("-issued_at", "-ref")[:limit])


def outline(warning: OfficialWarning) -> dict[str, Any]:
    """GeoJSON MultiPolygon around its coarse cells."""
    return places.coarse_outline(warning.cells)


def said(warning: OfficialWarning, language: str) -> dict[str, Any]:
    """What it says in the reader's language, else in English, else in its first; empty for a mere cancellation."""
    infos: list[dict[str, Any]] = warning.infos
    for wanted in (language[:2], "en"):
        for info in infos:
            if str(info["language"]).lower().startswith(wanted):
                return info
    return infos[0] if infos else {}


def said_of_ended(warning: OfficialWarning, language: str) -> dict[str, Any]:
    """What that says which a message ended; empty where it ended nothing that is here."""
    ended = OfficialWarning.objects.filter(ended_by=warning).order_by("-sent_at", "-pk").first()
    return said(ended, language) if ended is not None else {}


def is_of_another(ending: OfficialWarning) -> bool:
    """Whether it ended a warning whose sender may still stand by it: its source was stopped here."""
    return OfficialWarning.objects.filter(ended_by=ending).exclude(origin_id=ending.origin_id).exists()


def says_the_same(one: OfficialWarning, other: OfficialWarning) -> bool:
    """Whether whoever heard the other learns nothing new to do from this one: it only goes on."""
    return one.severity == other.severity and _told(one) == _told(other)


def _told(warning: OfficialWarning) -> set[tuple[str, ...]]:
    return {
        tuple(str(info[name]) for name in ("language", "event", "headline", "instruction")) for info in warning.infos
    }


def is_in_force(warning: OfficialWarning) -> bool:
    return warning.ended_at is None and warning.expires_at > source.now()


def _in_force(*, is_test: bool) -> QuerySet[OfficialWarning]:
    now = source.now()
    found = OfficialWarning.objects.filter(ended_at=None, expires_at__gt=now, is_test=is_test)
    return found.select_related("origin", "agency").defer("original")


def _readable() -> QuerySet[OfficialWarning]:
    return OfficialWarning.objects.filter(received_at__gt=source.now() - SHOWN_FOR)
