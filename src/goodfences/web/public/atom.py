"""Feeds that other sites can follow (Atom, RFC 4287)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from goodfences import source
from goodfences.web.public.open_data import MINUTE, for_everyone


class Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """By our clock where there is nothing yet, as all that officers can read (P2)."""
        latest: datetime = super().latest_post_date() if self.items else source.now()
        return latest


Named = str | tuple[str, ...]
"""A page's name, or its name and its arguments."""


def feed(title: str, *, page: Named, own: Named, language: str | None = None) -> Feed:
    """An empty feed of this instance, about the page named `page`; `own` names its own address."""
    return Feed(
        title=title,
        link=_absolute(page),
        description="",
        language=language,
        feed_url=_absolute(own),
        author_name=settings.INSTANCE_NAME,
    )


def answer(made: Feed) -> HttpResponseBase:
    return for_everyone(HttpResponse(made.writeString("utf-8"), content_type=made.content_type), seconds=MINUTE)


def absolute(page: str, *arguments: str) -> str:
    """A page's address, as somebody elsewhere needs it."""
    return settings.SITE_URL + reverse(page, args=arguments)


def _absolute(named: Named) -> str:
    return absolute(named) if isinstance(named, str) else absolute(*named)
