"""What the ledger says about an appeal: all of it but the case number, which it commits to (P5, P9)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from goodfences.agencies.models import Officer
from goodfences.appeals.models import Appeal
from goodfences.places import cell_to_hex
from goodfences_record.canonical import canonical, timestamp


def subject(appeal: Appeal) -> str:
    return f"appeal:{appeal.ref}"


def opened(appeal: Appeal, *, agreement_ref: str) -> dict[str, Any]:
    """The entry that opens an appeal, and without which nothing can be handed in."""
    return {
        **_asked(appeal),
        "agreement": agreement_ref,
        "approved_by": _shown(appeal),
        "opened_at": _time(appeal.opened_at),
        "expires_at": _time(appeal.expires_at),
    }


def rejected(appeal: Appeal) -> dict[str, Any]:
    """An appeal that a second officer refused, with the reason."""
    return {
        **_asked(appeal),
        "rejected_by": _shown(appeal),
        "rejected_at": _time(appeal.ended_at),
        "why": appeal.rejection_reason,
    }


def closed(appeal: Appeal, *, how: str, officer: Officer | None, videos: int) -> dict[str, Any]:
    """How an appeal ended, and how many videos the agency received, which it knows."""
    return {
        "appeal": appeal.ref,
        "agency": appeal.agency.slug,
        "agency_name": appeal.agency.name,
        "ended": how,
        "ended_at": _time(appeal.ended_at),
        "ended_by": officer.shown_as if officer else "",
        "videos_received": videos,
    }


def after(appeal: Appeal, **body: str) -> dict[str, Any]:
    """What became of a video that was handed in; which one isn't said."""
    return {"appeal": appeal.ref, "agency": appeal.agency.slug, "agency_name": appeal.agency.name, **body}


def details(appeal: Appeal) -> dict[str, Any]:
    """What the entry's `details_sha256` covers: the agency holds it, and can show it to a court."""
    return {"appeal": appeal.ref, "case_number": appeal.case_number, "salt": appeal.details_salt}


def _asked(appeal: Appeal) -> dict[str, Any]:
    return {
        "appeal": appeal.ref,
        "agency": appeal.agency.slug,
        "agency_name": appeal.agency.name,
        "incident_type": appeal.incident_type,
        "title": appeal.title,
        "words": appeal.words,
        "why_public": appeal.why_public,
        "place_name": appeal.place_name,
        "place_cells": [cell_to_hex(cell) for cell in appeal.place_cells],
        "window_starts_at": _time(appeal.starts_at),
        "window_ends_at": _time(appeal.ends_at),
        "time_zone": appeal.time_zone,
        "written_by": appeal.writer.shown_as,
        "submitted_at": _time(appeal.submitted_at),
        "policy": appeal.policy_hash,
        "details_sha256": hashlib.sha256(canonical(details(appeal))).hexdigest(),
    }


def _shown(appeal: Appeal) -> str:
    assert appeal.approver is not None
    return appeal.approver.shown_as


def _time(at: datetime | None) -> str:
    assert at is not None
    return timestamp(at)
