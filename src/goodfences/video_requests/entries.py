"""What the ledger says about a request: coarse, and a function of what the agency knows (P2, P5, P9).

In: agency, incident type, whether it is urgent, place name, resolution-8 cells, size, window, both officers as
owners see them (title and badge), policy, times, and the commitment to what owners read (see details). Out: case
number, reason, contact, the exact area and why it can't wait, which might point to a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from goodfences.agencies.models import Officer
from goodfences.places import SQUARE_METERS_A_SQUARE_MILE, cell_to_hex, rounded
from goodfences.video_requests.details import details_hash
from goodfences.video_requests.models.request import VideoRequest
from goodfences_record.canonical import timestamp


def subject(request: VideoRequest) -> str:
    return f"request:{request.ref}"


def opened(request: VideoRequest, *, agreement_ref: str) -> dict[str, Any]:
    """The entry that opens a request, and without which no footage moves."""
    assert request.approver is not None
    return {
        **_asked(request),
        "agreement": agreement_ref,
        "approved_by": request.approver.shown_as,
        "opened_at": _time(request.opened_at),
        "expires_at": _time(request.expires_at),
    }


def rejected(request: VideoRequest) -> dict[str, Any]:
    """A request that a second officer refused, with the reason."""
    assert request.approver is not None
    return {
        **_asked(request),
        "rejected_by": request.approver.shown_as,
        "rejected_at": _time(request.ended_at),
        "why": request.rejection_reason,
    }


def ended(request: VideoRequest, *, how: str, officer: Officer | None, videos_received: int) -> dict[str, Any]:
    """How an open request ended. `videos_received` are those that the agency was given, which it knows."""
    return {
        "request": request.ref,
        "agency": request.agency.slug,
        "agency_name": request.agency.name,
        "ended": how,
        "ended_at": _time(request.ended_at),
        "ended_by": officer.shown_as if officer else "",
        "videos_received": videos_received,
    }


def helped(request: VideoRequest, *, helped: bool, officer: Officer) -> dict[str, Any]:
    """Whether what was shared for a request helped, as its agency says."""
    return {
        "request": request.ref,
        "agency": request.agency.slug,
        "agency_name": request.agency.name,
        "helped": "yes" if helped else "no",
        "said_by": officer.shown_as,
    }


def _asked(request: VideoRequest) -> dict[str, Any]:
    return {
        "request": request.ref,
        "agency": request.agency.slug,
        "agency_name": request.agency.name,
        "incident_type": request.incident_type,
        "urgent": request.urgent,
        "place_name": request.place_name,
        "place_cells": [cell_to_hex(cell) for cell in request.place_cells],
        "square_miles": rounded(request.area_m2 / SQUARE_METERS_A_SQUARE_MILE),
        "window_starts_at": _time(request.starts_at),
        "window_ends_at": _time(request.ends_at),
        "time_zone": request.time_zone,
        "requested_by": request.requester.shown_as,
        "submitted_at": _time(request.submitted_at),
        "policy": request.policy_hash,
        "details_sha256": details_hash(request),
    }


def _time(at: datetime | None) -> str:
    assert at is not None
    return timestamp(at)
