"""The agency's official warnings: one officer writes, a second one issues, either calls off."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import places
from goodfences.agencies.models import Officer
from goodfences.alerts import portal
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.web.forms import add_problems, attempt, warn
from goodfences.web.portal.guard import officer
from goodfences.web.warning_form import WarningForm
from goodfences.web.warnings import certainty, severity, urgency

INVALID = 422


class CallOffForm(forms.Form):
    use_required_attribute = False

    why = forms.CharField(
        label=gettext_lazy("Why it is over"),
        help_text=gettext_lazy("Everybody who was warned reads it: false alarm, the leak is closed."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    why_es = forms.CharField(
        label=gettext_lazy("The same in Spanish"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


@require_GET
@officer
def warnings(request: HttpRequest, acting: Officer) -> HttpResponse:
    found = list(portal.warnings_of(acting))
    context = {
        "agency": acting.agency,
        "warnings": found,
        "waiting": [one for one in found if portal.powers(acting, one).issue],
        "in_force": {one.ref for one in found if portal.holds(one)},
        "may_write": portal.may_write(acting),
    }
    return render(request, "portal/warnings.html", context)


@require_http_methods(["GET", "POST"])
@officer
def new(request: HttpRequest, acting: Officer, ref: str = "") -> HttpResponse:
    """A new warning, or with `ref` what takes the place of that one."""
    updates = portal.warning(acting, ref) if ref else None
    if not portal.may_write(acting) or (updates is not None and not portal.powers(acting, updates).update):
        raise NotFound
    form = WarningForm(request.POST or None, agency=acting.agency, updates=updates)
    if request.method == "POST" and form.is_valid():
        try:
            written = portal.submit(officer=acting, given=form.particulars(), replaces=ref)
            messages.success(request, _("It waits for a second officer. Nothing is public yet."))
            return redirect("portal:warning", written.ref)
        except Refused as refused:
            add_problems(form, refused)
    context = {"agency": acting.agency, "form": form, "updates": updates}
    return render(request, "portal/warning_new.html", context, status=INVALID if form.errors else 200)


@require_GET
@officer
def warning(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _page(request, acting, ref)


@require_POST
@officer
def issue(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    try:
        portal.issue(officer=acting, ref=ref)
        messages.success(request, _("Issued. It is public, and goes out to everybody in its area."))
    except Refused as refused:
        warn(request, refused)
    return redirect("portal:warning", ref)


@require_POST
@officer
def discard(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    try:
        portal.discard(officer=acting, ref=ref)
    except Refused as refused:
        warn(request, refused)
        return redirect("portal:warning", ref)
    messages.success(request, _("Discarded. Nothing of it was public."))
    return redirect("portal:warnings")


@require_POST
@officer
def call_off(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    portal.warning(acting, ref)
    form = CallOffForm(request.POST)
    if attempt(form, portal.call_off, officer=acting, ref=ref):
        messages.success(request, _("Called off. Whoever was warned is told."))
        return redirect("portal:warning", ref)
    return _page(request, acting, ref, form, INVALID)


def _page(
    request: HttpRequest, acting: Officer, ref: str, form: CallOffForm | None = None, status: int = 200
) -> HttpResponse:
    found = portal.warning(acting, ref)
    context = {
        "agency": acting.agency,
        "warning": found,
        "in_force": portal.holds(found),
        "powers": portal.powers(acting, found),
        "severity": severity(found.severity),
        "urgency": urgency(found.urgency),
        "certainty": certainty(found.certainty),
        "signed": found.ledger_index is not None and ledger.is_signed(found.ledger_index),
        "form": form or CallOffForm(),
        "area": places.coarse_place(found.cells),
    }
    return render(request, "portal/warning.html", context, status=status)


urls = [
    path("warnings/", warnings, name="warnings"),
    path("warnings/new/", new, name="new_warning"),
    path("warnings/<str:ref>/", warning, name="warning"),
    path("warnings/<str:ref>/update/", new, name="update_warning"),
    path("warnings/<str:ref>/issue/", issue, name="issue_warning"),
    path("warnings/<str:ref>/discard/", discard, name="discard_warning"),
    path("warnings/<str:ref>/call-off/", call_off, name="call_off_warning"),
]
