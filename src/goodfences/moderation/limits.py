"""Who may write how often, and who may not write for now. Asked by the feed before anything is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goodfences import source
from goodfences.errors import refuse
from goodfences.feed import access as feed
from goodfences.feed import cells
from goodfences.feed.models import IS_SEEN, Comment, Post
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
    if is_new(account):
        _refuse_crowd(account, what, post)
    data = rules.in_force()
    limit = (data.new if is_new(account) else data.usual)[what]
    try:
        limits.count(f"feed.{what}", str(account.pk), limit=limit.most, period=limit.period)
    except limits.TooOften as often:
        raise refuse(f"limit.{what}", "", _often(limit, new=is_new(account)), limit=str(limit.most)) from often


def _refuse_crowd(account: Account, what: str, post: Post | None) -> None:
    """Many newcomers at once in one place: a call from elsewhere, or one person. Old neighbors go on talking."""
    data, now = rules.in_force(), source.now()
    new = {"author__created_at__gt": now - data.new_for}
    if what == "comment" and post is not None:
        lately = Comment.objects.filter(post=post, written_at__gt=now - data.new_comments_in, **new)
        _refuse_beyond(lately.exclude(author=account), data.new_comments, data.new_comments_in)
    if what == "post":
        area = cells.area_of(feed.place_of(account))
        # By `told_at`, which an index has in order; a post told anew counts once more, and that is rare.
        around = Post.objects.filter(area_cell=area, told_at__gt=now - data.new_posts_in, **new)
        _refuse_beyond(around.filter(IS_SEEN).exclude(author=account), data.new_posts, data.new_posts_in)


def _refuse_beyond(lately: QuerySet[Any], most: int, within: timedelta) -> None:
    if lately[:most].count() < most:
        return
    words = _("Many new accounts write here at once. Try again in %(minutes)d minutes; nothing was lost.")
    raise refuse("limit.crowd", "", words % {"minutes": int(within.total_seconds() // 60)})


def _often(limit: rules.Limit, *, new: bool) -> str:
    hours = int(limit.period.total_seconds() // 3600)
    words = ngettext(
        "At most %(most)d in one hour. Nothing was lost: try again later.",
        "At most %(most)d in %(hours)d hours. Nothing was lost: try again later.",
        hours,
    ) % {"most": limit.most, "hours": hours}
    return words + (" " + _("New accounts begin with less; that ends after a week.") if new else "")
