"""Partners, and one page for each agency that ever was one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goodfences.agencies import queries
from goodfences.agencies.models import Agency
from goodfences.alerts import public as warnings
from goodfences.auditing import public as auditing
from goodfences.errors import NotFound
from goodfences.feed import public as posts
from goodfences.ledger import queries as ledger
from goodfences.oversight import public as oversight
from goodfences.places import center
from goodfences.video_requests import public
from goodfences.web.public import words
from goodfences.web.public.open_data import geojson

_LATEST = 10


@require_safe
def partners(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "public/partners.html",
        {"partners": _with_agreements(queries.partners()), "former": queries.former_partners()},
    )


@require_safe
def partners_map(request: HttpRequest) -> HttpResponseBase:
    return geojson([_pin(agency) for agency in queries.partners()])


@require_safe
def agency_page(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        agency = queries.agency(slug)
    except NotFound as error:
        raise Http404(str(error)) from error
    agreements = list(queries.agreements(agency))
    in_force_now = next((agreement for agreement in agreements if agreement.ended_at is None), None)
    rechecks = ledger.entries(kind="agency.rechecked", subject=f"agency:{agency.ref}")
    return render(
        request,
        "public/agency.html",
        {
            "agency": agency,
            "agreement": in_force_now,
            "agreements": agreements,
            "bodies": oversight.bodies(agency),
            "findings": oversight.findings(agency),
            "stricter": words.stricter(in_force_now.stricter) if in_force_now else [],
            "figures": public.figures(slug),
            "reviews": auditing.reviews_of(slug),
            "requests": public.requests(agency_slug=slug, limit=_LATEST),
            "posts": posts.of_agency(slug, limit=_LATEST),
            "warnings": warnings.issued_by(agency.pk, limit=_LATEST),
            "rechecks": rechecks.count(),
            "recheck": rechecks.last(),
            "entries": ledger.entries(subject=f"agency:{agency.ref}").reverse()[:_LATEST],
        },
    )


def _with_agreements(agencies: Any) -> list[dict[str, Any]]:
    return [{"agency": agency, "agreement": queries.agreement_in_force(agency)} for agency in agencies]


def _pin(agency: Agency) -> dict[str, Any]:
    latitude, longitude = center(agency.place_cell)
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(longitude, 5), round(latitude, 5)]},
        "properties": {"kind": "marker", "name": agency.name, "url": reverse("public:agency", args=[agency.slug])},
    }
