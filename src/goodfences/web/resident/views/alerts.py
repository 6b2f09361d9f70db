"""Alerts: what a person wants to be told of; and the pages behind the links of their emails.

As with the links of asks, the signed token is the permission, and fetching the page decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from goodfences.alerts import wishes
from goodfences.alerts.models import AlertWish
from goodfences.mail import links
from goodfences.people.models import Account, Household
from goodfences.push import queries as push
from goodfences.web.resident.alert_forms import AlertForm, Stopping
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, attempt, show

Switch = Callable[..., None]


@require_http_methods(["GET", "POST"])
@settled
def alerts(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    form = AlertForm(request.POST or None, initial=AlertForm.initial_of(wishes.of(account)))
    if request.method == "POST" and attempt(form, wishes.choose, account=account):
        messages.success(request, _("Saved."))
        return redirect("resident:alerts")
    context = {"form": form, "has_browser": account.pk in push.notified([account.pk])}
    return show(request, account, "alerts.html", context, INVALID if form.errors else 200)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def posts_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the digest of posts, or let it come again."""
    wish = wishes.of_link(links.read(wishes.STOP_POSTS, token))
    is_on = wish.way in (AlertWish.Way.DAILY, AlertWish.Way.WEEKLY)
    return _behind_link(request, wish, is_on, wishes.switch_posts, _of_posts)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def warnings_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Stop warnings by email, or let them come again."""
    wish = wishes.of_link(links.read(wishes.STOP_WARNINGS, token))
    return _behind_link(request, wish, wish.warnings_by_mail, wishes.switch_warnings, _of_warnings)


def _behind_link(
    request: HttpRequest, wish: AlertWish, is_on: bool, switch: Switch, words: Callable[[], Stopping]
) -> HttpResponse:
    """GET shows one button. POST switches; a mail program's one-click POST (RFC 8058) switches off."""
    chosen = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else None
    language = chosen or wish.account.language
    with translation.override(language), timezone.override(ZoneInfo(wish.account.time_zone)):
        response = _answer(request, wish.ref, is_on, switch, words())
    response.headers["Content-Language"] = language
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _answer(request: HttpRequest, ref: str, is_on: bool, switch: Switch, words: Stopping) -> HttpResponse:
    if request.method != "POST":
        return render(request, "resident/email_alerts.html", {"is_on": is_on, "words": words})
    if request.POST.get("List-Unsubscribe") == "One-Click":
        switch(ref=ref, is_on=False)
        return HttpResponse(f"{words.stopped_title}.\n", content_type="text/plain; charset=utf-8")
    act = request.POST.get("act", "")
    if act not in ("stop", "again"):
        return HttpResponseBadRequest("Unknown act.", content_type="text/plain")
    switch(ref=ref, is_on=act == "again")
    return redirect(request.path)


def _of_posts() -> Stopping:
    return Stopping(
        title=_("Stop emails about posts?"),
        lead=_("Opening this page has changed nothing. Without these emails, posts stand under Neighbors as before."),
        stop=_("Stop emails about posts"),
        stopped_title=_("You won’t get emails about posts any more"),
        stopped_lead=_("Posts stand under Neighbors as before. Official warnings reach you as you chose."),
        done=_("Let them come again, one a day"),
    )


def _of_warnings() -> Stopping:
    return Stopping(
        title=_("Get no warnings by email?"),
        lead=_(
            "Opening this page has changed nothing. Warnings still stand on top of Neighbors, and on their own page."
        ),
        stop=_("Get no warnings by email"),
        stopped_title=_("You won’t get warnings by email any more"),
        stopped_lead=_("They stand on top of Neighbors, and come to browsers that are notified."),
        done=_("Let them come again"),
    )


urls = [
    path("settings/alerts/", alerts, name="alerts"),
    path("e/posts/<str:token>/", posts_mail, name="email_posts"),
    path("e/warnings/<str:token>/", warnings_mail, name="email_warnings"),
]
