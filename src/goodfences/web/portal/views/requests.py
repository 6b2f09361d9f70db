"""The agency's requests: the list, and one of them with all that its officers may do."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from goodfences import places
from goodfences.agencies.models import Officer
from goodfences.agencies.queries import policy_for
from goodfences.ledger import queries as ledger
from goodfences.video_requests import portal
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.portal.forms import RejectForm
from goodfences.web.portal.guard import officer
from goodfences.web.portal.views.shared import shared_context

A_PAGE = 50


@require_GET
@officer
def requests(request: HttpRequest, acting: Officer) -> HttpResponse:
    """All requests of the agency, the newest first, those that wait for this officer on top."""
    found = portal.requests_of(acting)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    waiting = [one for one in found.filter(state="submitted") if portal.powers(acting, one).approve]
    context = {"page": page, "waiting": waiting, "labels": policy_for(acting.agency).incident_types}
    return _render(request, "portal/requests.html", acting, context)


@require_GET
@officer
def show(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return page(request, acting, portal.request(acting, ref))


def page(
    request: HttpRequest, acting: Officer, asked: VideoRequest, *, reject: RejectForm | None = None, status: int = 200
) -> HttpResponse:
    """One request. Whether anyone was asked is nothing that this page, or its timing, depends on (P2)."""
    index = asked.ledger_index
    context: dict[str, Any] = {
        "asked": asked,
        "powers": portal.powers(acting, asked),
        "label": policy_for(acting.agency).incident_types.get(asked.incident_type, asked.incident_type),
        "area": places.outline(asked.ranges) if asked.has_area else None,
        "signed": index is not None and ledger.is_signed(index),
        "reject": reject or RejectForm(),
    }
    if asked.opened_at is not None:
        context |= shared_context(acting, asked)
    return _render(request, "portal/request.html", acting, context, status)


def _render(
    request: HttpRequest, template: str, acting: Officer, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"officer": acting, "agency": acting.agency, "may_ask": portal.may_ask(acting)}
    return render(request, template, {**shared, **context}, status=status)


urls = [
    path("", requests, name="requests"),
    path("requests/<str:ref>/", show, name="request"),
]
