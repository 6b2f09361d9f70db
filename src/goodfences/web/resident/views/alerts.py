"""Alerts: what a person wants to be told of; and the pages behind the links of their emails.

As with the links of asks, the signed token is the permission, and fetching the page decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goodfences.alerts import wishes
from goodfences.alerts.models import AlertWish
from goodfences.people.models import Account, Household
from goodfences.push import queries as push
from goodfences.web.forms import attempt
from goodfences.web.resident.alert_forms import AlertForm, Stopping
from goodfences.web.resident.guard import settled
from goodfences.web.resident.holding import for_the_holder_of, switch_emails
from goodfences.web.resident.pages import INVALID, show


@require_http_methods(["GET", "POST"])
@settled
def alerts(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    form = AlertForm(request.POST or None, initial=AlertForm.initial_of(wishes.of(account)))
    if request.method == "POST" and attempt(form, wishes.choose, account=account):
        messages.success(request, _("Saved."))
        return redirect("resident:alerts")
    context = {"form": form, "has_browser": account.pk in push.notified([account.pk])}
    return show(request, account, "alerts.html", context, INVALID if form.errors else 200)


def _reader_of(wish: AlertWish) -> Account:
    return wish.account


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_holder_of(wishes.STOP_POSTS, wishes.of_link, _reader_of)
def posts_mail(request: HttpRequest, wish: AlertWish, token: str) -> HttpResponse:
    """Stop the digest of posts, or let it come again."""
    is_on = wish.way in (AlertWish.Way.DAILY, AlertWish.Way.WEEKLY)
    return _answer(request, is_on, partial(wishes.switch_posts, ref=wish.ref), _of_posts())


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_holder_of(wishes.STOP_WARNINGS, wishes.of_link, _reader_of)
def warnings_mail(request: HttpRequest, wish: AlertWish, token: str) -> HttpResponse:
    """Stop warnings by email, or let them come again."""
    return _answer(request, wish.warnings_by_mail, partial(wishes.switch_warnings, ref=wish.ref), _of_warnings())


def _answer(request: HttpRequest, is_on: bool, switch: Callable[..., None], words: Stopping) -> HttpResponse:
    """GET shows one button. POST switches."""
    if request.method != "POST":
        return render(request, "resident/email_alerts.html", {"is_on": is_on, "words": words})
    return switch_emails(request, switch, stopped=f"{words.stopped_title}.")


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
