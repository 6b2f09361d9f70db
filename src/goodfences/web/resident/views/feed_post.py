"""One post: read, thanked for, followed, kept, talked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import source
from goodfences.errors import NotFound
from goodfences.feed import access, actions, media, queries, standing
from goodfences.feed.models import Comment, Post
from goodfences.moderation import queries as moderation
from goodfences.moderation import rules
from goodfences.people.models import Account, Household
from goodfences.web.resident import stones
from goodfences.web.resident.feed_forms import CommentForm, EditCommentForm, ResolveForm
from goodfences.web.resident.feed_live import live_of
from goodfences.web.resident.feed_stops import CUT, attempt_said, cut
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show

COMMENTS_SHOWN = 50
_MARKS = {"thank": actions.thank, "follow": actions.follow, "save": actions.save}


@dataclass(frozen=True)
class Said:
    """A comment as the thread shows it."""

    comment: Comment
    is_own: bool


@require_GET
@settled
def post(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """`after` is the comment behind which the thread goes on. Of a post that was removed, why it was."""
    try:
        return _page(request, account, ref, {})
    except NotFound:
        return _stone(request, account, ref)


@require_POST
@settled
def mark(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """`what`: thank, follow or save; `on`: 1 or 0."""
    act = _MARKS.get(request.POST.get("what", ""))
    if act is None:
        raise NotFound
    act(account=account, ref=ref, on=request.POST.get("on") == "1")
    if getattr(request, "htmx", False):  # the buttons alone, so that nothing on the page moves
        found = access.post(account, ref)
        return show(request, account, "feed/_marks.html", {"post": found, "marks": queries.marks(account, found)})
    return redirect(f"{reverse('resident:feed_post', args=[ref])}#marks")


@require_POST
@settled
def comment(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    about = access.post(account, ref)
    form = CommentForm(request.POST)
    if CUT in request.POST:
        form = cut(form, about.kind, account.language, ("text",)) or form
    elif attempt_said(form, request.POST, _write, account=account, ref=ref):
        return redirect(f"{reverse('resident:feed_post', args=[ref])}?last=1&done=comment-{ref}#last")
    return _page(request, account, ref, {"comment_form": form}, INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@settled
def edit_comment(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    found = access.own_comment(account, ref)
    form = EditCommentForm(request.POST or None, initial={"text": found.text})
    if CUT in request.POST:
        form = cut(form, found.post.kind, found.language, ("text",)) or form
    elif request.method == "POST" and attempt_said(
        form, request.POST, actions.edit_comment, account=account, ref=ref
    ):
        return redirect(_at(found, done=f"edit-comment-{ref}"))
    context = {"form": form, "comment": found, "post": found.post}
    return show(request, account, "feed/edit_comment.html", context, INVALID if form.errors else 200)


@require_POST
@settled
def delete_comment(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    return redirect(_at(actions.delete_comment(account=account, ref=ref)))


@require_POST
@settled
def undelete_comment(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    found = actions.undelete_comment(account=account, ref=ref)
    messages.success(request, _("Your comment is back."))
    return redirect(_at(found))


@require_GET
@settled
def card(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """The post as a list shows it, for a page that hears of it live."""
    return show(request, account, "feed/_card.html", {"one": queries.one(account, ref)})


@require_GET
@settled
def thread(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """The parts of a post's page that change, for a page that hears of it live; `after` and `last` as there."""
    newest = request.GET.get("last") == "1"
    return show(
        request, account, "feed/_live.html", _context(account, ref, request.GET.get("after", ""), newest=newest)
    )


def _write(*, account: Account, ref: str, **given: Any) -> None:
    actions.write_comment(account=account, ref=ref, language=account.language, **given)


def _page(request: HttpRequest, account: Account, ref: str, more: dict[str, Any], status: int = 200) -> HttpResponse:
    newest, listens = request.GET.get("last") == "1", live_of(request, post=ref)
    context = _context(account, ref, request.GET.get("after", ""), newest=newest)
    usual = {
        "comment_form": CommentForm(initial={"once": source.new_token("form")}),
        "resolve_form": ResolveForm(initial={"outcome": context["post"].outcome}),
    }
    return show(request, account, "feed/post.html", {**context, **usual, **more, "live": listens}, status)


def _stone(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    stone = standing.stone(account, ref)
    ruling = moderation.rulings_on(posts=[stone.post_id]).get(stone.post_id)
    if ruling is None:
        raise NotFound
    context = {"stone": stone, "ruling": ruling, "rule": rules.in_force().rule(ruling.rule)}
    return show(request, account, "feed/removed.html", context)


def _context(account: Account, ref: str, after: str, *, newest: bool) -> dict[str, Any]:
    shown = queries.one(account, ref)
    post = shown.post
    stones.with_rulings([post])
    found = queries.comments(account, post, after=after, limit=COMMENTS_SHOWN + 1, newest=newest)
    more = not newest and len(found) > COMMENTS_SHOWN
    found = found[-COMMENTS_SHOWN:] if newest else found[:COMMENTS_SHOWN]
    return {
        "shown": shown,
        "post": post,
        "url": f"{settings.SITE_URL}{reverse('resident:feed_post', args=[ref])}",
        "media": media.of(account, post),
        "marks": queries.marks(account, post),
        "thanks": queries.thanks_for(post),
        "versions": queries.versions(post) if shown.is_own else [],
        "comments": [Said(each, each.author_id == account.pk) for each in found],
        "removed_comments": stones.comments_of(account, post),
        "own_ruling": moderation.own_ruling(account, post) if shown.is_own else None,
        "deleted_comments": queries.deleted_comments(account, post),
        "earlier": bool(after) or (newest and shown.comments > len(found)),
        "older": f"?{urlencode({'after': found[-1].ref})}#comments" if more else "",
        "undo_until": _undo_until(post),
    }


def _undo_until(post: Post) -> datetime | None:
    return post.deleted_at + actions.UNDO if post.deleted_at is not None else None


def _at(comment: Comment, **more: str) -> str:
    return f"{reverse('resident:feed_post', args=[comment.post.ref])}?{urlencode({'last': '1', **more})}#comments"


urls = [
    path("neighbors/comments/<str:ref>/edit/", edit_comment, name="feed_edit_comment"),
    path("neighbors/comments/<str:ref>/delete/", delete_comment, name="feed_delete_comment"),
    path("neighbors/comments/<str:ref>/undelete/", undelete_comment, name="feed_undelete_comment"),
    path("neighbors/<str:ref>/", post, name="feed_post"),
    path("neighbors/<str:ref>/mark/", mark, name="feed_mark"),
    path("neighbors/<str:ref>/comment/", comment, name="feed_comment"),
    path("neighbors/<str:ref>/card/", card, name="feed_card"),
    path("neighbors/<str:ref>/thread/", thread, name="feed_thread"),
]
