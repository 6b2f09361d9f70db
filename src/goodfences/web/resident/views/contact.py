"""Who may ask, and when the person is written to: mutes, quiet hours, days away, one email a day."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goodfences import source
from goodfences.agencies import queries as agencies
from goodfences.neighbor_requests import queries as neighbors
from goodfences.neighbor_requests import rules
from goodfences.people import actions
from goodfences.people import queries as people
from goodfences.people.models import Account
from goodfences.video_requests import asks
from goodfences.video_requests import queries as requests
from goodfences.web.forms import attempt
from goodfences.web.resident.forms import HoursForm
from goodfences.web.resident.guard import resident
from goodfences.web.resident.pages import INVALID, show


@require_http_methods(["GET", "POST"])
@resident
def contact(request: HttpRequest, account: Account) -> HttpResponse:
    """Who may ask; when an email may come."""
    hours = people.hours_of(account)
    form = HoursForm(request.POST or None, initial=HoursForm.initial_of(hours))
    if request.method == "POST" and attempt(form, actions.choose_hours, account=account):
        messages.success(request, _("Saved. No agency learns of it."))
        return redirect("resident:messages")
    muted = [mute.agency for mute in requests.mutes_of(account.pk) if mute.agency]
    context = {
        "form": form,
        "account": account,
        "is_away": hours.is_away(source.now()),
        "muted": muted,
        "all_muted": requests.all_muted(account.pk),
        "no_neighbors": neighbors.is_muted(account),
        "limits": rules.in_force(),
        "may_ask": agencies.partners().exclude(pk__in=[agency.pk for agency in muted]),
    }
    return show(request, account, "messages.html", context, INVALID if form.errors else 200)


@require_POST
@resident
def mute(request: HttpRequest, account: Account) -> HttpResponse:
    """One agency, chosen from the list of partners."""
    agency = agencies.agency(request.POST.get("agency", ""))
    asks.mute(owner_id=account.pk, agency_id=agency.pk)
    messages.success(request, _("%(agency)s won’t ask you any more. Nobody is told.") % {"agency": agency.name})
    return redirect("resident:messages")


@require_POST
@resident
def unmute(request: HttpRequest, account: Account, slug: str) -> HttpResponse:
    agency = agencies.agency(slug)
    asks.unmute(owner_id=account.pk, agency_id=agency.pk)
    messages.success(request, _("%(agency)s may ask you again.") % {"agency": agency.name})
    return redirect("resident:messages")


@require_POST
@resident
def mute_all(request: HttpRequest, account: Account) -> HttpResponse:
    asks.mute(owner_id=account.pk, agency_id=None)
    messages.success(request, _("No agency will ask you any more. Nobody is told."))
    return redirect("resident:messages")


@require_POST
@resident
def unmute_all(request: HttpRequest, account: Account) -> HttpResponse:
    asks.unmute(owner_id=account.pk, agency_id=None)
    messages.success(request, _("Agencies may ask you again, but for those that you named."))
    return redirect("resident:messages")


urls = [
    path("settings/messages/", contact, name="messages"),
    path("settings/mutes/", mute_all, name="mute_all"),
    path("settings/mutes/end/", unmute_all, name="unmute_all"),
    path("settings/mutes/agency/", mute, name="mute"),
    path("settings/mutes/<slug:slug>/end/", unmute, name="unmute"),
]
