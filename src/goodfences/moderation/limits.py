"""Who may write how often, and who may not write for now. Asked by the feed before anything is written."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goodfences import source
from goodfences.errors import Refused, refuse
from goodfences.feed.models import Comment, Post
from goodfences.moderation import ladder, rules
from goodfences.people import limits
from goodfences.people.models import Account

Limited = limits.TooOften


def is_new(account: Account) -> bool:
    return account.created_at > source.now() - rules.in_force().new_for


def check(account: Account, what: str, post: Post | None = None) -> None:
    """Raise Refused where the account may not `post`, `comment`, `edit`, `report` or `block` now, saying until when.

    Reading, appealing, exporting, erasing and deleting what one wrote are never limited here.
    """
    if what != "block":
        ladder.refuse_if_out(account)
    if what == "comment" and post is not None:
        _refuse_crowd(account, post)
    data = rules.in_force()
    limit = (data.new if is_new(account) else data.usual)[what]
    try:
        limits.count(f"feed.{what}", str(account.pk), limit=limit.most, period=limit.period)
    except limits.TooOften as often:
        raise refuse(f"limit.{what}", "", _often(limit, new=is_new(account)), limit=str(limit.most)) from often


def _refuse_crowd(account: Account, post: Post) -> None:
    """Many newcomers at once under one post: a call from elsewhere, or one person. Old neighbors go on talking."""
    if not is_new(account):
        return
    data, now = rules.in_force(), source.now()
    lately = Comment.objects.filter(post=post, written_at__gt=now - data.new_comments_in)
    crowd = lately.filter(author__created_at__gt=now - data.new_for).exclude(author=account)
    if crowd[: data.new_comments].count() >= data.new_comments:
        raise _crowded()


def _crowded() -> Refused:
    minutes = int(rules.in_force().new_comments_in.total_seconds() // 60)
    words = _("Many new accounts write here at once. Try again in %(minutes)d minutes; nothing was lost.")
    return refuse("limit.crowd", "", words % {"minutes": minutes})


def _often(limit: rules.Limit, *, new: bool) -> str:
    hours = int(limit.period.total_seconds() // 3600)
    words = ngettext(
        "At most %(most)d in one hour. Nothing was lost: try again later.",
        "At most %(most)d in %(hours)d hours. Nothing was lost: try again later.",
        hours,
    ) % {"most": limit.most, "hours": hours}
    return words + (" " + _("New accounts begin with less; that ends after a week.") if new else "")
