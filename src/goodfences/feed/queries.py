"""What pages read. Newest first or nearest first; nothing is ranked by who read or thanked. Distances are coarse."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from goodfences import source
from goodfences.feed import access, cells, newest, whom
from goodfences.feed.access import Reader
from goodfences.feed.models import IS_SEEN, UNDO, Comment, Follow, Post, PostVersion, Save, Thanks
from goodfences.feed.newest import Found, Wanted
from goodfences.feed.words import MOST_TERMS, words_of
from goodfences.people.models import Account

RADII_KM = (1, 2, 5, 10, 25)
USUAL_RADIUS_KM = 5
_CELL_BY_CELL_KM = 5
"""Up to that radius there are few enough cells to look into each."""
_FIRST_CELLS = 8
"""In a city they hold enough already; further out each look takes in four times as many."""


@dataclass(frozen=True)
class Shown:
    """A post as a list shows it."""

    post: Post
    distance_km: float
    is_own: bool
    comments: int = 0


@dataclass(frozen=True)
class Marks:
    """What one reader has done with a post."""

    thanked: bool
    followed: bool
    saved: bool


@dataclass(frozen=True)
class Place:
    """Where in a list a page ended. `cell` is the post's, for a list by distance."""

    told_at: datetime
    ref: str
    cell: int


def near(
    who: Account | Reader,
    *,
    radius_km: int = USUAL_RADIUS_KM,
    kinds: Collection[str] = (),
    nearest_first: bool = False,
    before: Place | None = None,
    limit: int = 25,
) -> list[Shown]:
    """At most `limit` posts within a radius of the reader's coarse place, from behind `before` on."""
    reader = access.reader(who)
    around = cells.around(reader.place, radius_km)
    wanted = Wanted((), kinds, reader.unseen)
    if nearest_first:
        found = _nearest(around.distances, wanted, before, reader.place, limit)
    else:
        found = _newest(around, radius_km, wanted, before, limit)
    return _shown(reader, [one.pk for one in found])


def search(
    who: Account | Reader,
    text: str,
    *,
    radius_km: int = USUAL_RADIUS_KM,
    kinds: Collection[str] = (),
    before: str = "",
    limit: int = 25,
) -> list[Shown]:
    """At most `limit` posts around that have all words of `text`, the last written first; those before a ref."""
    terms = words_of(text)[:MOST_TERMS]
    reader = access.reader(who)
    around = cells.around(reader.place, radius_km)
    behind = Post.objects.filter(ref=before).values_list("pk", flat=True).first() if before else None
    wanted = Wanted(around.distances, kinds, reader.unseen)
    found = newest.with_words(around.areas, terms, wanted, limit, behind)
    return _shown(reader, sorted((one.pk for one in found), reverse=True)[:limit])


def place_in_list(shown: Shown) -> Place:
    """Where a page that ends with this post ended."""
    return Place(shown.post.told_at, shown.post.ref, shown.post.cell)


def one(account: Account, ref: str) -> Shown:
    """A single post as a list shows it. Raises NotFound as `access.post`."""
    post = access.post(account, ref)
    numbers = _comments_of(account, [post.pk], whom.unseen_by(account))
    return _as_shown(account, access.place_of(account), post, numbers)


def own(account: Account, *, before: datetime | None = None, limit: int = 25) -> list[Post]:
    """The account's own posts, the last written first, whatever became of them."""
    found = Post.objects.filter(author=account, deleted_at__isnull=True)
    if before is not None:
        found = found.filter(written_at__lt=before)
    return list(found.order_by("-written_at", "-pk")[:limit])


def deleted(account: Account) -> list[Post]:
    """The account's posts that were deleted a moment ago and can be taken back."""
    return list(Post.objects.filter(author=account, deleted_at__gt=source.now() - UNDO).order_by("-deleted_at"))


def deleted_comments(account: Account, post: Post) -> list[Comment]:
    """The account's comments on a post that were deleted a moment ago and can be taken back."""
    gone = Comment.objects.filter(author=account, post=post, deleted_at__gt=source.now() - UNDO)
    return list(gone.order_by("-deleted_at"))


def saved(account: Account, *, before: datetime | None = None, limit: int = 25) -> list[Shown]:
    """The posts that the account keeps, the last saved first; those that are still seen."""
    reader = access.reader(account)
    kept = Save.objects.filter(account=account, post__in=_seen_by(account, reader.unseen))
    if before is not None:
        kept = kept.filter(at__lt=before)
    pks = list(kept.order_by("-at", "-pk").values_list("post_id", flat=True)[:limit])
    return _shown(reader, pks)


