"""What anyone may read about video requests: what the ledger says, and nothing finer (P2, P9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet

from goodfences import source
from goodfences.errors import NotFound
from goodfences.places import SQUARE_METERS_A_SQUARE_MILE, is_within, rounded
from goodfences.policy import in_force
from goodfences.rows import the_row
from goodfences.video_requests.models.request import VideoRequest

LOOKED_AT = 2000


@dataclass(frozen=True, kw_only=True)
class PublicRequest:
    """A request that is in the ledger. `place_cells` are H3 cells at resolution 8."""

    ref: str
    state: str
    agency_slug: str
    agency_name: str
    incident_type: str
    incident_label: str
    urgent: bool
    place_name: str
    place_cells: list[int]
    square_miles: float
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    requested_by: str
    decided_by: str
    opened_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    rejection_reason: str
    ledger_index: int
    end_ledger_index: int | None


@dataclass(frozen=True)
class Figures:
    """How many requests were opened this year, how many of them marked urgent, and how many were refused. Never how
    many were asked."""

    opened: int
    rejected: int
    urgent: int


def requests(
    *,
    agency_slug: str = "",
    state: str = "",
    incident_type: str = "",
    limit: int | None = None,
    before: int | None = None,
) -> list[PublicRequest]:
    """Published requests in the order of the ledger, the newest first.

    `before` is a ledger index: only older ones (the next page). `state`: open, closed, withdrawn or rejected.
    """
    found = _published().order_by("-ledger_index")
    if agency_slug:
        found = found.filter(agency__slug=agency_slug)
    if state:
        found = found.filter(state=state)
    if incident_type:
        found = found.filter(incident_type=incident_type)
    if before is not None:
        found = found.filter(ledger_index__lt=before)
    labels = in_force().incident_types
    return [_public(request, labels) for request in (found if limit is None else found[:limit])]


def requests_around(cell: int, *, limit: int) -> list[PublicRequest]:
    """The newest published requests that touch this wide cell, of the newest LOOKED_AT of all."""
    newest = _published().order_by("-ledger_index").values_list("pk", "place_cells")[:LOOKED_AT]
    there = [pk for pk, cells in newest if any(is_within(one, cell) for one in cells)][:limit]
    found = _published().filter(pk__in=there).order_by("-ledger_index")
    labels = in_force().incident_types
    return [_public(request, labels) for request in found]


def requests_after(ledger_index: int, *, limit: int) -> list[PublicRequest]:
    """At most `limit` published requests that came after this ledger index, the oldest first: for downloads."""
    found = _published().filter(ledger_index__gt=ledger_index).order_by("ledger_index")
    labels = in_force().incident_types
    return [_public(request, labels) for request in found[:limit]]


def figures(agency_slug: str = "") -> Figures:
    """Of this year, as UTC counts years, and of one agency where one is named."""
    new_year = datetime(source.now().year, 1, 1, tzinfo=UTC)
    published = VideoRequest.objects.filter(ledger_index__isnull=False)
    if agency_slug:
        published = published.filter(agency__slug=agency_slug)
    opened = published.filter(opened_at__gte=new_year)
    return Figures(
        opened=opened.count(),
        urgent=opened.filter(urgent=True).count(),
        rejected=published.filter(state=VideoRequest.State.REJECTED, ended_at__gte=new_year).count(),
    )


def request(ref: str) -> PublicRequest:
    """One published request. Raises NotFound, also for one that isn't published yet."""
    found = the_row(_published().filter(ref=ref))
    if found is None:
        raise NotFound("There is no such request.")
    return _public(found, in_force().incident_types)


def _published() -> QuerySet[VideoRequest]:
    return VideoRequest.objects.filter(ledger_index__isnull=False).select_related("agency", "requester", "approver")


def _public(request: VideoRequest, labels: Mapping[str, str]) -> PublicRequest:
    assert request.ledger_index is not None
    return PublicRequest(
        ref=request.ref,
        state=request.state,
        agency_slug=request.agency.slug,
        agency_name=request.agency.name,
        incident_type=request.incident_type,
        incident_label=labels.get(request.incident_type, request.incident_type),
        urgent=request.urgent,
        place_name=request.place_name,
        place_cells=list(request.place_cells),
        square_miles=rounded(request.area_m2 / SQUARE_METERS_A_SQUARE_MILE),
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        time_zone=request.time_zone,
        requested_by=request.requester.shown_as,
        decided_by=request.approver.shown_as if request.approver else "",
        opened_at=request.opened_at,
        expires_at=request.expires_at,
        ended_at=request.ended_at,
        rejection_reason=request.rejection_reason,
        ledger_index=request.ledger_index,
        end_ledger_index=request.end_ledger_index,
    )
