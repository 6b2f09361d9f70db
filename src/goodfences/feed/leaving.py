"""What of the feed is told a person about themselves (P12). Rows of an account go with it; marks of others stay."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db.models import QuerySet

from goodfences.feed import media
from goodfences.feed.models import Comment, Follow, Post, PostMedia, Save, Thanks
from goodfences.people.models import Account, Household
from goodfences.people.registry import File


def export(account: Account, _household: Household | None) -> dict[str, Any]:
    posts = (
        Post.objects.filter(author=account).prefetch_related("versions", "media__copy").order_by("written_at", "pk")
    )
    comments = Comment.objects.filter(author=account).select_related("post").prefetch_related("versions")
    return {
        "posts": [_post(post) for post in posts.order_by("written_at", "pk")],
        "comments": [{"post": one.post.ref, **_comment(one)} for one in comments.order_by("written_at", "pk")],
        "thanks": _marks(Thanks.objects.filter(account=account)),
        "follows": _marks(Follow.objects.filter(account=account)),
        "saves": _marks(Save.objects.filter(account=account)),
    }


def erase(account: Account, _household: Household | None) -> None:
    """Destroy the keys of what the account showed; the rows go with the account."""
    media.end(list(PostMedia.objects.select_related("copy").filter(post__author=account)))


def count_pictures(account: Account, _household: Household | None) -> int:
    return _pictures(account).count()


def pictures(account: Account, _household: Household | None, after: str) -> Iterator[File]:
    """The pictures of the account's posts, as neighbors see them."""
    found = _pictures(account).filter(ref__gt=after).order_by("ref").select_related("key")
    for one in found:
        yield File(f"feed/{one.ref}.jpg", one.ref, partial(_content, one), one.sha256)


def _content(one: PostMedia) -> list[bytes]:
    return [media.read(one)]


def _pictures(account: Account) -> QuerySet[PostMedia]:
    return PostMedia.objects.filter(post__author=account, kind=PostMedia.Kind.PICTURE)


def _post(post: Post) -> dict[str, Any]:
    return {
        "ref": post.ref,
        "kind": post.kind,
        "state": post.state,
        "outcome": post.outcome,
        "title": post.title,
        "text": post.text,
        "language": post.language,
        "cell": post.cell,
        "area_cell": post.area_cell,
        "happened_at": post.happened_at,
        "written_at": post.written_at,
        "changed_at": post.changed_at,
        "resolved_at": post.resolved_at,
        "told_at": post.told_at,
        "standing": post.standing,
        "ruling": post.ruling_ref,
        "deleted_at": post.deleted_at,
        "media": [_media(one) for one in post.media.all()],
        "versions": [
            {"kind": before.kind, "title": before.title, "text": before.text, "written_at": before.written_at}
            for before in post.versions.all()
        ],
    }


def _media(one: PostMedia) -> dict[str, Any]:
    return {
        "ref": one.ref,
        "kind": one.kind,
        "is_shown": one.is_shown,
        "sha256": one.sha256,
        "size": one.size,
        "width": one.width,
        "height": one.height,
        "areas": one.areas,
        "copy": one.copy.ref if one.copy else None,
        "added_at": one.added_at,
    }


def _comment(comment: Comment) -> dict[str, Any]:
    return {
        "ref": comment.ref,
        "voice": comment.voice,
        "text": comment.text,
        "language": comment.language,
        "written_at": comment.written_at,
        "changed_at": comment.changed_at,
        "standing": comment.standing,
        "deleted_at": comment.deleted_at,
        "versions": [{"text": before.text, "written_at": before.written_at} for before in comment.versions.all()],
    }


def _marks(marks: QuerySet[Any]) -> list[dict[str, Any]]:
    return [{"post": mark.post.ref, "at": mark.at} for mark in marks.select_related("post").order_by("at", "pk")]
