"""Writing a post, saying it better, saying how it ended, deleting it and taking that back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goodfences import source
from goodfences.errors import Refused
from goodfences.feed import access, actions
from goodfences.feed.models import Kind, Post, Standing
from goodfences.people.models import Account, Household
from goodfences.web.resident.feed_forms import EditForm, PostForm, ResolveForm
from goodfences.web.resident.feed_stops import CUT, attempt_said, cut
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show

_POST_WORDS = ("title", "text")


@require_http_methods(["GET", "POST"])
@settled
def new(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """`?kind=` chooses what it is about beforehand."""
    asked = request.GET.get("kind", "")
    first = {"once": source.new_token("form"), "kind": asked if asked in Kind.values else ""}
    form = PostForm(request.POST or None, initial=first)
    written: list[Post] = []
    if CUT in request.POST:
        form = cut(form, request.POST.get("kind", ""), account.language, _POST_WORDS) or form
    elif request.method == "POST" and attempt_said(
        form, request.POST, lambda **given: written.append(_write(account, **given))
    ):
        (post,) = written
        if post.standing == Standing.HELD:
            messages.warning(request, _("Thank you. Somebody looks at it before your neighbors see it."))
        else:
            messages.success(request, _("Your neighbors can see it now."))
        return done(post.ref, "post")
    context = {"form": form, "emergency": settings.EMERGENCY_NUMBER}
    return show(request, account, "feed/new.html", context, INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@settled
def edit(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    post = access.own_post(account, ref)
    form = EditForm(request.POST or None, initial={"kind": post.kind, "title": post.title, "text": post.text})
    if CUT in request.POST:
        form = cut(form, request.POST.get("kind", ""), post.language, _POST_WORDS) or form
    elif request.method == "POST" and attempt_said(form, request.POST, actions.edit_post, account=account, ref=ref):
        messages.success(request, _("Changed. What it said before is kept for you alone."))
        return done(ref, f"edit-{ref}")
    return show(request, account, "feed/edit.html", {"form": form, "post": post}, INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@settled
def resolve(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    post = access.own_post(account, ref)
    form = ResolveForm(request.POST or None, initial={"outcome": post.outcome})
    if CUT in request.POST:
        form = cut(form, post.kind, post.language, ("outcome",)) or form
    elif request.method == "POST" and attempt_said(
        form, request.POST, actions.resolve_post, account=account, ref=ref
    ):
        messages.success(request, _("Your neighbors see how it ended."))
        return done(ref, f"resolve-{ref}")
    context = {"form": form, "post": post}
    return show(request, account, "feed/resolve.html", context, INVALID if form.errors else 200)


@require_POST
@settled
def reopen(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    try:
        actions.reopen_post(account=account, ref=ref)
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("resident:feed_post", ref)


@require_POST
@settled
def delete(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    actions.delete_post(account=account, ref=ref)
    return redirect("resident:feed_yours")


@require_POST
@settled
def undelete(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    actions.undelete_post(account=account, ref=ref)
    messages.success(request, _("Your post is back, with everything that was said about it."))
    return redirect("resident:feed_post", ref)


def done(ref: str, draft: str) -> HttpResponse:
    """To the post's page, which lets the browser forget the draft of that name."""
    return redirect(f"{reverse('resident:feed_post', args=[ref])}?{urlencode({'done': draft})}")


def _write(account: Account, **given: Any) -> Post:
    return actions.write_post(account=account, language=account.language, **given)


urls = [
    path("neighbors/new/", new, name="feed_new"),
    path("neighbors/<str:ref>/edit/", edit, name="feed_edit"),
    path("neighbors/<str:ref>/resolve/", resolve, name="feed_resolve"),
    path("neighbors/<str:ref>/reopen/", reopen, name="feed_reopen"),
    path("neighbors/<str:ref>/delete/", delete, name="feed_delete"),
    path("neighbors/<str:ref>/undelete/", undelete, name="feed_undelete"),
]
