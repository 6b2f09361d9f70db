"""What a council sees of its agencies, and what it can do."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.oversight import access, actions, public, queries
from goodfences.oversight.models import Seat
from goodfences.video_requests import public as requests
from goodfences.web.forms import attempt
from goodfences.web.oversight.guard import overseer

INVALID = 422
_LATEST = 50


class FindingForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("In one line"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("What you found"),
        help_text=gettext_lazy("Published for good, under your body’s name. Name no person and no house."),
        widget=forms.Textarea,
    )


class SuspensionForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("10 to 500 characters. The reason is published."),
        widget=forms.Textarea,
    )


@require_GET
@overseer
def agencies(request: HttpRequest, seat: Seat) -> HttpResponse:
    return render(request, "oversight/agencies.html", {"seat": seat, "agencies": queries.agencies(seat)})


@require_GET
@overseer
def agency(request: HttpRequest, seat: Seat, slug: str) -> HttpResponse:
    found = access.agency(seat, slug)
    context = {
        "seat": seat,
        "agency": found,
        "acts": queries.acts(found),
        "requests": requests.requests(agency_slug=slug, limit=_LATEST),
        "findings": public.findings(found),
    }
    return render(request, "oversight/agency.html", context)


@require_http_methods(["GET", "POST"])
@overseer
def finding(request: HttpRequest, seat: Seat, slug: str) -> HttpResponse:
    found = access.agency(seat, slug)
    form = FindingForm(request.POST or None)
    if request.method == "POST" and attempt(form, actions.find, acting=seat, slug=slug):
        messages.success(request, _("It stands on the agency’s public page."))
        return redirect("oversight:agency", slug)
    context = {"seat": seat, "agency": found, "form": form}
    return render(request, "oversight/finding.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@overseer
def suspend(request: HttpRequest, seat: Seat, slug: str) -> HttpResponse:
    found = access.agency(seat, slug)
    if found.suspended_at is not None and request.method == "GET":
        return redirect("oversight:agency", slug)
    form = SuspensionForm(request.POST or None)
    if request.method == "POST" and attempt(form, actions.suspend, acting=seat, slug=slug):
        messages.success(request, _("%(name)s is suspended, and its requests have ended.") % {"name": found.name})
        return redirect("oversight:agency", slug)
    context = {"seat": seat, "agency": found, "form": form}
    return render(request, "oversight/suspend.html", context, status=INVALID if form.errors else 200)
