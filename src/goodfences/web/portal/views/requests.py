"""The agency's requests: the list, and one of them with all that its officers may do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from goodfences import places
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.agencies.queries import policy_for
from goodfences.evidence.after import queries as after
from goodfences.ledger import queries as ledger
from goodfences.video_requests import outcomes, portal
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.portal.forms import RejectForm, SearchForm
from goodfences.web.portal.guard import officer
from goodfences.web.portal.views.shared import shared_context

A_PAGE = 50


@require_GET
@officer
def requests(request: HttpRequest, acting: Officer) -> HttpResponse:
    """All requests of the agency, the newest first; on top the officer's drafts and what waits for this officer."""
    form = SearchForm(request.GET, acting=acting)
    chosen = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    found = portal.search(acting, **chosen).exclude(state="draft")
    if chosen:
        searched = ", ".join(chosen.values())
        record(AgencyAct.Kind.REQUESTS_SEARCHED, agency=acting.agency, officer=acting, about=searched)
    context = {
        "owed": after.tasks(acting).number,
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "search": form,
        "chosen": urlencode(chosen),
        "waiting": portal.waiting_for(acting),
        "drafts": portal.drafts_of(acting),
        "discarded": (discarded := portal.discarded_of(acting)),
        "discarded_count": len(discarded),
        "labels": policy_for(acting.agency).incident_types,
    }
    return _render(request, "portal/requests.html", acting, context)


@require_GET
@officer
def show(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """Each time that an officer opens it is kept in the agency's log."""
    asked = portal.request(acting, ref)
    if asked.state != VideoRequest.State.DRAFT:
        record(AgencyAct.Kind.REQUEST_READ, agency=acting.agency, officer=acting, about=asked.case_number, ref=ref)
    return page(request, acting, asked)


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
        context["outcome"] = outcomes.of_request(asked)
        context["may_say"] = portal.may_ask(acting) and outcomes.can_be_said(asked)
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
