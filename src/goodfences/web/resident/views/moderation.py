"""Reporting, no longer being shown somebody, and what moderators ruled on one's own posts and reports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.feed import access as feed
from goodfences.feed.models import Comment, Post
from goodfences.moderation import access, actions, ladder, letters, queries, rules
from goodfences.moderation.models import Outcome
from goodfences.people.models import Account, Household
from goodfences.web.forms import attempt
from goodfences.web.resident.guard import settled
from goodfences.web.resident.moderation_forms import AppealForm, HideForm, ReportForm
from goodfences.web.resident.pages import INVALID, show


@require_http_methods(["GET", "POST"])
@settled
def report(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    return _report(request, account, feed.post(account, ref))


@require_http_methods(["GET", "POST"])
@settled
def report_comment(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    return _report(request, account, feed.comment(account, ref))


@require_http_methods(["GET", "POST"])
@settled
def hide(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    return _hide(request, account, feed.post(account, ref))


@require_http_methods(["GET", "POST"])
@settled
def hide_comment(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    return _hide(request, account, feed.comment(account, ref))


@require_POST
@settled
def unhide(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    actions.unblock(account=account, ref=ref)
    messages.success(request, _("You are shown again what they write."))
    return redirect("resident:rulings")


@require_GET
@settled
def rulings(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """What was ruled on one's own posts and reports, what follows, and whom one isn't shown."""
    found = [
        {
            "ruling": each,
            "side": side,
            "rule": rules.in_force().rule(each.rule),
            "outcome": Outcome(each.outcome).label,
        }
        for each, side in queries.rulings_of(account)
    ]
    measure = ladder.in_force(account)
    context = {
        "rulings": found,
        "reports": [
            {"report": each, "rule": rules.in_force().rule(each.rule)} for each in queries.open_reports(account)
        ],
        "unseen": queries.unseen(account),
        "measure": measure,
        "measure_words": letters.in_words(measure) if measure else "",
        "measure_rule": rules.in_force().rule(measure.rule) if measure else None,
        "view": "rulings",
    }
    return show(request, account, "moderation/rulings.html", context)


@require_http_methods(["GET", "POST"])
@settled
def ruling(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """One ruling, and the appeal against it."""
    found, side = access.ruling_for(account, ref)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and attempt(form, actions.appeal, account=account, ref=ref):
        messages.success(request, _("A moderator who had no part in it will look. You are told by email."))
        return redirect("resident:ruling", ref)
    review = found.review
    context: dict[str, Any] = {
        "ruling": found,
        "public": found.public,
        "side": side,
        "review": review,
        "rule": rules.in_force().rule(found.rule),
        "outcome": Outcome(found.outcome).label,
        "appeal": queries.appeal_of(account, found),
        "form": form if access.may_appeal(account, found, side) else None,
        "appeal_days": rules.in_force().appeal.days,
        "about": _about(review.post, review.comment) if side == "author" else None,
    }
    return show(request, account, "moderation/ruling.html", context, INVALID if form.errors else 200)


def _report(request: HttpRequest, account: Account, thing: Post | Comment) -> HttpResponse:
    form = ReportForm(request.POST or None)
    if request.method == "POST" and attempt(form, actions.report, account=account, **_named(thing)):
        messages.success(request, _("Thank you. A moderator looks at it, and you are told what comes of it."))
        return redirect("resident:feed_post", _post_of(thing).ref)
    return _form(request, account, thing, form, "report")


def _hide(request: HttpRequest, account: Account, thing: Post | Comment) -> HttpResponse:
    form = HideForm(request.POST or None)
    acts = {"mute": actions.mute, "block": actions.block}

    def act(*, how: str) -> None:
        acts[how](account=account, **_named(thing))

    if request.method == "POST" and attempt(form, act):
        messages.success(request, _("You aren’t shown any more what they write. They can’t tell."))
        return redirect("resident:feed")
    return _form(request, account, thing, form, "hide")


def _form(
    request: HttpRequest, account: Account, thing: Post | Comment, form: forms.Form, which: str
) -> HttpResponse:
    comment = thing if isinstance(thing, Comment) else None
    context = {"form": form, "post": _post_of(thing), "comment": comment}
    return show(request, account, f"moderation/{which}.html", context, INVALID if form.errors else 200)


def _named(thing: Post | Comment) -> dict[str, str]:
    return {"comment_ref": thing.ref} if isinstance(thing, Comment) else {"post_ref": thing.ref}


def _post_of(thing: Post | Comment) -> Post:
    return thing.post if isinstance(thing, Comment) else thing


def _about(post: Post | None, comment: Comment | None) -> dict[str, str] | None:
    """The author's own words and where they stand; None where they were deleted."""
    if comment is not None:
        return {"words": comment.text, "url": reverse("resident:feed_post", args=[comment.post.ref])}
    if post is not None:
        return {"words": post.title, "url": reverse("resident:feed_post", args=[post.ref])}
    return None


urls = [
    path("neighbors/rulings/", rulings, name="rulings"),
    path("neighbors/rulings/<str:ref>/", ruling, name="ruling"),
    path("neighbors/hidden/<str:ref>/show/", unhide, name="unhide"),
    path("neighbors/comments/<str:ref>/report/", report_comment, name="report_comment"),
    path("neighbors/comments/<str:ref>/hide/", hide_comment, name="hide_comment"),
    path("neighbors/<str:ref>/report/", report, name="report"),
    path("neighbors/<str:ref>/hide/", hide, name="hide"),
]
