"""The agency's own posts in the neighborhood's feed, and what was said under them to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.agencies.models import Officer
from goodfences.errors import NotFound, Refused
from goodfences.feed import portal
from goodfences.web.forms import add_problems, attempt
from goodfences.web.portal.forms import ContestForm, OutcomeForm, PostForm, ReplyForm
from goodfences.web.portal.guard import officer

INVALID = 422


@require_GET
@officer
def posts(request: HttpRequest, acting: Officer) -> HttpResponse:
    context = {"agency": acting.agency, "posts": portal.posts_of(acting), "may_write": portal.may_write(acting)}
    return render(request, "portal/posts.html", context)


@require_http_methods(["GET", "POST"])
@officer
def new(request: HttpRequest, acting: Officer) -> HttpResponse:
    if not portal.may_write(acting):
        raise NotFound
    form = PostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            written = portal.write_post(officer=acting, **form.cleaned_data)
            messages.success(request, _("It is in the feed, and public."))
            return redirect("portal:post", written.ref)
        except Refused as refused:
            add_problems(form, refused)
    context = {"agency": acting.agency, "form": form}
    return render(request, "portal/post_new.html", context, status=INVALID if form.errors else 200)


@require_GET
@officer
def post(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _page(request, acting, ref, ReplyForm(), OutcomeForm())


@require_POST
@officer
def reply(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    form = ReplyForm(request.POST)
    if _done(form, portal.reply, acting, ref):
        messages.success(request, _("Your reply stands under the post."))
        return redirect("portal:post", ref)
    return _page(request, acting, ref, form, OutcomeForm(), INVALID)


@require_POST
@officer
def resolve(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    form = OutcomeForm(request.POST)
    if _done(form, portal.resolve, acting, ref):
        messages.success(request, _("How it ended stands on top of the feed."))
        return redirect("portal:post", ref)
    return _page(request, acting, ref, ReplyForm(), form, INVALID)


@require_POST
@officer
def contest(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """Another look at a ruling."""
    form = ContestForm(request.POST)
    if _done(form, portal.contest, acting, ref):
        messages.success(request, _("Moderators who had no part in the ruling look again."))
        return redirect("portal:post", ref)
    return _page(request, acting, ref, ReplyForm(), OutcomeForm(), INVALID, contest_form=form)


@require_http_methods(["GET", "POST"])
@officer
def take_down(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    found = portal.post(acting, ref)
    if not portal.may_write(acting):
        raise NotFound
    if request.method == "POST":
        portal.take_down(officer=acting, ref=ref)
        messages.success(request, _("The post is gone. Your log says that it was there."))
        return redirect("portal:posts")
    context = {
        "agency": acting.agency,
        "title": _("Take “%(title)s” down?") % {"title": found.title},
        "words": [_("Nobody can read it any more, nor what was said under it. It can’t be brought back.")],
        "button": _("Take it down"),
        "back": request.path.removesuffix("take-down/"),
    }
    return render(request, "portal/confirm.html", context)


def _page(
    request: HttpRequest,
    acting: Officer,
    ref: str,
    form: forms.Form,
    outcome: forms.Form,
    status: int = 200,
    contest_form: forms.Form | None = None,
) -> HttpResponse:
    found = portal.post(acting, ref)
    context = {
        "agency": acting.agency,
        "post": found,
        "may_contest": portal.may_contest(acting, found),
        "contest_form": contest_form or ContestForm(),
        "said": portal.said_under(acting, ref),
        "may_write": portal.may_write(acting),
        "form": form,
        "outcome_form": outcome,
    }
    return render(request, "portal/post.html", context, status=status)


def _done(form: forms.Form, act: Callable[..., Any], acting: Officer, ref: str) -> bool:
    portal.post(acting, ref)
    return attempt(form, act, officer=acting, ref=ref)


urls = [
    path("posts/", posts, name="posts"),
    path("posts/new/", new, name="new_post"),
    path("posts/<str:ref>/", post, name="post"),
    path("posts/<str:ref>/reply/", reply, name="reply"),
    path("posts/<str:ref>/resolve/", resolve, name="resolve_post"),
    path("posts/<str:ref>/contest/", contest, name="contest_post"),
    path("posts/<str:ref>/take-down/", take_down, name="take_down_post"),
]
