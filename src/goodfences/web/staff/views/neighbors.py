"""What neighbors ask each other, for moderators: what was written, and never who asked, where, or whom."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from goodfences.neighbor_requests import actions, queries
from goodfences.web.forms import attempt
from goodfences.web.media import account_of
from goodfences.web.staff.counts import waiting
from goodfences.web.staff.guard import moderator
from goodfences.web.staff.moderation_forms import StopForm

INVALID = 422


@require_GET
@moderator
def index(request: HttpRequest) -> HttpResponse:
    return _index(request)


@require_POST
@moderator
def keep(request: HttpRequest, ref: str) -> HttpResponse:
    actions.keep(moderator=account_of(request), ref=ref)
    messages.success(request, _("It asks on. Reports until now are done with."))
    return redirect("staff:neighbors")


@require_POST
@moderator
def stop(request: HttpRequest, ref: str) -> HttpResponse:
    form = StopForm(request.POST, auto_id=f"id_%s_{ref}")
    if attempt(form, actions.stop, moderator=account_of(request), ref=ref):
        messages.success(request, _("Ended. Its asker is told why, and nobody else."))
        return redirect("staff:neighbors")
    return _index(request, {ref: form})


def _index(request: HttpRequest, tried: dict[str, StopForm] | None = None) -> HttpResponse:
    tried = tried or {}
    found = queries.for_moderators(account_of(request))
    refs = [one.request.ref for one in found]
    forms = [tried.get(ref) or StopForm(auto_id=f"id_%s_{ref}") for ref in refs]
    context = {"asking": list(zip(found, forms, strict=True)), "nav_counts": waiting()}
    return render(request, "staff/neighbors.html", context, status=INVALID if tried else 200)


urls = [
    path("neighbors/", index, name="neighbors"),
    path("neighbors/<str:ref>/keep/", keep, name="neighbor_keep"),
    path("neighbors/<str:ref>/stop/", stop, name="neighbor_stop"),
]
