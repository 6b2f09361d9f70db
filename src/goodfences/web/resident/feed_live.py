"""How a page of the feed hears of changes: by a stream where there is one, else by asking from time to time."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from goodfences.feed import events, live
from goodfences.web.headers import live_origin

STREAM = "/neighbors/live/"


@dataclass(frozen=True)
class Live:
    """What the island of a page is given. `since` was taken before anything of the page was read."""

    stream: str
    poll: str
    since: str
    radius_km: int
    post: str


def live_of(request: HttpRequest, *, radius_km: int = 0, post: str = "") -> Live:
    """Call it before the page's posts are read: what happens meanwhile is then told once more, never missed."""
    origin = live_origin(request) if settings.NEWS.isdecimal() else ""
    stream = f"{origin}{STREAM}" if settings.NEWS else ""
    return Live(stream, reverse("resident:feed_since"), live.seal(events.last_number()), radius_km, post)
