"""What authorities demanded about the reader, from when on they may be told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from goodfences.legal_demands import leaving, public
from goodfences.people.models import Account
from goodfences.web.resident.guard import resident
from goodfences.web.resident.pages import show


@require_safe
@resident
def legal_demands(request: HttpRequest, account: Account) -> HttpResponse:
    found = [
        {"subject": one, "demand": one.demand, "kind": public.KINDS[one.demand.kind]} for one in leaving.told(account)
    ]
    return show(request, account, "legal_demands.html", {"demands": found})


urls = [path("settings/legal-demands/", legal_demands, name="legal_demands")]
