"""What anybody may read of the feed: agencies' own posts, and nothing that a neighbor wrote."""

from __future__ import annotations

from django.db.models import QuerySet

from goodfences.errors import NotFound
from goodfences.feed.models import IS_SEEN, Post

SHOWN = 50


def of_agency(slug: str, limit: int = SHOWN) -> list[Post]:
    """An agency's posts, the newest first."""
    return list(_posts().filter(agency__slug=slug)[:limit])


def of_agencies(limit: int = SHOWN) -> list[Post]:
    """All agencies' posts, the newest first."""
    return list(_posts()[:limit])


def post(ref: str) -> Post:
    """One agency's post. Raises NotFound, for a neighbor's post too."""
    found = _posts().filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def _posts() -> QuerySet[Post]:
    found = Post.objects.filter(IS_SEEN, agency__isnull=False).select_related("agency")
    return found.order_by("-written_at", "-ref")
