"""How an officer comes in: what is asked before the portal opens."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.agencies import actions
from goodfences.agencies.models import Officer
from goodfences.errors import Refused
from goodfences.officers import providers
from goodfences.web import within
from goodfences.web.forms import add_problems, warn
from goodfences.web.portal.forms import BadgeForm
from goodfences.web.portal.guard import has_factor, officer, officer_without_factor

INVALID = 422


@require_GET
@never_cache
@officer_without_factor
def second_factor(request: HttpRequest, acting: Officer) -> HttpResponse:
    """Leads to setting a second factor up; on, where one was shown."""
    if has_factor(request, providers.in_force(acting.agency)):
        given = request.GET.get(REDIRECT_FIELD_NAME, "")
        return redirect(within.path(given, otherwise=reverse("portal:requests")))
    return render(request, "portal/second_factor.html", {"agency": acting.agency})


@require_http_methods(["GET", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the invitation's link. It shows what it is; its button says yes, and so no mail scanner does."""
    invited = actions.invited_by(token)
    form = BadgeForm(request.POST or None)
    context: dict[str, Any] = {"agency": invited.agency, "invited": invited, "form": form}
    if request.method == "GET":
        return render(request, "portal/invitation.html", context)
    try:
        accepted = actions.accept_invitation(token=token, badge=request.POST.get("badge", ""))
    except Refused as refused:
        of_badge = [one for one in refused.problems if one.field == "badge"]
        if of_badge and form.is_valid():
            add_problems(form, refused)
        words = None if of_badge else refused
        return render(request, "portal/invitation.html", {**context, "refused": words}, status=INVALID)
    if request.user.is_authenticated:
        logout(request)
    # A re-invited officer who still has a key shows it now, as after any other first step.
    login = Login(user=accepted.account, redirect_url=reverse("portal:requests"))
    return cast("HttpResponse", perform_login(request, login))


@require_http_methods(["GET", "POST"])
@officer
def leave(request: HttpRequest, acting: Officer) -> HttpResponse:
    """One goes by oneself."""
    if request.method == "POST":
        try:
            actions.leave(acting=acting)
        except Refused as refused:
            warn(request, refused)
            return redirect("portal:agency")
        logout(request)
        messages.success(request, _("You have left %(agency)s.") % {"agency": acting.agency.name})
        return redirect("public:home")
    question = {
        "agency": acting.agency,
        "title": _("Leave %(agency)s?") % {"agency": acting.agency.name},
        "words": [_("Your access, your keys and every session end now. What you did stays on record.")],
        "button": _("Leave"),
    }
    return render(request, "portal/confirm.html", {**question, "back": reverse("portal:agency")})


urls = [
    path("second-factor/", second_factor, name="second_factor"),
    path("invitation/<str:token>/", invitation, name="invitation"),
    path("leave/", leave, name="leave"),
]
