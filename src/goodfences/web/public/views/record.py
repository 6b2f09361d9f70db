"""The public record: every request, each request, and the policy that all are held to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goodfences.agencies import queries as agencies
from goodfences.errors import NotFound
from goodfences.ledger import queries as ledger
from goodfences.places import TOWN_RES, cell_to_hex, coarse_outline, widened
from goodfences.policy import in_force
from goodfences.video_requests import public, released
from goodfences.web.public import words
from goodfences.web.public.open_data import geojson

PAGE = 25
STATES = ("open", "closed", "withdrawn", "rejected")
_FILTERS = ("agency", "state", "incident_type")


@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Every request, the newest first. `before` is the ledger index to go on from; nonsense is the first page."""
    # A NUL is in no name of anything, and PostgreSQL refuses to look for one.
    chosen = {
        name: request.GET[name][:60].replace("\0", "\N{REPLACEMENT CHARACTER}")
        for name in _FILTERS
        if request.GET.get(name)
    }
    before = request.GET.get("before", "")
    found = public.requests(
        agency_slug=chosen.get("agency", ""),
        state=chosen.get("state", ""),
        incident_type=chosen.get("incident_type", ""),
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None,
        limit=PAGE + 1,
    )
    shown, more = found[:PAGE], found[PAGE:]
    return render(
        request,
        "public/requests.html",
        {
            "requests": shown,
            "figures": public.figures(),
            "partners": agencies.partners().count(),
            "entries": ledger.signed_size(),
            "chosen": chosen,
            "agencies": [*agencies.partners(), *agencies.former_partners()],
            "states": STATES,
            "incident_types": list(in_force().incident_types),
            "older": urlencode(chosen | {"before": shown[-1].ledger_index}) if more else "",
            "newest": urlencode(chosen) if before else None,
        },
    )


@require_safe
def request_page(request: HttpRequest, ref: str) -> HttpResponse:
    shown = _published(ref)
    middle = shown.place_cells[len(shown.place_cells) // 2]
    signed = ledger.signed_size()
    entries = [entry for entry in ledger.entries(subject=f"request:{ref}") if entry.index < signed]
    return render(
        request,
        "public/request.html",
        {
            "asked": shown,
            "part_of_town": cell_to_hex(middle),
            "town": cell_to_hex(widened(middle, TOWN_RES)),
            "entries": entries,
            "became_of_it": words.became_of_it(entries),
            "signed": shown.ledger_index < signed,
        },
    )


@require_safe
def request_area(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The area as the public sees it: cells of about half a mile, never the outline that was drawn."""
    shown = _published(ref)
    properties = {"kind": "place", "name": shown.place_name}
    return geojson([{"type": "Feature", "geometry": coarse_outline(shown.place_cells), "properties": properties}])


@require_safe
def policy_page(request: HttpRequest) -> HttpResponse:
    policy = in_force()
    history = list(ledger.entries(kind="policy").reverse())
    context: dict[str, Any] = {"policy": policy, "history": history, "incident_types": list(policy.incident_types)}
    newest = history[0] if history else None
    context["published"] = newest if newest and (newest.body or {}).get("hash") == policy.hash else None
    return render(request, "public/policy.html", context)


@require_safe
def totals_page(request: HttpRequest) -> HttpResponse:
    """About how many homes were asked and declined, an agency and quarter, the newest first."""
    shown = released.totals()[::-1]
    context = {
        "totals": shown,
        "count": len(shown),
        "epsilon": settings.EPSILON,
        "within": released.within(2 / settings.EPSILON),
    }
    return render(request, "public/totals.html", context | {"settled_days": released.SETTLED.days})


def _published(ref: str) -> public.PublicRequest:
    try:
        return public.request(ref)
    except NotFound as error:
        raise Http404(str(error)) from error
