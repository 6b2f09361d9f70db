"""Where one lands after signing in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from goodfences.errors import NotFound
from goodfences.people import access, actions, queries
from goodfences.people.models import Account
from goodfences.web.accounts import spoken
from goodfences.web.forms import attempt
from goodfences.web.resident.forms import SettleForm
from goodfences.web.resident.pages import INVALID, show

HOMES = {
    Account.Kind.OFFICER: "portal:requests",
    Account.Kind.MODERATOR: "staff:reports",
    Account.Kind.OPERATOR: "staff:overview",
    Account.Kind.OVERSEER: "oversight:agencies",
}


@never_cache
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Sends each kind of person to their first page; a resident who has no household yet settles here."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    account = request.user
    if account.kind != Account.Kind.RESIDENT:
        if request.method == "POST":
            raise NotFound
        return redirect(HOMES[Account.Kind(account.kind)])
    if access.household_of(account) is not None:
        return redirect("resident:today")
    return _settle(request, account)


def _settle(request: HttpRequest, account: Account) -> HttpResponse:
    initial = {"language": spoken(request.LANGUAGE_CODE), "time_zone": timezone.get_current_timezone_name()}
    form = SettleForm(request.POST or None, initial=initial)
    if request.method == "POST" and attempt(form, actions.settle, account=account):
        messages.success(request, _("You are settled. Only you and your household see this."))
        return redirect("resident:start")
    context = {"form": form, "invitations": queries.invitations_to(account)}
    return show(request, account, "settle.html", context, INVALID if form.errors else 200)


urls = [path("welcome/", welcome, name="welcome")]
