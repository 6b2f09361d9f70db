"""What waits for moderators: content, never homes. No page here reads where somebody lives, or who they are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.errors import Refused
from goodfences.moderation import actions, queries
from goodfences.web.forms import add_problems
from goodfences.web.media import account_of
from goodfences.web.staff.counts import waiting
from goodfences.web.staff.guard import moderator
from goodfences.web.staff.moderation_forms import DecisionForm, RulingForm, SecondForm

INVALID = 422


@require_GET
@moderator
def reports(request: HttpRequest) -> HttpResponse:
    """The queue."""
    max = account_of(request)
    context = {
        "queue": queries.queue(max),
        "waiting": queries.waiting_reviews().count(),
        "appeals": queries.appeals(max),
        "nav_counts": waiting(),
    }
    return render(request, "staff/moderation.html", context)


@require_GET
@moderator
def review(request: HttpRequest, ref: str) -> HttpResponse:
    return _review(request, ref)


@require_POST
@moderator
def claim(request: HttpRequest, ref: str) -> HttpResponse:
    """`release` gives it back."""
    try:
        if request.POST.get("release"):
            actions.release(moderator=account_of(request), ref=ref)
            return redirect("staff:reports")
        actions.claim(moderator=account_of(request), ref=ref)
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("staff:review", ref)


@require_POST
@moderator
def rule(request: HttpRequest, ref: str) -> HttpResponse:
    form = RulingForm(request.POST)
    if form.is_valid():
        try:
            ruling = actions.rule(moderator=account_of(request), ref=ref, **form.cleaned_data)
            waits = ruling.state == "proposed"
            messages.success(
                request, _("A second moderator decides with you.") if waits else _("Ruled, published and told.")
            )
            return redirect("staff:reports")
        except Refused as refused:
            add_problems(form, refused)
    return _review(request, ref, form)


@require_POST
@moderator
def second(request: HttpRequest, ref: str) -> HttpResponse:
    form = SecondForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.second(
                moderator=account_of(request), ref=ref, agree=given["agree"] == "yes", reasons=given["reasons"]
            )
            messages.success(request, _("Ruled, published and told."))
            return redirect("staff:reports")
        except Refused as refused:
            add_problems(form, refused)
    return _review(request, ref, form)


@require_http_methods(["GET", "POST"])
@moderator
def appeal(request: HttpRequest, ref: str) -> HttpResponse:
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.decide(
                moderator=account_of(request), ref=ref, overturn=given["overturn"] == "yes", reasons=given["reasons"]
            )
            messages.success(request, _("Decided, published and told."))
            return redirect("staff:reports")
        except Refused as refused:
            add_problems(form, refused)
    context = {"one": queries.appealed(account_of(request), ref), "form": form, "nav_counts": waiting()}
    return render(request, "staff/appeal.html", context, status=INVALID if form.errors else 200)


def _review(request: HttpRequest, ref: str, form: forms.Form | None = None) -> HttpResponse:
    looked = queries.looked(account_of(request), ref)
    context: dict[str, Any] = {"looked": looked, "nav_counts": waiting()}
    if looked is not None:
        held = looked.waiting
        first = {"rule": held.reasons[0][0].key} if held.reasons else {}
        context |= {
            "one": held,
            "review": held.review,
            "thing": held.thing,
            "form": form or (SecondForm() if looked.proposed else RulingForm(initial=first)),
        }
    return render(request, "staff/review.html", context, status=INVALID if form and form.errors else 200)


urls = [
    path("moderation/", reports, name="reports"),
    path("moderation/appeals/<str:ref>/", appeal, name="appeal"),
    path("moderation/<str:ref>/", review, name="review"),
    path("moderation/<str:ref>/claim/", claim, name="claim"),
    path("moderation/<str:ref>/rule/", rule, name="rule"),
    path("moderation/<str:ref>/second/", second, name="second"),
]
