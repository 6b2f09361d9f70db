"""Settings, leaving for good."""

from __future__ import annotations

from django.conf import settings as site
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goodfences.people import access, actions, erasure
from goodfences.people.models import Account
from goodfences.video_requests import queries as requests
from goodfences.web.resident.forms import DeleteAccountForm, SettingsForm
from goodfences.web.resident.guard import resident
from goodfences.web.resident.pages import INVALID, attempt, show


@require_http_methods(["GET", "POST"])
@resident
def settings(request: HttpRequest, account: Account) -> HttpResponse:
    initial = {"name": account.name, "language": account.language, "time_zone": account.time_zone}
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and attempt(form, actions.change_settings, account=account):
        with translation.override(account.language):
            messages.success(request, _("Saved."))
        response = redirect("resident:settings")
        response.set_cookie(
            site.LANGUAGE_COOKIE_NAME, account.language, max_age=31_536_000, samesite="Lax", secure=site.SECURE
        )
        return response
    context = {
        "form": form,
        "account": account,
        "all_muted": requests.all_muted(account.pk),
    }
    return show(request, account, "settings.html", context, INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@resident
def delete(request: HttpRequest, account: Account) -> HttpResponse:
    """Says what will go, asks for the address once more, deletes it all and signs out."""
    form = DeleteAccountForm(request.POST or None, email=account.email)
    if request.method == "POST" and form.is_valid():
        erasure.erase(account=account)
        logout(request)
        messages.success(request, _("Your account and everything in it were deleted."))
        return redirect("/")
    household = access.household_of(account)
    owner = household is not None and access.is_owner(account, household)
    context = {"form": form, "account": account, "owner": owner}
    return show(request, account, "delete_account.html", context, INVALID if form.errors else 200)


urls = [
    path("settings/", settings, name="settings"),
    path("settings/delete/", delete, name="delete_account"),
]
