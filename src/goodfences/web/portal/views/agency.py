"""The agency's own affairs: its agreement, its officers, its log."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.agencies import access, actions, queries
from goodfences.agencies.models import Officer
from goodfences.errors import Refused
from goodfences.officers import directory, rechecks
from goodfences.policy import in_force
from goodfences.web.forms import add_problems, attempt, warn
from goodfences.web.portal.forms import BadgeForm, OfficerForm, RoleForm
from goodfences.web.portal.guard import admin, officer

INVALID = 422


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
            messages.success(request, _("%(who)s was added. An invitation is on its way.") % {"who": added.shown_as})
            return redirect("portal:officers")
    context = {"agency": acting.agency, "form": form}
    return render(request, "portal/officer_add.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@admin
def change(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """Another role for a colleague, and the badge number of one who was invited without."""
    colleague = access.colleague(acting, ref)
    of_badge = "badge" in request.POST
    badge_form = BadgeForm(request.POST if of_badge else None)
    if of_badge and attempt(badge_form, actions.give_badge, acting=acting, ref=ref):
        messages.success(request, _("The badge number was written down."))
        return redirect("portal:officers")
    form = RoleForm(None if of_badge else request.POST or None, initial={"role": colleague.role})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_role(acting=acting, ref=ref, role=form.cleaned_data["role"])
        except Refused as refused:
            add_problems(form, refused)
        else:
            messages.success(request, _("The role of %(who)s was changed.") % {"who": colleague.shown_as})
            return redirect("portal:officers")
    context = {"agency": acting.agency, "form": form, "badge_form": badge_form, "colleague": colleague}
    wrong = form.errors or badge_form.errors
    return render(request, "portal/officer_change.html", context, status=INVALID if wrong else 200)


@require_http_methods(["GET", "POST"])
@admin
def deactivate(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _asked_first(
        request,
        actions.deactivate_officer,
        acting,
        ref,
        _("End the access of %(who)s?"),
        _("They can’t open the portal any more, from this moment on. What they did stays on record."),
        button=_("End their access"),
    )


@require_http_methods(["GET", "POST"])
@admin
def reactivate(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _asked_first(
        request,
        actions.reactivate_officer,
        acting,
        ref,
        _("Give %(who)s access again?"),
        _("They can sign in as before, with the role that they had."),
        button=_("Give access"),
    )


@require_http_methods(["GET", "POST"])
@admin
def invite(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _asked_first(
        request,
        actions.invite_again,
        acting,
        ref,
        _("Invite %(who)s again?"),
        _("They get another email with a link. The former link ends."),
        button=_("Send the invitation"),
    )


@require_http_methods(["GET", "POST"])
@admin
def take_keys(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _asked_first(
        request,
        actions.take_keys,
        acting,
        ref,
        _("Take the keys of %(who)s away?"),
        _("Their passkeys, their app’s codes and every session end now, as when a telephone is lost."),
        _("They sign in by a code to their address and set up another key. Be sure that it is they who asked."),
        button=_("Take them away"),
    )


@require_http_methods(["GET", "POST"])
@admin
def recheck(request: HttpRequest, acting: Officer) -> HttpResponse:
    """The quarter's list: who still works here."""
    if request.method == "POST":
        try:
            rechecks.confirm(acting=acting, refs=request.POST.getlist("officer"))
        except Refused as refused:
            warn(request, refused)
        return redirect("portal:recheck")
    waiting = rechecks.current(acting.agency)
    context = {
        "agency": acting.agency,
        "acting": acting,
        "recheck": waiting,
        "rows": rechecks.rows(waiting) if waiting else [],
        "alone": not rechecks.has_another_admin(acting),
        "ended": rechecks.ended(acting.agency)[:12],
    }
    return render(request, "portal/recheck.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@admin
def scim(request: HttpRequest, acting: Officer) -> HttpResponse:
    """The token of the agency's directory: made, shown once, ended."""
    token = ""
    if request.method == "POST":
        if request.POST.get("act") == "end":
            directory.end_token(acting=acting)
            return redirect("portal:directory")
        token = directory.make_token(acting=acting)
    context = {
        "agency": acting.agency,
        "token": token,
        "directory": directory.of(acting.agency),
        "address": f"{settings.SITE_URL}/api/scim/v2",
    }
    return render(request, "portal/directory.html", context)


def _asked_first(
    request: HttpRequest,
    act: Callable[..., Officer],
    acting: Officer,
    ref: str,
    title: str,
    *words: str,
    button: str,
) -> HttpResponse:
    """Do `act` to a colleague once the admin says so on a page of its own; its `title` has a place for `who`."""
    colleague = access.colleague(acting, ref)
    if request.method == "POST":
        try:
            act(acting=acting, ref=ref)
        except Refused as refused:
            warn(request, refused)
        return redirect("portal:officers")
    question = {"title": title % {"who": colleague.shown_as}, "words": words, "button": button}
    context = {"agency": acting.agency, **question, "back": reverse("portal:officers")}
    return render(request, "portal/confirm.html", context)


urls = [
    path("agreement/", agency, name="agency"),
    path("officers/", officers, name="officers"),
    path("officers/add/", add, name="officer_add"),
    path("officers/directory/", scim, name="directory"),
    path("officers/recheck/", recheck, name="recheck"),
    path("officers/<str:ref>/", change, name="officer"),
    path("officers/<str:ref>/deactivate/", deactivate, name="officer_deactivate"),
    path("officers/<str:ref>/reactivate/", reactivate, name="officer_reactivate"),
    path("officers/<str:ref>/invite/", invite, name="officer_invite"),
    path("officers/<str:ref>/keys/", take_keys, name="officer_keys"),
]
