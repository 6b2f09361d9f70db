"""The agency's own affairs: its agreement, its officers, its log."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.agencies import access, actions, queries
from goodfences.agencies.models import Officer
from goodfences.errors import Refused
from goodfences.policy import in_force
from goodfences.web.forms import add_problems, warn
from goodfences.web.portal.forms import OfficerForm, RoleForm
from goodfences.web.portal.guard import admin, officer, reader_of_log

INVALID = 422
ACTS_A_PAGE = 100


@require_GET
@officer
def agency(request: HttpRequest, acting: Officer) -> HttpResponse:
    """What the agency signed, by which rules it asks, and who its officers are."""
    agreement = queries.agreement_in_force(acting.agency)
    general, own = in_force(), queries.policy_for(acting.agency)
    stricter = [rule for rule in own.rules if rule.figure != general.rule(rule.name).figure]
    context = {
        "agency": acting.agency,
        "agreement": agreement,
        "stricter": stricter,
        "fewer_types": list(own.incident_types.values()) if own.incident_types != general.incident_types else [],
        "officers": [one for one in queries.officers(acting.agency) if one.active],
        "is_admin": acting.role == Officer.Role.ADMIN,
        "reads_log": acting.role in (Officer.Role.ADMIN, Officer.Role.AUDITOR),
    }
    return render(request, "portal/agency.html", context)


@require_GET
@admin
def officers(request: HttpRequest, acting: Officer) -> HttpResponse:
    context = {"agency": acting.agency, "acting": acting, "officers": queries.officers(acting.agency)}
    return render(request, "portal/officers.html", context)


@require_http_methods(["GET", "POST"])
@admin
def add(request: HttpRequest, acting: Officer) -> HttpResponse:
    form = OfficerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_officer(acting=acting, particulars=form.particulars())
        except Refused as refused:
            add_problems(form, refused)
        else:
            messages.success(request, _("%(who)s was added.") % {"who": added.shown_as})
            return redirect("portal:officers")
    context = {"agency": acting.agency, "form": form}
    return render(request, "portal/officer_add.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@admin
def change(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """Another role for a colleague."""
    colleague = access.colleague(acting, ref)
    form = RoleForm(request.POST or None, initial={"role": colleague.role})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_role(acting=acting, ref=ref, role=form.cleaned_data["role"])
        except Refused as refused:
            add_problems(form, refused)
        else:
            messages.success(request, _("The role of %(who)s was changed.") % {"who": colleague.shown_as})
            return redirect("portal:officers")
    context = {"agency": acting.agency, "form": form, "colleague": colleague}
    return render(request, "portal/officer_change.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@admin
def deactivate(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    colleague = access.colleague(acting, ref)
    if request.method == "POST":
        return _do(request, actions.deactivate_officer, acting, ref)
    question = {
        "agency": acting.agency,
        "title": _("End the access of %(who)s?") % {"who": colleague.shown_as},
        "words": [_("They can’t open the portal any more, from this moment on. What they did stays on record.")],
        "button": _("End their access"),
    }
    return render(request, "portal/confirm.html", {**question, "back": reverse("portal:officers")})


@require_http_methods(["GET", "POST"])
@admin
def reactivate(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    colleague = access.colleague(acting, ref)
    if request.method == "POST":
        return _do(request, actions.reactivate_officer, acting, ref)
    question = {
        "agency": acting.agency,
        "title": _("Give %(who)s access again?") % {"who": colleague.shown_as},
        "words": [_("They can sign in as before, with the role that they had.")],
        "button": _("Give access"),
    }
    return render(request, "portal/confirm.html", {**question, "back": reverse("portal:officers")})


def _do(request: HttpRequest, act: Callable[..., Officer], acting: Officer, ref: str) -> HttpResponse:
    try:
        act(acting=acting, ref=ref)
    except Refused as refused:
        warn(request, refused)
    return redirect("portal:officers")


@require_GET
@reader_of_log
def log(request: HttpRequest, acting: Officer) -> HttpResponse:
    """What the agency's officers did."""
    page = Paginator(queries.acts(acting.agency), ACTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/log.html", {"agency": acting.agency, "page": page})


urls = [
    path("agreement/", agency, name="agency"),
    path("officers/", officers, name="officers"),
    path("officers/add/", add, name="officer_add"),
    path("officers/<str:ref>/", change, name="officer"),
    path("officers/<str:ref>/deactivate/", deactivate, name="officer_deactivate"),
    path("officers/<str:ref>/reactivate/", reactivate, name="officer_reactivate"),
    path("log/", log, name="log"),
]
