"""Agencies are admitted, bound by a new agreement, suspended and reinstated. All of it is public at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.agencies import actions, queries
from goodfences.agencies.models import Agency, Officer
from goodfences.errors import NotFound, Refused
from goodfences.web.agreement_forms import AdminForm, AgreementForm, add_agency_problems
from goodfences.web.staff.forms import AdmitForm, SuspendForm
from goodfences.web.staff.guard import operator

INVALID = 422


@require_GET
@operator
def agencies(request: HttpRequest) -> HttpResponse:
    context = {
        "partners": queries.partners(),
        "suspended": queries.former_partners(),
        "admits": settings.NOTICE_DAYS == 0,
    }
    return render(request, "staff/agencies.html", context)


@require_http_methods(["GET", "POST"])
@operator
def admit(request: HttpRequest) -> HttpResponse:
    form = AdmitForm(request.POST or None, initial={"time_zone": timezone.get_current_timezone_name()})

    def act() -> None:
        agency = actions.admit(
            operator=request.user, particulars=form.particulars(), admin=form.admin(), **form.agreement()
        )
        messages.success(
            request, _("%(name)s is a partner now, and its agreement is public.") % {"name": agency.name}
        )

    if request.method == "POST" and _attempt(form, act):
        return redirect("staff:agencies")
    return render(request, "staff/admit.html", {"form": form}, status=INVALID if form.errors else 200)


@require_GET
@operator
def agency(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.agency(slug)
    officers = queries.officers(found)
    context = {
        "agency": found,
        "agreements": queries.agreements(found),
        "officers": officers,
        "has_admin": any(one.active and one.role == Officer.Role.ADMIN for one in officers),
    }
    return render(request, "staff/agency.html", context)


@require_http_methods(["GET", "POST"])
@operator
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """A new agreement: in the place of the one in force, or to let a suspended agency work again."""
    found = queries.agency(slug)
    form = AgreementForm(request.POST or None)

    def act() -> None:
        bind = actions.renew if found.suspended_at is None else actions.reinstate
        bind(operator=request.user, slug=slug, **form.agreement())
        messages.success(request, _("The new agreement is in force, and public."))

    if request.method == "POST" and _attempt(form, act):
        return redirect("staff:agency", slug)
    context = {"agency": found, "form": form}
    return render(request, "staff/agreement.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@operator
def suspend(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.agency(slug)
    if found.suspended_at is not None and request.method == "GET":
        return redirect("staff:agency", slug)
    done = _("%(name)s is suspended, and its requests have ended.")
    return _end(request, found, actions.suspend, done, "staff/suspend.html")


@require_http_methods(["GET", "POST"])
@operator
def terminate(request: HttpRequest, slug: str) -> HttpResponse:
    """For good, suspended before or not."""
    found = queries.agency(slug)
    if found.terminated_at is not None and request.method == "GET":
        return redirect("staff:agency", slug)
    done = _("%(name)s is no partner any more, and its officers have no access.")
    return _end(request, found, actions.terminate, done, "staff/terminate.html")


def _end(request: HttpRequest, found: Agency, how: Callable[..., Agency], done: str, template: str) -> HttpResponse:
    form = SuspendForm(request.POST or None)

    def act() -> None:
        how(operator=request.user, slug=found.slug, reason=form.cleaned_data["reason"])
        messages.success(request, done % {"name": found.name})

    if request.method == "POST" and _attempt(form, act):
        return redirect("staff:agency", found.slug)
    context = {"agency": found, "form": form}
    return render(request, template, context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@operator
def add_admin(request: HttpRequest, slug: str) -> HttpResponse:
    """For an agency that lost all of its admins."""
    found = queries.agency(slug)
    if found.suspended_at is not None:
        raise NotFound
    form = AdminForm(request.POST or None)

    def act() -> None:
        added = actions.add_admin(operator=request.user, slug=slug, particulars=form.admin())
        messages.success(request, _("%(who)s was added.") % {"who": added.shown_as})

    if request.method == "POST" and _attempt(form, act):
        return redirect("staff:agency", slug)
    context: dict[str, Any] = {"agency": found, "form": form}
    return render(request, "staff/add_admin.html", context, status=INVALID if form.errors else 200)


def _attempt(form: forms.Form, act: Callable[[], None]) -> bool:
    """Whether the form could be read and the act was done; what was refused stands beside the fields."""
    if not form.is_valid():
        return False
    try:
        act()
    except Refused as refused:
        add_agency_problems(form, refused)
        return False
    return True


urls = [
    path("agencies/", agencies, name="agencies"),
    path("agencies/admit/", admit, name="admit"),
    path("agencies/<slug:slug>/", agency, name="agency"),
    path("agencies/<slug:slug>/agreement/", agreement, name="agreement"),
    path("agencies/<slug:slug>/suspend/", suspend, name="suspend"),
    path("agencies/<slug:slug>/terminate/", terminate, name="terminate"),
    path("agencies/<slug:slug>/admin/", add_admin, name="add_admin"),
]
