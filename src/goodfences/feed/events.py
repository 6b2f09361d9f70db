"""The one place where something that others see is written down for live pages, and told to other rooms."""

from __future__ import annotations

from datetime import timedelta

from goodfences import source
from goodfences.feed import hooks
from goodfences.feed.models import Comment, Counter, FeedEvent, Post

KEPT = timedelta(days=1)
"""How long a page may have been away and still be brought up to date event by event."""


def record(post: Post, what: str, comment: Comment | None = None) -> None:
    """Write an event in the caller's transaction, as the last of its locks: whoever comes next waits for its commit.

    So numbers never appear out of order, and a reader who has seen one has seen all before it.
    """
    Counter.objects.get_or_create(pk=1)
    counter = Counter.objects.select_for_update(no_key=True).get(pk=1)
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    FeedEvent.objects.create(number=counter.last_number, what=what, post=post, comment=comment, cell=post.cell)
    hooks.tell(post, comment, what)


def last_number() -> int:
    """The number of the newest event."""
    return Counter.objects.filter(pk=1).values_list("last_number", flat=True).first() or 0


def forget_due(limit: int) -> int:
    """Delete at most `limit` events that are older than KEPT; returns how many."""
    old = FeedEvent.objects.filter(at__lt=source.now() - KEPT).order_by("at").values_list("pk", flat=True)[:limit]
    return FeedEvent.objects.filter(pk__in=list(old)).delete()[0]
