"""What moderation may do: read a post or comment without its place, and change whether others see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound
from goodfences.feed import access, cells, events, whom
from goodfences.feed.access import Reader
from goodfences.feed.models import Comment, FeedEvent, Post, Standing
from goodfences.people.models import Account

_POST = (
    *("ref", "kind", "state", "outcome", "title", "text", "language", "happened_at", "written_at", "changed_at"),
    *("standing", "deleted_at", "officer_label", "agency__name", "contest"),
)
_COMMENT = (
    *("ref", "text", "language", "voice", "written_at", "changed_at", "standing", "deleted_at"),
    *("officer_label", "agency__name", "post__title", "post__kind", "post__text", "post__language", "post__ref"),
)


@dataclass(frozen=True)
class Stone:
    """What is left of a removed post where it stood. Nothing of its words."""

    post_id: int
    ref: str
    kind: str
    told_at: datetime
    distance_km: float


def post_without_place(pk: int) -> Post:
    """A post as a moderator reads it: neither where it is nor who wrote it is fetched. Raises NotFound."""
    found: Post = _one(Post.objects.select_related("agency").only(*_POST).filter(pk=pk))
    return found


def comment_without_place(pk: int) -> Comment:
    """A comment as a moderator reads it, with the words of its post. Raises NotFound."""
    found: Comment = _one(Comment.objects.select_related("agency", "post").only(*_COMMENT).filter(pk=pk))
    return found


def change_post(pk: int, standing: str, *, on_top: bool = False, ruling_ref: str = "") -> bool:
    """Publish, hold or remove a post, in the caller's transaction; `on_top` tells it anew. False if it is gone.

    `ruling_ref` is of the public ruling by which it was removed.
    """
    post = Post.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if post is None:
        return False
    was_seen = post.is_seen
    post.standing, post.ruling_ref = standing, ruling_ref
    if on_top:
        post.told_at = source.now()
    post.save(update_fields=["standing", "ruling_ref", "told_at"])
    if post.is_seen and not was_seen:
        events.record(post, FeedEvent.What.POST)
    elif was_seen and not post.is_seen:
        events.record(post, FeedEvent.What.GONE)
    return True


def contested() -> QuerySet[Post]:
    """Removed posts of agencies that say that this was wrong, the oldest word first."""
    found = Post.objects.filter(contested_at__isnull=False, standing=Standing.REMOVED, deleted_at__isnull=True)
    return found.order_by("contested_at", "pk")


def agency_of(*, post: int | None = None, comment: int | None = None) -> Agency | None:
    """Whose post or comment it is; None where a neighbor wrote it, and where it is gone."""
    if post is not None:
        return Agency.objects.filter(pk__in=Post.objects.filter(pk=post).values("agency")).first()
    return Agency.objects.filter(pk__in=Comment.objects.filter(pk=comment or 0).values("agency")).first()


def change_comment(pk: int, standing: str) -> bool:
    """As `change_post`, of a comment; its place in the thread stays."""
    comment = (
        Comment.objects.select_related("post").select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
    )
    if comment is None:
        return False
    was_seen = comment.is_seen
    comment.standing = standing
    comment.save(update_fields=["standing"])
    if comment.post.is_seen and comment.is_seen != was_seen:
        what = FeedEvent.What.COMMENT if comment.is_seen else FeedEvent.What.COMMENT_GONE
        events.record(comment.post, what, comment)
    return True


def stone(account: Account, ref: str) -> Stone:
    """What is left of a post that was removed, for a neighbor who could have read it. Raises NotFound."""
    post = Post.objects.filter(ref=ref, standing=Standing.REMOVED, deleted_at__isnull=True).first()
    if post is None:
        raise NotFound
    away = cells.kilometers(access.place_of(account), post.cell)
    if away > access.FARTHEST_KM or post.author_id in whom.unseen_by(account):
        raise NotFound
    return Stone(post.pk, post.ref, post.kind, post.told_at, away)


def stones_around(
    who: Account | Reader, *, radius_km: int, since: datetime | None, until: datetime | None, limit: int = 50
) -> list[Stone]:
    """What is left of posts that were removed around, the newest first; told after `since` and up to `until`."""
    reader = access.reader(who)
    around = cells.around(reader.place, radius_km)
    found = Post.objects.filter(standing=Standing.REMOVED, deleted_at__isnull=True, area_cell__in=around.areas)
    if since is not None:
        found = found.filter(told_at__gt=since)
    if until is not None:
        found = found.filter(told_at__lte=until)
    rows = found.exclude(author=reader.account).exclude(author__in=reader.unseen).order_by("-told_at", "-pk")
    kept = rows.values_list("pk", "ref", "kind", "told_at", "cell")[:limit]
    return [
        Stone(pk, ref, kind, told_at, around.distances[cell])
        for pk, ref, kind, told_at, cell in kept
        if cell in around.distances
    ]


def removed_comments(account: Account, post: Post) -> list[Comment]:
    """Comments of others that were removed from a thread, without their words."""
    found = Comment.objects.filter(Q(author__isnull=True) | ~Q(author=account), post=post, deleted_at__isnull=True)
    found = found.filter(standing=Standing.REMOVED).exclude(author__in=whom.unseen_by(account))
    return list(found.defer("text").order_by("written_at", "pk")[:100])


def _one(found: QuerySet[Any]) -> Any:
    one = found.first()
    if one is None:
        raise NotFound
    return one
