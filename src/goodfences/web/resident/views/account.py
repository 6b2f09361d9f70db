"""Settings, leaving for good."""

from __future__ import annotations

from django.conf import settings as site
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.errors import NotFound
from goodfences.people import access, actions, erasure
from goodfences.people.models import Account
from goodfences.people.registry import Part
from goodfences.video_requests import queries as requests
from goodfences.web.forms import attempt
from goodfences.web.resident.forms import DeleteAccountForm, SettingsForm
from goodfences.web.resident.guard import resident
from goodfences.web.resident.pages import INVALID, show
from goodfences.web.resident.views.your_data import receipt_file

RECEIPT = "erasure_receipt"


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
        receipt = erasure.erase(account=account)
        logout(request)
        # A new sign-in of nobody's, which forgets the receipt within the hour: it names no one.
        request.session[RECEIPT] = receipt
        request.session.set_expiry(3600)
        return redirect("resident:left")
    household = access.household_of(account)
    owner = household is not None and access.is_owner(account, household)
    context = {
        "form": form,
        "account": account,
        "owner": owner,
        "counts": erasure.counts(account, Part()),
        "stays": erasure.stays_outside(account, Part()),
    }
    return show(request, account, "delete_account.html", context, INVALID if form.errors else 200)


@require_GET
@never_cache
def left(request: HttpRequest) -> HttpResponse:
    """What was erased, for whoever has just left in this browser."""
    receipt = request.session.get(RECEIPT)
    if receipt is None:
        raise NotFound
    return render(request, "resident/left.html", {"counts": receipt["receipt"]["counts"]})


@require_GET
@never_cache
def left_receipt(request: HttpRequest) -> HttpResponse:
    receipt = request.session.get(RECEIPT)
    if receipt is None:
        raise NotFound
    return receipt_file(receipt)


urls = [
    path("left/", left, name="left"),
    path("left/receipt.json", left_receipt, name="left_receipt"),
    path("settings/", settings, name="settings"),
    path("settings/delete/", delete, name="delete_account"),
]
