"""The only way to a post or a comment, for a neighbor and for its author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import QuerySet

from goodfences.errors import NotFound
from goodfences.feed import cells, whom
from goodfences.feed.models import Comment, Post
from goodfences.people import access as people
from goodfences.people.models import Account, Household

Written = TypeVar("Written", Post, Comment)
FARTHEST_KM = 50.0
"""A post further away than twice what anyone may look around is none of a neighbor's business."""


@dataclass(frozen=True)
class Reader:
    """A neighbor, with what every list needs of them: looked up once a page."""

    account: Account
    place: int
    unseen: frozenset[int]


def reader(who: Account | Reader, home: Household | None = None) -> Reader:
    """The account as a reader; `home` where it is at hand. Raises NotFound for who has none."""
    if isinstance(who, Reader):
        return who
    place = place_of(who) if home is None else cells.coarse(home.cell)
    return Reader(who, place, frozenset(whom.unseen_by(who)))


def place_of(account: Account) -> int:
    """The coarse cell of the account's home: the only place of a reader that the feed knows."""
    return cells.coarse(people.home(account).cell)


def post(account: Account, ref: str) -> Post:
    """A post that the account may read: one that others see, around here; or its own, whatever became of it."""
    return _readable(Post.objects.select_related("agency"), account, ref)


def held_post(account: Account, ref: str) -> Post:
    """`post`, held until the open transaction ends."""
    return _readable(Post.objects.select_for_update(no_key=True), account, ref)


def own_post(account: Account, ref: str) -> Post:
    """A post that the account wrote, also a deleted one that it may take back."""
    return _own(Post.objects.all(), account, ref)


def held_own_post(account: Account, ref: str) -> Post:
    """`own_post`, held until the open transaction ends."""
    return _own(Post.objects.select_for_update(no_key=True), account, ref)


def comment(account: Account, ref: str) -> Comment:
    """A comment that the account may read, on a post that it may read."""
    found = Comment.objects.select_related("post", "agency").filter(ref=ref).first()
    if found is None:
        raise NotFound
    post(account, found.post.ref)
    if found.author_id == account.pk:
        return found
    if not found.is_seen:
        raise NotFound
    if found.author_id in whom.unseen_by(account):
        raise NotFound
    return found


def own_comment(account: Account, ref: str) -> Comment:
    """A comment that the account wrote, also a deleted one that it may take back."""
    return _own(Comment.objects.select_related("post"), account, ref)


def held_own_comment(account: Account, ref: str) -> Comment:
    """`own_comment`, held with its post until the open transaction ends."""
    held_post(account, own_comment(account, ref).post.ref)
    return _own(Comment.objects.select_related("post").select_for_update(no_key=True), account, ref)


def _readable(posts: QuerySet[Post], account: Account, ref: str) -> Post:
    place = place_of(account)
    found = posts.filter(ref=ref).first()
    if found is None:
        raise NotFound
    if found.author_id == account.pk:
        return found
    if not found.is_seen:
        raise NotFound
    if cells.kilometers(place, found.cell) > FARTHEST_KM:
        raise NotFound
    if found.author_id in whom.unseen_by(account):
        raise NotFound
    return found


def _own(written: QuerySet[Written], account: Account, ref: str) -> Written:
    people.home(account)
    found = written.filter(ref=ref, author=account).first()
    if found is None:
        raise NotFound
    return found