def marks(account: Account, post: Post) -> Marks:
    """What the account has done with a post."""
    return Marks(
        *(model._default_manager.filter(account=account, post=post).exists() for model in (Thanks, Follow, Save))
    )


def thanks_for(post: Post) -> int:
    """How many neighbors thanked for a post; for the page of the post, never for an order."""
    return Thanks.objects.filter(post=post).count()


def comments(
    account: Account, post: Post, *, after: str = "", limit: int = 100, newest: bool = False
) -> list[Comment]:
    """A post's comments that the account is shown, in the order in which they were written; those behind a ref.

    `newest`: the last ones, in the same order.
    """
    found = Comment.objects.filter(_comment_seen(account, whom.unseen_by(account)), post=post)
    found = found.select_related("agency")
    if newest:
        return list(reversed(found.order_by("-written_at", "-pk")[:limit]))
    last = Comment.objects.filter(post=post, ref=after).first() if after else None
    if last is not None:
        later = Q(written_at__gt=last.written_at) | Q(written_at=last.written_at, pk__gt=last.pk)
        found = found.filter(later, written_at__gte=last.written_at)
    return list(found.order_by("written_at", "pk")[:limit])


def versions(post: Post) -> list[PostVersion]:
    """What a post said before, the first version first. For its author and for moderators."""
    return list(post.versions.order_by("written_at", "pk"))


def _newest(around: cells.Around, radius_km: int, wanted: Wanted, before: Place | None, limit: int) -> list[Found]:
    behind = _behind(before)
    if radius_km <= _CELL_BY_CELL_KM:
        return newest.of_cells(list(around.distances), wanted, limit, behind)
    within = Wanted(around.distances, wanted.kinds, wanted.unseen)
    return newest.of_areas(around.areas, within, limit, behind)


def _nearest(distances: dict[int, float], wanted: Wanted, before: Place | None, own: int, limit: int) -> list[Found]:
    """From near to far, more cells each time, until there are enough."""
    reached = -1.0 if before is None else cells.kilometers(own, before.cell)
    found: list[Found] = []
    level = [cell for cell, away in distances.items() if away == reached]
    found += newest.of_each(level, wanted, limit, _behind(before))
    further = sorted((away, cell) for cell, away in distances.items() if away > reached)
    start, size = 0, _FIRST_CELLS
    while batch := further[start : start + size]:
        found += newest.of_each([cell for _, cell in batch], wanted, limit, None)
        # The next batch may go on at the distance at which this one ended.
        if sum(1 for one in found if distances[one.cell] < batch[-1][0]) >= limit:
            break
        start, size = start + size, size * 4
    found.sort(key=lambda one: (one.told_at, one.pk), reverse=True)
    found.sort(key=lambda one: distances[one.cell])
    return found[:limit]


def _behind(before: Place | None) -> tuple[datetime, int] | None:
    """What a page's end is in the indexes. One whose post is gone stands between those that were told just then."""
    if before is None:
        return None
    return before.told_at, Post.objects.filter(ref=before.ref).values_list("pk", flat=True).first() or 0


def _shown(reader: Reader, pks: list[int]) -> list[Shown]:
    """The posts, in that order."""
    posts = {post.pk: post for post in Post.objects.select_related("agency").filter(pk__in=pks)}
    numbers = _comments_of(reader.account, pks, reader.unseen)
    return [_as_shown(reader.account, reader.place, posts[pk], numbers) for pk in pks if pk in posts]


def _as_shown(account: Account, own_place: int, post: Post, comments: Mapping[int, int]) -> Shown:
    away = cells.kilometers(own_place, post.cell)
    return Shown(post, away, post.author_id == account.pk, comments.get(post.pk, 0))


def _comments_of(account: Account, pks: Iterable[int], unseen: Collection[int]) -> dict[int, int]:
    counted = Comment.objects.filter(_comment_seen(account, unseen), post__in=list(pks)).values("post_id").order_by()
    return {row["post_id"]: row["number"] for row in counted.annotate(number=Count("pk"))}


def _comment_seen(account: Account, unseen: Collection[int]) -> Q:
    seen = IS_SEEN & ~Q(author__in=unseen) if unseen else IS_SEEN
    # Its author sees a comment that waits for a reviewer, marked so.
    return seen | Q(author=account, deleted_at__isnull=True)


def _seen_by(account: Account, unseen: Collection[int]) -> QuerySet[Post]:
    seen = IS_SEEN & ~Q(author__in=unseen)
    return Post.objects.filter(seen | Q(author=account, deleted_at__isnull=True))
